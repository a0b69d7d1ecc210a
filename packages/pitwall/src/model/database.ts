import type { Basis, ProvedEffect } from './change.ts';
import type { DatabaseState } from './database-state.ts';
import type { Json } from './json.ts';
import type { PastAdvice } from './recommendation.ts';

/**
 * What a database is asked to do, how it does it, and which indexes it should have: alike for every technology, so that
 * `pitwall db`, reports and the dashboard know none of them by name.
 */

type StatementKind = 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'ddl' | 'utility' | 'unknown';

/** Values for one run: by position, or by name. PostgreSQL's logs give texts (or null) whatever the type is. */
export type Parameters =
  | readonly (string | number | boolean | null)[]
  | Readonly<Record<string, string | number | boolean | null>>;

/** One real call: what the values were, because a plan that fits one value may not fit another. Never in facts or reports. */
export interface StatementSample {
  /** As the application sent it: with placeholders, or with the values in it. */
  readonly text: string;
  readonly params: Parameters;
  /** Of this very call; null when the source does not say. */
  readonly seconds: number | null;
}

/** What a statement moved. Bytes. */
interface StatementIo {
  readonly cacheHit: number;
  readonly read: number;
  readonly dirtied: number;
  readonly written: number;
  /** Spilled to temporary files, because it did not fit into working memory. */
  readonly tempRead: number;
  readonly tempWritten: number;
  readonly log: number;
}

/** Calls of a statement by one endpoint of the application. */
interface StatementCaller {
  /** `GET /orders/:id`, as the trace, the comment or the application's log has it. */
  readonly endpoint: string;
  readonly calls: number;
  readonly seconds: number | null;
}

/** What sessions at a statement were seen waiting for. */
export interface StatementWait {
  /** As the database groups them: `Lock`, `IO` … and `CPU` where they waited for nothing. */
  readonly type: string;
  /** `transactionid`, `DataFileRead` … and `CPU`. */
  readonly event: string;
  /** Of the times that a session was seen at the statement, 0–1. */
  readonly share: number;
  /** These times: few of them say little. */
  readonly count: number;
}

/** How a statement is done, in few words. Without values. */
export interface StatementPlan {
  /** The step that takes most by itself; null: neither times nor costs are known of any. */
  readonly heaviest: {
    readonly title: string;
    /** Of the whole, 0–1. */
    readonly share: number;
    /** What the share is of: measured time, or the planner's cost. */
    readonly of: 'time' | 'cost';
  } | null;
  /** Steps that read, the heaviest first; a few. */
  readonly reads: readonly string[];
  /** Indexes that it uses. */
  readonly indexes: readonly string[];
  /** `log`: of calls whose plans were logged; `planner`: as it would be planned now. */
  readonly from: 'log' | 'planner';
}

/** What is known of a statement besides what counts it. */
export interface StatementDetail {
  /** What its sessions were at when they were looked at, the largest share first. Absent: nobody looked, or none was seen. */
  readonly waits?: readonly StatementWait[];
  /** Absent: no plan of it is known. */
  readonly plan?: StatementPlan;
}

/** One fingerprint: all calls that differ in nothing but values. */
export interface Statement extends StatementDetail {
  /** Stable over runs and servers: a hash of the text without its values. */
  readonly id: string;
  /** Without values: placeholders instead. May be hostile: not for a terminal or a page as it is. */
  readonly text: string;
  readonly kind: StatementKind;
  /** As the schema names them; empty when it is not understood. */
  readonly tables: readonly string[];
  /** In the workload's window. */
  readonly calls: number;
  /** In execution, all calls together; null when the source does not measure. */
  readonly seconds: number | null;
  readonly planSeconds: number | null;
  readonly maxSeconds: number | null;
  readonly rows: number | null;
  readonly io: StatementIo | null;
  readonly callers: readonly StatementCaller[];
  /** At most `SAMPLES` of them, spread over all that were seen. */
  readonly samples: readonly StatementSample[];
  /** Ids of `WorkloadSource`. */
  readonly sources: readonly string[];
  /** Why nothing can be said about it beyond its times, null when it is understood. */
  readonly notUnderstood: string | null;
}

/** Real parameter sets kept of a statement: few enough to run them all, enough to see skew (research asks for ≥ 3). */
export const SAMPLES = 8;

export interface WorkloadSource {
  /** `statistics`, `log:/path`, `configured` … unique in a workload. */
  readonly id: string;
  readonly title: string;
  /** Calls it told of. */
  readonly calls: number;
  /** Seconds that its numbers cover; null when it does not say. */
  readonly seconds: number | null;
  /** Epoch seconds since which it counts, null when it does not count. */
  readonly since: number | null;
  /** What it could not tell: evicted entries, lines it did not understand, rights it lacks. Sentences. */
  readonly missing: readonly string[];
  /** Statements that it counts and may not show to our role; absent: none that is known of. */
  readonly hidden?: number;
  /** What ran while Pitwall's own trials made their load, and is left out. Absent: nothing is. */
  readonly ownLoad?: {
    readonly calls: number;
    /** Of these calls. */
    readonly seconds: number;
    /** That the loads took together: seconds. */
    readonly window: number;
  };
}

/** Similar statements again and again within one request: one that asks for all of them would do. */
export interface StatementLoop {
  readonly statement: string;
  readonly endpoint: string | null;
  /** `proven`: seen request by request in the application; `hint`: calls far above requests in counters. */
  readonly proof: 'proven' | 'hint';
  readonly requests: number;
  /** Similar, non-overlapping calls a request: median. */
  readonly callsPerRequest: number;
  /** Of these calls, a request: median. Null when not measured. */
  readonly secondsPerRequest: number | null;
}

export interface Workload {
  /** Most total time first; those without times last, by calls. */
  readonly statements: readonly Statement[];
  /** Seconds that `calls` and `seconds` cover; null: they are not counts over time (configured queries, a file of SQL). */
  readonly window: number | null;
  readonly sources: readonly WorkloadSource[];
  readonly loops: readonly StatementLoop[];
  /** To be given back as `previous`: then the next workload covers the time in between. */
  readonly snapshot: Json;
}

/** A step of a plan, and what it was expected to do beside what it did. */
export interface PlanStep {
  /** As the database calls it: `Index Scan using orders_pkey on orders`. */
  readonly title: string;
  readonly details: readonly string[];
  readonly expectedRows: number | null;
  /** A run, over all loops. Null: not run. */
  readonly actualRows: number | null;
  readonly loops: number | null;
  /** Its own, without its children's; all loops together. */
  readonly seconds: number | null;
  /** Planner's units, its own and its children's; null where the database tells none. */
  readonly cost: number | null;
  /** What is wrong with it, as sentences: misestimate, spill, filter that throws most rows away. */
  readonly marks: readonly string[];
  readonly children: readonly PlanStep[];
}

export interface Explained {
  /** What was asked; as the request wants it with or without its values. */
  readonly text: string;
  readonly plan: PlanStep;
  /** Planning and execution, null when it was not run. */
  readonly planSeconds: number | null;
  readonly seconds: number | null;
  /** Names of the indexes that the plan uses. */
  readonly indexes: readonly string[];
  /** What was explained: the parameters' origin (`generic`, `sample 1 of 3`, `as given`), whether it was run. */
  readonly notes: readonly string[];
  /** What the statement sets off that its plan does not show, the costliest first. Absent: nothing is known of any. */
  readonly beyond?: readonly BeyondPlan[];
}

/** Work of triggers: a foreign key that refers to what is deleted reads all of its table, for want of an index. */
export interface BeyondPlan {
  /** What is read or run, and why: a sentence. */
  readonly because: string;
  /** What would spare it; null: nothing that an index could. */
  readonly ddl: string | null;
}

/** One statement's time without and with a proposal. */
interface StatementEffect {
  readonly statement: string;
  readonly text: string;
  readonly calls: number;
  /** Planner's cost before and after; null where there is none. */
  readonly planner: { readonly before: number; readonly after: number } | null;
  /** Seconds a run on a copy: medians, and after ÷ before with its 95 % interval. Null: not measured. */
  readonly measured: EffectMeasured | null;
  /** The same in place, after it was applied. */
  readonly inPlace: EffectMeasured | null;
}

export interface EffectMeasured {
  /** Seconds of a call. */
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
  readonly rounds: number;
  /** `before` is when it was given up: it takes as long at least, and the gain may be larger. */
  readonly atLeast?: true;
}

/** An index to create, or to drop. */
export interface IndexProposal {
  readonly action: 'create' | 'drop';
  readonly name: string;
  readonly table: string;
  /** For people: `(customer_id, created_at DESC) INCLUDE (total) WHERE deleted_at IS NULL`. */
  readonly definition: string;
  readonly ddl: string;
  readonly undo: string;
  /** What is locked while it is made, for how long where that was measured. */
  readonly lock: string;
  /** Bytes of the index: own estimate, and as built on the copy. */
  readonly bytes: { readonly estimated: number | null; readonly measured: number | null };
  readonly buildSeconds: number | null;
  readonly statements: readonly StatementEffect[];
  /** What writes cost with it, after ÷ before: measured on the copy. Empty when nothing is known to write. */
  readonly writes: readonly StatementEffect[];
  /** Seconds saved in the workload's window (negative: lost), writes counted; null when nothing has times. */
  readonly savedSeconds: number | null;
  readonly because: string;
  /** The same as data, for `plan` and `apply`. */
  readonly change: { readonly tunable: string; readonly subject: string; readonly to: Json; readonly basis?: Basis };
  /** What was done about it before, and why it is proposed again; absent: it is new. */
  readonly past?: PastAdvice;
}

/** What the advisor thought of and does not propose. */
interface IndexRejection {
  readonly definition: string;
  readonly table: string;
  readonly because: string;
}

/** A statement that no index was sought for, and why (not understood, the last 5 % of the time …). */
export interface NotConsidered {
  readonly statement: string;
  readonly text: string;
  readonly because: string;
  /** True: whether an index would help it is not known (not understood, not planned). Absent: there is nothing to seek. */
  readonly unknown?: boolean;
  /** Of the time of all statements (of their calls where none was timed), 0–1. Absent: not told. */
  readonly share?: number;
}

export interface IndexAdvice {
  readonly proposals: readonly IndexProposal[];
  readonly rejected: readonly IndexRejection[];
  readonly notConsidered: readonly NotConsidered[];
  /**
   * Why it is not known whether an index would help, and what to do about that: sentences. Then no proposal is no "nothing to do".
   * Absent: it is known for most of the time.
   */
  readonly notKnown?: readonly string[];
  /** How the planner was asked: `HypoPG`, `schema clone`, `copy`. */
  readonly whatIf: string;
  /** Why there is nothing to do, when there is no proposal. */
  readonly nothingToDo: string | null;
  /** What asking cost the database itself: statements sent and seconds waited for them. */
  readonly cost: { readonly statements: number; readonly seconds: number };
  /** Seconds of the workload (planner's estimate) by bytes of indexes: the budget sweep. */
  readonly sweep: readonly { readonly bytes: number; readonly seconds: number }[];
}

export interface WorkloadRequest {
  /** What an earlier workload of this target gave; null: since the counters began. */
  readonly previous: Json;
  /** Seconds to watch now; 0: only read what there is. */
  readonly watch: number;
}

export interface AdviseRequest {
  readonly workload: Workload;
  /** Most bytes of new indexes; null: a share of the tables' bytes, which the integration knows. */
  readonly budget: number | null;
  /** False: nothing is built anywhere, only the planner is asked. */
  readonly measure: boolean;
  readonly seed: number;
  /** True: the values of the samples were typed in by a person, and the tables may hold none of them. Absent: false. */
  readonly typed?: boolean;
}

export interface ExplainRequest {
  readonly text: string;
  readonly params: Parameters;
  /** False: the plan only. True: it is run, read-only. */
  readonly run: boolean;
  /** Whether the answer may hold values: constants of the text, of a call that was seen, and those of the plan. Absent: false. */
  readonly values?: boolean;
}

/** A statement as reports have it: without the values that it was called with. */
export type ShownStatement = Omit<Statement, 'samples'>;

export interface ShownWorkload extends Omit<Workload, 'statements' | 'snapshot'> {
  /** The most expensive ones. */
  readonly statements: readonly ShownStatement[];
  /** Of all: how many there are, and what they took together. */
  readonly total: { readonly statements: number; readonly calls: number; readonly seconds: number | null };
}

/** An index that was made (or dropped) here and kept, and what came of its predictions. */
export interface MadeChange {
  /** By which `pitwall rollback` takes it back. */
  readonly id: string;
  /** As it was done, for people. */
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  readonly effects: readonly ProvedEffect[];
}

/** What a report says of one database. */
export interface DatabaseReport {
  readonly target: string;
  /** Absent for `db explain`. */
  readonly workload?: ShownWorkload;
  /** `db`: sizes, cache and connections. */
  readonly state?: DatabaseState;
  /** `db indexes`, and what would help with `db explain`. */
  readonly advice?: IndexAdvice;
  /** `db indexes`: those of earlier runs. */
  readonly made?: readonly MadeChange[];
  /** `db explain`. Without values, unless `--details` asks for them. */
  readonly explained?: Explained;
}
