/**
 * Tables, indexes, constraints, sequences: what the catalogues and the statistics views say of them. Keys are names as
 * `nameOf` (identifiers.ts) writes them. Counters are since the statistics were reset: see `postgresql.counters`.
 */
export interface SchemaFacts {
  /** Key ''. How old the counters are that all other schema facts quote. */
  'postgresql.counters': CountersFact;
  /** Key: a `Topic`. It was read, so that no facts of it means that there are none. */
  'postgresql.schema': SchemaFact;
  /** Key `schema.table`. */
  'postgresql.table': TableFact;
  /** Key `schema.index`. */
  'postgresql.index': IndexFact;
  /** Key `schema.table.constraint`. */
  'postgresql.foreign-key': ForeignKeyFact;
  /** Key `schema.sequence`. */
  'postgresql.sequence': SequenceFact;
  /** Key `schema.table` or `schema.index`. Estimates. */
  'postgresql.bloat': BloatFact;
  /** Key: that of the request (`measureRequest`). Measured by reading the relation. */
  'postgresql.bloat-measured': MeasuredBloatFact;
  /** Key ''. */
  'postgresql.autovacuum': AutovacuumFact;
  /** Key: name of a database of this server. */
  'postgresql.wraparound': WraparoundFact;
  /** Key ''. */
  'postgresql.xmin': XminFact;
}

/** Counters say nothing before they have seen a usual day, and nothing at all about what was before a reset. */
export type CountersFact = {
  /** Seconds since the database's statistics were reset, or the server started with none; null when it does not say. */
  readonly age: number | null;
  /** Seconds since the server started. */
  readonly uptime: number | null;
  /** A replica: its counters are its own, and it cannot be changed. */
  readonly inRecovery: boolean;
  /** Streaming replicas of this server: what is unused here may be used there. */
  readonly replicas: number;
};

export type Topic = 'tables' | 'indexes' | 'foreign keys' | 'sequences' | 'bloat';

export type SchemaFact = {
  readonly read: number;
  /** Of the smallest tables, beyond the limit. */
  readonly leftOut: number;
};

export type TableFact = {
  readonly schema: string;
  readonly name: string;
  /** A `partitioned` table is empty itself: its rows and counters are its partitions'. */
  readonly kind: 'table' | 'partitioned' | 'materialized view';
  /** Key of the table that it is a partition of. */
  readonly parent: string | null;
  /** Planner's estimate of the last VACUUM, ANALYZE or CREATE INDEX; null when there was none. */
  readonly rows: number | null;
  /** Counters' estimates. */
  readonly liveRows: number;
  readonly deadRows: number;
  /** Since the last ANALYZE; since the last VACUUM. */
  readonly modifiedRows: number;
  readonly insertedRows: number;
  /** Of the table itself, without TOAST and indexes. */
  readonly bytes: number;
  readonly toastBytes: number;
  readonly seqScans: number;
  readonly seqRowsRead: number;
  readonly indexScans: number;
  readonly indexRowsFetched: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  /** Updates that wrote no index. */
  readonly hotUpdates: number;
  /** Updates whose new row found no room on its page. Since PostgreSQL 16, null before. */
  readonly newPageUpdates: number | null;
  /** Seconds ago; null: never, as far as the counters know. */
  readonly vacuumedAgo: number | null;
  readonly autovacuumedAgo: number | null;
  readonly analyzedAgo: number | null;
  readonly autoanalyzedAgo: number | null;
  readonly vacuums: number;
  readonly autovacuums: number;
  readonly analyzes: number;
  readonly autoanalyzes: number;
  /** Percent. */
  readonly fillfactor: number;
  /** Storage parameters that are set: `{ autovacuum_enabled: 'false' }`. */
  readonly options: Readonly<Record<string, string>>;
  /** Transactions since the oldest unfrozen one, of the table or its TOAST table; null for a partitioned table. */
  readonly xidAge: number | null;
  readonly multixactAge: number | null;
  readonly primaryKey: boolean;
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
};

export type IndexKeyFact = {
  /** Null for an expression. */
  readonly column: string | null;
  readonly expression: string | null;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
  /** `schema.name`; null where the type has none. */
  readonly collation: string | null;
  /** `schema.name`, with its parameters where there are some. */
  readonly opclass: string;
};

export type IndexFact = {
  readonly schema: string;
  readonly name: string;
  /** Key of its table, and its name alone. */
  readonly table: string;
  readonly tableName: string;
  /** A `partitioned` index is empty itself: its parts are the partitions' indexes. */
  readonly kind: 'index' | 'partitioned';
  /** Key of the partitioned index that it is a part of: it cannot be dropped alone. */
  readonly parent: string | null;
  /** Of a partitioned index: how many indexes are directly attached. */
  readonly parts: number;
  readonly method: string;
  readonly keys: readonly IndexKeyFact[];
  readonly include: readonly string[];
  /** Predicate of a partial index. */
  readonly where: string | null;
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  /** False: uniqueness is checked at the end of the transaction (DEFERRABLE). */
  readonly immediate: boolean;
  readonly primary: boolean;
  readonly exclusion: boolean;
  /** Name of the constraint of its table that it makes hold, else null. */
  readonly constraint: string | null;
  /** A foreign key of another table refers to it. */
  readonly referenced: boolean;
  readonly replicaIdentity: boolean;
  readonly clustered: boolean;
  readonly valid: boolean;
  readonly ready: boolean;
  /** Not used by transactions older than itself (indcheckxmin). */
  readonly waitsForSnapshots: boolean;
  /** By a CREATE INDEX or REINDEX that runs now; null: somebody builds indexes and the role may not see which. */
  readonly beingBuilt: boolean | null;
  /** Seconds since it was made or rebuilt; null unless track_commit_timestamp was on then. */
  readonly madeAgo: number | null;
  readonly scans: number;
  /** Seconds ago. Since PostgreSQL 16, null before and when never. */
  readonly scannedAgo: number | null;
  readonly bytes: number;
  /** CREATE INDEX …, as the server writes it. */
  readonly definition: string;
};

export type ForeignKeyFact = {
  readonly schema: string;
  /** Key and name of the child. */
  readonly table: string;
  readonly tableName: string;
  readonly constraint: string;
  readonly columns: readonly string[];
  /** Key of the table that it refers to. */
  readonly parent: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  /** A valid index (of each partition, where it has some) begins with the columns, in any order. */
  readonly covered: boolean;
  /** Planner's estimate; where the child was never analysed, the counters'. Null: neither knows any. */
  readonly childRows: number | null;
  readonly childBytes: number;
  readonly parentDeletes: number;
  readonly parentUpdates: number;
};

export type SequenceFact = {
  readonly schema: string;
  readonly name: string;
  /** Numbers that cannot be told exactly beyond 2^53 are rounded. */
  readonly last: number;
  /** Where it ends: its own limit or that of its column's type, whichever comes first. */
  readonly end: number;
  /** Part of the numbers from its beginning to its end that are used up: 0–1. */
  readonly used: number;
  readonly increment: number;
  readonly cycles: boolean;
  /** What ends: the sequence or the column. */
  readonly limitedBy: 'sequence' | 'column';
  /** `schema.table.column` that it numbers, and the column's type. */
  readonly column: string | null;
  readonly columnType: string | null;
};

export type BloatFact = {
  readonly schema: string;
  readonly name: string;
  readonly of: 'table' | 'index';
  /** Key of the table, for an index. */
  readonly table: string | null;
  readonly bytes: number;
  /** What the rows would take, written anew with the same fillfactor. An estimate from widths in pg_stats. */
  readonly neededBytes: number;
};

export type MeasuredBloatFact = {
  readonly bytes: number;
  /** What is free or dead. For an index: what REINDEX would give back, from the density of its leaves. */
  readonly wastedBytes: number;
  /** Function of pgstattuple that measured it. */
  readonly by: string;
};

/** The server's settings; a table's storage parameters override them. */
export type AutovacuumFact = {
  /** autovacuum and track_counts are both on. */
  readonly enabled: boolean;
  readonly vacuumThreshold: number;
  readonly vacuumScaleFactor: number;
  /** autovacuum_vacuum_max_threshold, since PostgreSQL 18; null: no limit. */
  readonly vacuumMaxThreshold: number | null;
  readonly analyzeThreshold: number;
  readonly analyzeScaleFactor: number;
  /** autovacuum_freeze_max_age, autovacuum_multixact_freeze_max_age: transactions. */
  readonly freezeMaxAge: number;
  readonly multixactFreezeMaxAge: number;
};

export type WraparoundFact = {
  /** Transactions since the oldest that is not frozen; the same of multixacts. */
  readonly xidAge: number;
  readonly multixactAge: number;
  /** The one that Pitwall is connected to. */
  readonly current: boolean;
};

export type XminHolder = {
  readonly kind: 'session' | 'replication slot' | 'prepared transaction' | 'standby feedback';
  /** Process id, name of the slot, or global identifier. */
  readonly name: string;
  /** Transactions that have begun since what it still may see. */
  readonly age: number;
  /** Seconds that it has been there; null when it does not say. */
  readonly seconds: number | null;
  /** State, user, application; for people. */
  readonly detail: string;
};

/** Who keeps VACUUM from removing rows that are dead by now: oldest first. */
type XminFact = {
  readonly holders: readonly XminHolder[];
  /** Sessions that the role may not see. */
  readonly hidden: number;
};
