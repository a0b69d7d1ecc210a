/**
 * What a database keeps, how much of what is asked for its cache has, and who is connected to it: alike for every technology.
 * Names come from the database, and may be hostile.
 */
export interface DatabaseState {
  /** Absent: tables could not be looked at, and nothing says why. */
  readonly storage?: Storage;
  readonly cache?: CacheState;
  /** Absent where there are none to be seen (a file has no server). */
  readonly connections?: ConnectionState;
}

/** A table with its indexes; a partitioned one with all of its partitions. Bytes. */
export interface StoredTable {
  readonly name: string;
  /** Of its rows, with what is kept apart from them because it is long (TOAST). */
  readonly bytes: number;
  readonly indexBytes: number;
  readonly indexes: number;
  /** 0: it has none. */
  readonly partitions: number;
  /** An estimate, as a rule; null: not known. */
  readonly rows: number | null;
}

export interface Storage {
  /** All of the database, with what is neither table nor index; null: not known. */
  readonly bytes: number | null;
  /** The largest first, at most `STORED`. */
  readonly tables: readonly StoredTable[];
  /** All tables that were measured, those that are not named too. */
  readonly total: {
    readonly tables: number;
    readonly bytes: number;
    readonly indexes: number;
    readonly indexBytes: number;
  };
  /** Pages that hold nothing and are written to next; null where they are not counted. */
  readonly freeBytes: number | null;
  /** What could not be measured, and why: sentences. */
  readonly missing: readonly string[];
}

/** Tables that a report names. More than a person reads: their names are looked for. [judgement] */
const STORED = 200;

/** What was asked for, in bytes: a page counts each time. */
export interface CacheUse {
  readonly hit: number;
  /** From outside the database's own cache: the operating system may have had it. */
  readonly read: number;
}

export interface CacheState {
  /** Null where it is not counted. */
  readonly all: CacheUse | null;
  readonly tables: CacheUse | null;
  readonly indexes: CacheUse | null;
  /** Seconds that the counters cover; null: not told. */
  readonly seconds: number | null;
  /** How large it is, as far as that is known: sentences. */
  readonly notes: readonly string[];
}

/** So many connections are of this state, user, application or database. */
export interface ConnectionGroup {
  /** Empty: they told none. */
  readonly name: string;
  readonly count: number;
}

/** Client connections of the whole server, without ours. */
export interface ConnectionState {
  readonly used: number;
  readonly limit: number;
  /** Of the limit, kept for administrators. */
  readonly reserved: number;
  /** That our role may not look at. */
  readonly hidden: number;
  /** Each the largest first, at most `NAMED_GROUPS`. */
  readonly states: readonly ConnectionGroup[];
  readonly users: readonly ConnectionGroup[];
  readonly applications: readonly ConnectionGroup[];
  readonly databases: readonly ConnectionGroup[];
  readonly missing: readonly string[];
}

/** Groups of connections that are named. [judgement] */
export const NAMED_GROUPS = 20;

/** The tables as a report names them: the largest, and what all of them come to. */
export function storedTables(tables: readonly StoredTable[]): Pick<Storage, 'tables' | 'total'> {
  const sum = (of: (table: StoredTable) => number) => tables.reduce((total, table) => total + of(table), 0);
  const sorted = tables.toSorted(
    (a, b) => b.bytes + b.indexBytes - a.bytes - a.indexBytes || (a.name < b.name ? -1 : 1),
  );
  return {
    tables: sorted.slice(0, STORED),
    total: {
      tables: tables.length,
      bytes: sum(({ bytes }) => bytes),
      indexes: sum(({ indexes }) => indexes),
      indexBytes: sum(({ indexBytes }) => indexBytes),
    },
  };
}
