import type { ConnectionGroup } from '../../../model/database-state.ts';

/** The server: sessions, locks, settings, counters of the whole of it, and the machine that it runs on. */
export interface ServerFacts {
  /** Key ''. */
  'postgresql.server': ServerFact;
  /** Key ''. The role that Pitwall is connected as. */
  'postgresql.role': RoleFact;
  /** Key ''. What it may use; unknown where it runs on another host and nobody told. */
  'postgresql.machine': MachineFact;
  /** Key: name. Only settings whose values are numbers or one of a few words: no texts, which may be secrets. */
  'postgresql.setting': SettingFact;
  /** Key ''. */
  'postgresql.session-counts': SessionCountsFact;
  /** Key ''. */
  'postgresql.connections': ConnectionsFact;
  /** Key: process id. Transactions of this database that have been open for a while. */
  'postgresql.long-transaction': LongTransactionFact;
  /** Key: process id of the session that all others of the tree wait for. */
  'postgresql.lock-tree': LockTreeFact;
  /** Key ''. Counters of this database. */
  'postgresql.cache': CacheFact;
  /** Key ''. Counters of this database. */
  'postgresql.temp': TempFact;
  /** Key ''. Counters of the whole server. */
  'postgresql.checkpoints': CheckpointsFact;
  /** Key ''. Counters of this database; only where something counts them (pg_stat_statements 1.10, PostgreSQL 15). */
  'postgresql.jit': JitFact;
  /** Key ''. What sessions of the whole server were seen doing. */
  'postgresql.waits': WaitsFact;
  /** Key `database/user` of a PgBouncer. */
  'postgresql.pool': PoolFact;
}

type ServerFact = {
  readonly version: string;
  readonly standby: boolean;
  readonly maxConnections: number;
  readonly trackIoTiming: boolean;
  /** Version of pg_stat_statements: 10 of 1.10; null: none. */
  readonly statements: number | null;
};

export type RoleFact = {
  readonly name: string;
  readonly database: string;
  readonly superuser: boolean;
  /** server_version_num. */
  readonly version: number;
  /** Predefined roles that reach beyond the database (files, programs, sessions) and whose rights it has. */
  readonly powers: readonly string[];
  /** Functions that a planner may run and that a role that is no superuser owns. */
  readonly foreign: number;
};

export type WorkloadType = 'web' | 'oltp' | 'dw' | 'mixed';
export type DiskKind = 'hdd' | 'ssd' | 'nvme';

export type MachineFact = {
  /** Bytes that it may use: the limit of its cgroup, else of the host. Null: not known. */
  readonly memory: number | null;
  readonly memoryFrom: 'cgroup' | 'host' | 'option' | null;
  /** Processors' worth of time; may be a fraction. */
  readonly cpus: number | null;
  readonly cpusFrom: 'cgroup' | 'host' | 'option' | null;
  /** Under its data directory, as the kernel (or the option) says. */
  readonly disk: DiskKind | null;
  /** It was found on this host. */
  readonly here: boolean;
  /** Bytes of all databases that the role may look at. */
  readonly dataBytes: number;
  /** server_version_num. */
  readonly version: number;
  /** Option `workload`; null: to be guessed. */
  readonly workload: WorkloadType | null;
};

export type SettingFact = {
  /** Of a new session without settings of its own: bytes, seconds or plain; `on`, `off` or a word otherwise. */
  readonly value: number | string;
  /** As the server shows it: `128MB`. */
  readonly text: string;
  readonly unit: 'By' | 's' | null;
  /** pg_settings.context: `postmaster` counts from a start on only, `sighup` and the rest from a reload on. */
  readonly context: string;
  readonly source: string;
  /** `/etc/…/postgresql.conf:12`; null when it comes from no file, or the role may not know. */
  readonly from: string | null;
  /** Value built into the server, as `value`. */
  readonly builtIn: number | string | null;
  /** The files say something else, which waits for a restart. */
  readonly pendingRestart: boolean;
  /** Of an enum. */
  readonly choices: readonly string[] | null;
  /** `role app: 64MB`: who has a value of his own. */
  readonly overrides: readonly string[];
};

export type SessionGroup = {
  readonly state: string;
  readonly database: string | null;
  readonly user: string | null;
  readonly application: string;
  readonly count: number;
  /** Mean seconds since they connected, and in this state. */
  readonly age: number | null;
  readonly stateAge: number | null;
  /** `Lock: tuple` → how many. */
  readonly waits: Readonly<Record<string, number>>;
};

/** Client sessions of the whole server, without ours. */
type SessionCountsFact = {
  readonly total: number;
  /** That the role may not see. */
  readonly hidden: number;
  /** The largest groups first. */
  readonly groups: readonly SessionGroup[];
  /** All sessions, those of smaller groups too; each the largest first. Absent in observations of earlier versions. */
  readonly by?: Readonly<Record<'state' | 'user' | 'application' | 'database', readonly ConnectionGroup[]>>;
};

export type ConnectionsFact = {
  readonly limit: number;
  /** Kept for superusers, and (since PostgreSQL 16) for roles with pg_use_reserved_connections. */
  readonly reserved: number;
  /** Client sessions of the whole server, without ours. */
  readonly used: number;
  readonly idle: number;
  /** Mean seconds since they connected; null: none that the role may see. */
  readonly averageAge: number | null;
  readonly hidden: number;
  /** Sessions of this database begun since its statistics were reset. Since PostgreSQL 14, null before. */
  readonly begun: number | null;
  readonly uptime: number;
};

export type SessionText = {
  readonly pid: number;
  readonly state: string;
  readonly user: string;
  readonly application: string;
  /** `Lock: tuple`; null: on a processor, or not told. */
  readonly wait: string | null;
  /** Without values; cut. Hostile. */
  readonly statement: string;
};

export type LongTransactionFact = SessionText & {
  /** Seconds since the transaction, its statement and its state began. */
  readonly seconds: number;
  readonly querySeconds: number;
  readonly stateSeconds: number;
  /** Transactions begun since what it still may see; null: it holds nothing back. */
  readonly xminAge: number | null;
  /** `ShareLock public.orders`: strong ones first. */
  readonly locks: readonly string[];
  /** Sessions that wait for it directly. */
  readonly blocks: number;
};

export type WaitingFact = SessionText & {
  /** That it waits for directly: the one of this tree. */
  readonly behind: number;
  /** 1: behind the root. */
  readonly depth: number;
  readonly seconds: number;
  /** `AccessExclusiveLock on public.orders`. */
  readonly wants: string;
};

export type LockTreeFact = {
  readonly root: SessionText & {
    /** Seconds that its transaction has been open; null: it has none, or a prepared transaction holds the lock. */
    readonly seconds: number | null;
    readonly stateSeconds: number | null;
  };
  /** From the root outwards; at most 50. */
  readonly waiting: readonly WaitingFact[];
  readonly total: number;
};

export type CacheFact = {
  /** Bytes found in shared buffers, and asked of the operating system, which may have them in its own cache. */
  readonly hit: number;
  readonly read: number;
  /** Seconds that reads took; null: track_io_timing is off. */
  readonly readSeconds: number | null;
  /** The same of user tables alone, and of their indexes. */
  readonly tables: { readonly hit: number; readonly read: number };
  readonly indexes: { readonly hit: number; readonly read: number };
};

export type TempFact = { readonly files: number; readonly bytes: number };

export type CheckpointsFact = {
  readonly timed: number;
  /** By the amount of log, by CHECKPOINT, by a backup: the server does not tell them apart. */
  readonly requested: number;
  /** Seconds that the two count; null: not told. */
  readonly age: number | null;
  /** Write-ahead log, since PostgreSQL 14, and of that full images of pages; null before. */
  readonly wal: {
    readonly bytes: number;
    readonly fullPages: number;
    /** Times that a session had to write the log out itself, because wal_buffers were full. */
    readonly buffersFull: number;
    readonly age: number | null;
  } | null;
};

/** Seconds. */
export type JitFact = { readonly compiling: number; readonly executing: number };

export type WaitsFact = {
  readonly looks: number;
  readonly seconds: number;
  /** Client sessions on average and at most, without ours. */
  readonly sessions: number;
  readonly peakSessions: number;
  /** Of these: at work. */
  readonly busy: number;
  readonly peakBusy: number;
  /** At work and waiting for nothing: on a processor, or for one. */
  readonly running: number;
  /** In a transaction, and waiting for what the application says next. */
  readonly held: number;
  readonly peakHeld: number;
  /** Sessions at work on average by what they waited for, the most first: `Lock`, `IO`. */
  readonly waits: readonly { readonly event: string; readonly sessions: number }[];
  readonly hidden: number;
};

export type PoolFact = {
  readonly mode: string;
  /** Connections to the server that it may have. */
  readonly size: number;
  readonly looks: number;
  /** Clients that wait for a connection: on average, at most, and the share of looks at which one did. */
  readonly waiting: number;
  readonly peakWaiting: number;
  readonly waitingShare: number;
  /** Longest that one had been waiting for, in seconds. */
  readonly longestWait: number;
  /** Connections lent to a client: on average, at most. */
  readonly active: number;
  readonly peakActive: number;
  /** Connections there were at most. */
  readonly open: number;
};
