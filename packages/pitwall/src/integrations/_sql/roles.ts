/**
 * What a statement does with the columns of one table: where an index could serve it. Each SQL dialect derives it from its own
 * parse (PostgreSQL: the server's grammar; SQLite: a reader of its own), the advisor works on nothing else.
 */

/** A column, or an expression of columns of one table, written as the dialect's DDL takes it (`lower(email)`). */
export interface Tested {
  /** Null for an expression. */
  readonly column: string | null;
  readonly expression: string | null;
  /** Only where the statement names one that is not the column's own. */
  readonly collate?: string;
  /** Only where an index of the default class cannot serve the test: `text_pattern_ops` for a prefix under ICU or en_US. */
  readonly opclass?: string;
}

/** `=`, `IN`, `IS NULL` with a value. */
export interface EqualityUse extends Tested {
  readonly test: 'equal' | 'in' | 'is-null';
  /** Values in an IN list as written; 1 otherwise. */
  readonly values: number;
}

/** `=` with a column of another table. */
export interface JoinUse extends Tested {
  readonly with: { readonly table: string; readonly column: string } | null;
}

/** `<`, `>`, BETWEEN, LIKE 'prefix%'. */
export interface RangeUse extends Tested {
  readonly test: 'compare' | 'prefix';
}

export interface SortUse extends Tested {
  readonly desc: boolean;
  /** Null: the dialect's default for the direction, also where the statement writes that default out. */
  readonly nullsFirst: boolean | null;
}

/** A test on constants of the text itself, not of parameters: `deleted_at IS NULL`, `status = 'open'`. */
export interface ConstantTest {
  /** As DDL: may stand behind WHERE of a partial index. */
  readonly predicate: string;
  readonly columns: readonly string[];
  /** Share of the rows that it keeps (0–1), where statistics tell; absent or null: not known. */
  readonly kept?: number | null;
}

/** One table in one SELECT (UPDATE, DELETE) of a statement. */
export interface TableUse {
  readonly table: string;
  readonly alias: string;
  readonly equality: readonly EqualityUse[];
  readonly joins: readonly JoinUse[];
  readonly ranges: readonly RangeUse[];
  /** Of ORDER BY when all of it is of this table, else empty. */
  readonly orderBy: readonly SortUse[];
  readonly groupBy: readonly SortUse[];
  readonly limit: boolean;
  /** Every column of the table that this SELECT reads, wherever; null: all of them, or not known. */
  readonly output: readonly string[] | null;
  readonly constants: readonly ConstantTest[];
  /** Conditions on its columns that no index that is looked for serves, with why: sentences without values. Absent: none. */
  readonly unserved?: readonly string[];
}

/** What a statement does to the rows of a table. */
export interface TableWrite {
  readonly table: string;
  readonly kind: 'insert' | 'update' | 'delete';
  /** Set by an UPDATE (or ON CONFLICT DO UPDATE); empty otherwise. */
  readonly columns: readonly string[];
}
