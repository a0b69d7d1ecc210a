import type { z } from 'zod';
import type { Change, Effect, Risk } from './change.ts';
import type {
  AdviseRequest,
  Explained,
  ExplainRequest,
  IndexAdvice,
  StatementDetail,
  Workload,
  WorkloadRequest,
} from './database.ts';
import type { DatabaseState } from './database-state.ts';
import type { IndicatorDefinition } from './indicator.ts';
import type { Json } from './json.ts';
import type { Counter } from './ledger.ts';
import type { LoadEndpoint } from './load.ts';
import type { Fact, Gap, Sample } from './observation.ts';
import type { Rule, Source } from './rule.ts';
import type { Running } from './running.ts';
import type { TlsSettings } from './tls-settings.ts';

/** Outside paths and clocks are options, so that captured fixtures can stand in for them. */
export interface Environment {
  /** `/proc` or a fixture folder. */
  readonly proc: string;
  /** `/sys` or a fixture folder. */
  readonly sys: string;
  /** Epoch seconds. */
  now(): number;
  /** Resolves after that many seconds, or rejects with the signal's reason. */
  sleep(seconds: number, signal: AbortSignal): Promise<void>;
  /** True when a person sits in front of it, who sees at once what goes wrong: a terminal, and no CI. Absent: nobody does. */
  readonly attended?: boolean;
}

export interface CollectContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Seconds over which rates are taken; a collector that needs two readings waits this long between them. */
  readonly window: number;
}

export interface Collected {
  readonly samples?: readonly Sample[];
  readonly facts?: readonly Fact[];
  readonly gaps?: readonly Gap[];
}

/** Reads passively (`collector`) or measures by acting (`probe`: declares in `cost` what it asks of the target). */
export interface Collector<Connection = unknown> {
  readonly id: string;
  readonly title: string;
  readonly kind: 'collector' | 'probe';
  /** For probes: what it does to the target, for a person. */
  readonly cost?: string;
  /** Active seconds after which the runner gives up on it; its window does not count. */
  readonly timeLimit: number;
  /** True when it is also worth running while a load runs (rates of CPU, disks, memory …). */
  readonly watchesLoad?: boolean;
  collect(connection: Connection, context: CollectContext): Promise<Collected>;
}

/** Tries something out for a rule: on a copy, never on the live thing. Answers with facts. */
export interface Confirmation<Connection = unknown> {
  /** `integration/probe`. */
  readonly id: string;
  readonly title: string;
  readonly cost: string;
  readonly timeLimit: number;
  confirm(connection: Connection, request: { key: string; input: Json }, context: CollectContext): Promise<Collected>;
}

interface TunableMeta {
  readonly title: string;
  /** What it changes and what it is good for. */
  readonly why: string;
  readonly effect: Effect;
  /** `durable` survives a reboot; `runtime` is undone by one, which recovery takes into account. */
  readonly persistence: 'durable' | 'runtime';
  readonly risk: Risk;
  /** What is locked or slowed down while it is written, and while it is undone. */
  readonly locks: string;
  readonly undo: string;
  /** True when it is cheap enough to be switched to and fro in an interleaved trial. */
  readonly toggles: boolean;
  /** Among changes of the same risk, lower goes first (creating an index before ANALYZE). Absent: 50. */
  readonly order?: number;
  /** True when writing it again does something even though the state already is what `to` asks for (ANALYZE, VACUUM). */
  readonly repeatable?: boolean;
  readonly sources: readonly Source[];
}

interface ReadOptions {
  /**
   * What a crash left half done may be finished first, when there is no reading without it (SQLite: a hot journal is rolled
   * back). For apply, undo and recovery; everything else reads without writing.
   */
  readonly mayRepair?: boolean;
}

export interface WriteContext {
  readonly signal: AbortSignal;
  /** Folder of this one change for big originals (backups). Exists, mode 0700, inside the state folder. */
  readonly keepDirectory: string;
  /** True when the caller stopped everything else that uses the target (`--allow-restart` with `service.stop`). */
  readonly exclusive: boolean;
}

/**
 * A knob. The runner in tune/ is the only caller of `write` and `undo`, in this order, each step journalled and fsynced:
 * read → validate → capture → [journal intent + original] → write → read → `achieved`. `undo` must be idempotent and must
 * work from every state in which a `kill -9` can leave the target.
 */
export interface Tunable<Connection = unknown> {
  readonly id: string;
  readonly meta: TunableMeta;
  /** Checks `to` of a plan file that a person may have edited. */
  readonly to: z.ZodType;
  /** Current state, semantic and canonical: equal states give deeply equal JSON. */
  read(connection: Connection, change: Pick<Change, 'subject' | 'to'>, options?: ReadOptions): Promise<Json>;
  /** True when `state` is what `change.to` asks for. */
  achieved(state: Json, change: Pick<Change, 'subject' | 'to'>): boolean;
  preview(change: Pick<Change, 'subject' | 'to'>, from: Json): { apply: string; undo: string };
  /** True when `a` makes `b` unnecessary (an index that `b` is a prefix of). Pure; both are changes of this tunable. */
  subsumes?(a: Pick<Change, 'subject' | 'to'>, b: Pick<Change, 'subject' | 'to'>): boolean;
  /** Why a restart (or `--allow-restart`) is needed here and now, or null. */
  restartReason?(connection: Connection, change: Pick<Change, 'subject' | 'to'>): Promise<string | null>;
  /** Refuses (throws PitwallError) what cannot work: no disk space, not supported, locked. Changes nothing. */
  validate(connection: Connection, change: Pick<Change, 'subject' | 'to'>, from: Json): Promise<void>;
  /** What `validate` could not look at from here (free disk space of another host), each `whether …: <why>`. Asked after it. */
  notChecked?(connection: Connection, change: Pick<Change, 'subject' | 'to'>): Promise<readonly string[]>;
  /** Keeps originals too big for the journal, durably (fsync), in `keepDirectory`; the result is journalled with `state`. */
  capture?(connection: Connection, change: Pick<Change, 'subject' | 'to'>, context: WriteContext): Promise<Json>;
  /**
   * Compares with `change.from` under the lock that it writes under, where there is one. Throws DRIFT, CHANGE_REFUSED,
   * TARGET_LOCKED or TARGET_IN_USE, and heeds the signal, only when it has written nothing: then nothing is taken back.
   * Throws ORIGINAL_NEEDED when it did harm that it could not make good.
   */
  write(connection: Connection, change: Pick<Change, 'subject' | 'to' | 'from'>, context: WriteContext): Promise<void>;
  /** Back to `original.state`. Throws TARGET_IN_USE when it needs the target alone, ORIGINAL_NEEDED as `write` does. */
  undo(
    connection: Connection,
    change: Pick<Change, 'subject' | 'to'>,
    original: { state: Json; captured: Json },
    context: WriteContext,
  ): Promise<void>;
  /**
   * Deletes what `capture` kept and `undo` does not need; after the change is kept or rolled back. After a roll-back the
   * runner deletes all of `keepDirectory` by itself. Throws ORIGINAL_NEEDED when the target is damaged: then nothing is
   * deleted. Idempotent.
   */
  release?(connection: Connection, original: { state: Json; captured: Json }, context: WriteContext): Promise<void>;
}

/** What `pitwall init` found. `options` must pass the integration's schema; `notes` become comments in the file. */
export interface Detected {
  readonly id: string;
  readonly options: Json;
  /** Per option: how sure, from what it was guessed. Keyed by option name. */
  readonly notes: Readonly<Record<string, string>>;
}

export interface DetectContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** What the user pointed at. */
  readonly url: URL | null;
  /** Process ids that listen on the URL's port on this host; empty when it is remote or not readable. */
  readonly listeners: readonly number[];
}

interface ConnectContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Relative paths in options are relative to this folder (the configuration file's). */
  readonly directory: string;
}

/** Quick, repeatable measurement of a target for the blocks of a trial. Read-only. */
export type Meter<Connection = unknown> = (
  connection: Connection,
  request: { readonly extra: readonly Json[]; readonly budgetSeconds: number },
  context: CollectContext,
) => Promise<readonly Sample[]>;

/** Where a load on this target would go: integrations that serve HTTP say so. */
export interface LoadTarget {
  /** Origin such as `https://127.0.0.1:8443`. */
  readonly url: string;
  /** The configured endpoints whose methods are safe to repeat (GET, HEAD, OPTIONS). */
  readonly endpoints: readonly LoadEndpoint[];
  /** How connections are secured; absent: as Node does by itself. `ca`, `cert` and `key` are PEM text. */
  readonly tls?: TlsSettings;
}

/** What `pitwall db` asks of a database. Read-only, and tagged with our name; copies are made where the options say. */
export interface Database<Connection = unknown> {
  /** What statements do, most expensive first. */
  workload(connection: Connection, request: WorkloadRequest, context: CollectContext): Promise<Workload>;
  explain(connection: Connection, request: ExplainRequest, context: CollectContext): Promise<Explained>;
  /**
   * What is known of these statements of the last workload besides what counts them: waits that were seen, and plans; those that are
   * not known are asked of the planner, within the load that analysis may make and for a few seconds at most. Rejects only with the
   * signal's reason. Absent: plans are asked for by `explain`.
   */
  details?(
    connection: Connection,
    statements: readonly string[],
    context: CollectContext,
  ): Promise<ReadonlyMap<string, StatementDetail>>;
  /**
   * What its server was asked so far over this connection, and the share of one connection's time that analysis may take, above 0 to 1.
   * What ran on copies is not counted. Absent where there is no server.
   */
  asked?(connection: Connection): { readonly statements: number; readonly seconds: number; readonly most: number };
  /** Sizes, cache and connections, by what the collectors have seen already: asks nothing. Pure. */
  state?(seen: Required<Collected>): DatabaseState;
  /** What its sessions do at this moment, without ours. Quick. Absent where a database has none of its own. */
  running?(connection: Connection, context: CollectContext): Promise<Running>;
  /**
   * Called before load of our own that nobody asked for as such (a trial's): reads the counters. What it gives is called when the load
   * is over, with what is known of earlier ones, and adds this one. Quick, and read-only; neither rejects.
   */
  watchOwnLoad?(connection: Connection, context: CollectContext): Promise<(known: Json) => Promise<Json>>;
  /** From here on: what ran meanwhile is no part of the workload. `known`: what `watchOwnLoad` knew in the end, or null. */
  leaveOutOwnLoad?(connection: Connection, known: Json): void;
  /**
   * From here on: how much of the time one connection's worth of analysis may keep the database at work, above 0 to 1. Absent where
   * analysis works on copies alone.
   */
  limitLoad?(connection: Connection, share: number): void;
  /** Indexes for the whole workload. */
  advise(connection: Connection, request: AdviseRequest, context: CollectContext): Promise<IndexAdvice>;
}

/** A technology's folder, as data. */
export interface Integration<Options = unknown, Connection = unknown> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Options of one target in pitwall.yaml; descriptions (`.describe`) become comments and documentation. */
  readonly options: z.ZodType<Options>;
  /** Human title of a target with these options. No secrets. */
  targetTitle(options: Options): string;
  detect(context: DetectContext): Promise<readonly Detected[]>;
  connect(options: Options, context: ConnectContext): Promise<Connection>;
  close(connection: Connection): Promise<void>;
  readonly collectors: readonly Collector<Connection>[];
  readonly indicators: readonly IndicatorDefinition[];
  readonly rules: readonly Rule[];
  readonly tunables: readonly Tunable<Connection>[];
  readonly confirmations: readonly Confirmation<Connection>[];
  readonly meter?: Meter<Connection>;
  /**
   * Called before the load of a block, for a meter of what others did meanwhile (differences of counters): the next call of
   * `meter` tells of the time since then. Quick, and read-only.
   */
  beginMeter?(connection: Connection, context: CollectContext): Promise<void>;
  /** Databases have it. */
  readonly database?: Database<Connection>;
  /**
   * What the target has used up so far. Read once a second during a load, to tell what a request costs: quick, and read-only.
   * What cannot be read is left out.
   */
  counters?(connection: Connection, environment: Environment, signal: AbortSignal): Promise<readonly Counter[]>;
  /** `connection`: what `connect` gave, or null when it failed. */
  loadTarget?(options: Options, connection: Connection | null): LoadTarget;
  /** Null when the target serves, else why not, as the end of a sentence. Quick (≤ 5 s); rejects only with the signal's reason. */
  healthCheck?(connection: Connection, signal: AbortSignal): Promise<string | null>;
}

/** An integration whose option and connection types are its own business: how everybody else sees it. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds integrations of different types; `unknown` would reject them (method parameters are contravariant).
export type AnyIntegration = Integration<any, any>;
