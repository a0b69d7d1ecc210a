/** The shapes of this integration's facts: what the collectors write and the rules read. */
import type { Json } from '../../model/json.ts';
import type { Fact } from '../../model/observation.ts';
import type { RuleView } from '../../model/rule.ts';
import type { PlanNode } from './eqp.ts';
import type { QueryParameters } from './options.ts';

/** `sqlite.file`, key ''. */
export type FileFact = {
  readonly bytes: number;
  readonly pageSize: number;
  readonly pageCount: number;
  readonly freePages: number;
  /** Bytes of the -wal file, null when there is none. */
  readonly walBytes: number | null;
  /** Name of a network file system that it lies on, null on others. */
  readonly networkFileSystem: string | null;
  /** False when the file or its folder cannot be written by us, or the file system is mounted read-only. */
  readonly writable: boolean;
  readonly sqliteVersion: string;
};

/** `sqlite.pragma`, key its name. */
type PragmaFact = {
  readonly value: string | number | null;
  /** True: stored in the file. False: belongs to each connection, and this is Pitwall's own. */
  readonly persists: boolean;
  readonly note: string;
};

export type ColumnFact = {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** Place in the primary key from 1, 0 when not in it. */
  readonly primaryKey: number;
  readonly generated: boolean;
};

/** `sqlite.table`, key its name. */
export type TableFact = {
  readonly rows: number | null;
  readonly rowsFrom: 'count' | 'max-rowid' | 'sqlite_stat1' | 'unknown';
  readonly withoutRowid: boolean;
  readonly columns: readonly ColumnFact[];
  /** The column that is the rowid itself, null when there is none. */
  readonly rowidAlias: string | null;
  /** Bytes of its b-tree without its indexes; null when not measured. */
  readonly bytes: number | null;
  /** Rows that ANALYZE saw, by the statistics' largest entry; null when it has none. */
  readonly analyzedRows: number | null;
};

export type IndexColumnFact = {
  /** Null for an expression. */
  readonly name: string | null;
  readonly desc: boolean;
  readonly collate: string;
};

/** `sqlite.index`, key its name. */
export type IndexFact = {
  readonly table: string;
  readonly columns: readonly IndexColumnFact[];
  readonly unique: boolean;
  /** `create`: by CREATE INDEX; otherwise the constraint that made it. */
  readonly origin: 'create' | 'unique' | 'primary-key';
  readonly partial: boolean;
  readonly bytes: number | null;
  readonly analyzed: boolean;
};

/** `sqlite.foreign-key`, key `child.column,column`. */
export type ForeignKeyFact = {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  /** The index that begins with these columns in any order, `rowid`, or null. */
  readonly coveredBy: string | null;
  /** Parameters for a look-up of child rows that finds none: what SQLite does on each delete of a parent row. */
  readonly absentKey: QueryParameters;
};

/** `sqlite.query`, key its name. */
export type QueryFact = {
  readonly sql: string;
  readonly params: readonly QueryParameters[];
  /** Calls an hour, null when it is not configured. */
  readonly calls?: number | null;
  /** Why it was not run, null when it was. */
  readonly refused: string | null;
  readonly plan: readonly PlanNode[];
  /** Rows of a run, null when it gave no answer. */
  readonly rows: number | null;
} & PlanReading;

/** What an index could spare a statement, by its plan. */
export type PlanReading = {
  /** Full passes through a table or one of its indexes; `table` as the plan calls it. */
  readonly scans: readonly { readonly table: string; readonly index: string | null }[];
  /** Indexes that the engine builds for each run of the query. */
  readonly automaticIndexes: readonly string[];
  /** What it sorts in a temporary structure for: ORDER BY, GROUP BY, DISTINCT … */
  readonly tempBtrees: readonly string[];
  /** Names of the indexes that it uses, whatever for; absent: an older version wrote it. */
  readonly indexes?: readonly string[];
};

/** `sqlite.wal`, key ''. */
type WalFact = {
  readonly bytes: number;
  /** Written since the log was last begun anew; null when not readable. */
  readonly liveBytes: number | null;
  /** Processes in a read transaction, null when that cannot be seen. */
  readonly readers: readonly string[] | null;
  /** Processes that have, or may have, the database open: a sentence’s part. */
  readonly holders: string;
};

/** `sqlite.fragmentation`, key the table’s or index’s name. */
type FragmentationFact = {
  readonly leaves: number;
  /** Leaves that do not lie behind the one before in key order. */
  readonly outOfOrder: number;
};

/** `sqlite.connection`, key the process: what the application said of its own connection, in the pragmas’ units. */
export type ConnectionFact = {
  readonly busy_timeout?: number;
  readonly synchronous?: number;
  readonly cache_size?: number;
  readonly page_size?: number;
  readonly wal_autocheckpoint?: number;
  readonly query_only?: number;
  /** Whatever else was told: hostile. */
  readonly [pragma: string]: number | string | undefined;
};

/** `sqlite.workload`, key '': what the application’s logs and files of SQL tell altogether. */
export type WorkloadFact = {
  /** Seconds that the counts cover; null: they are no counts over time. */
  readonly window: number | null;
  readonly statements: number;
  readonly calls: number;
  /** Null: nothing measures. */
  readonly seconds: number | null;
  readonly sources: readonly {
    readonly id: string;
    readonly title: string;
    readonly calls: number;
    readonly missing: readonly string[];
  }[];
  /** Calls that failed, by SQLite’s code. */
  readonly errors: { readonly [code: string]: number };
  /** Calls that the logs lost. */
  readonly dropped: number;
  /** Of `statements`, `calls` and `seconds`; absent: an older version wrote it. */
  readonly notUnderstood?: { readonly statements: number; readonly calls: number; readonly seconds: number | null };
};

/** `sqlite.statement`, key the fingerprint: the most expensive ones, by time and by calls. */
export type StatementFact = {
  /** Without values; cut. Hostile. */
  readonly text: string;
  readonly kind: string;
  readonly tables: readonly string[];
  readonly calls: number;
  readonly seconds: number | null;
  readonly maxSeconds: number | null;
  readonly rows: number | null;
  readonly callers: readonly { readonly endpoint: string; readonly calls: number }[];
  /** Real calls of it that can be tried. */
  readonly samples: number;
  readonly notUnderstood: string | null;
  /** As SQLite would run it now; null or absent: it was not planned. */
  readonly plan?: PlanReading | null;
};

/** `sqlite.index-use`, key '': what the plans of all statements of logs and files say of indexes, not only of those that are facts. */
export type IndexUseFact = {
  /** Statements that were planned, and those that could not be. */
  readonly planned: number;
  readonly unplanned: number;
  /** Names that a plan has, in lower case. */
  readonly indexes: readonly string[];
  /** Planned statements that name a table, by table. */
  readonly tables: { readonly [table: string]: number };
  /** Tables that something may read of which there is no plan: a statement that could not be planned, a trigger. */
  readonly unknown: readonly string[];
  /** Seconds since the last call in the logs; null: they do not tell when calls were. */
  readonly lastCallAgo: number | null;
};

/** `sqlite.loop`, key fingerprint and endpoint. */
type LoopFact = {
  readonly statement: string;
  readonly text: string;
  readonly endpoint: string | null;
  readonly requests: number;
  readonly callsPerRequest: number;
  readonly secondsPerRequest: number | null;
};

interface FactValues {
  'sqlite.wal': WalFact;
  'sqlite.fragmentation': FragmentationFact;
  'sqlite.connection': ConnectionFact;
  'sqlite.workload': WorkloadFact;
  'sqlite.statement': StatementFact;
  'sqlite.index-use': IndexUseFact;
  'sqlite.loop': LoopFact;
  'sqlite.file': FileFact;
  'sqlite.pragma': PragmaFact;
  'sqlite.table': TableFact;
  'sqlite.index': IndexFact;
  'sqlite.foreign-key': ForeignKeyFact;
  'sqlite.query': QueryFact;
}

export function fact<K extends keyof FactValues>(kind: K, key: string, value: FactValues[K]): Fact {
  return { kind, key, value: value as unknown as Json };
}

/** Facts of a kind by their key, with the type this integration wrote. */
export function factsOf<K extends keyof FactValues>(
  view: Pick<RuleView, 'facts'>,
  kind: K,
): ReadonlyMap<string, FactValues[K]> {
  return new Map(view.facts(kind).map((entry) => [entry.key, entry.value as unknown as FactValues[K]]));
}
