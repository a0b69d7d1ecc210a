import type { Expr, Path } from './ast.ts';

interface KnownColumn {
  readonly name: string;
  /** As the catalogue says it; null: not known. */
  readonly type: string | null;
}

export interface KnownTable {
  /** What roles call it. */
  readonly id: string;
  readonly columns: readonly KnownColumn[];
}

/** What differs between the dialects in deriving roles. */
export interface StatementDialect {
  /** A name as names compare: folded where the dialect ignores case. */
  fold(name: string): string;
  quote(name: string): string;
  /** The table that a statement means; null: none that is known. */
  find(path: Path): KnownTable | null;
  /** Columns that every table has without saying so (`ctid`, `rowid`). */
  isSystemColumn(name: string): boolean;
  /** Whether a bare column may be a condition, as `= true` is. */
  readonly booleans: boolean;
  /** Whether an index finds by `LIKE`: the pattern has a fixed beginning. */
  isPrefix(like: Extract<Expr, { kind: 'like' }>): boolean;
  /**
   * The type of what a function, operator or cast gives for arguments of these types, when it gives the same for the same
   * arguments always, so that an index may be made of it; null: it does not, or that is not known. `args` are types of
   * arguments: null where not known, `unknown` for a constant string, `number` for a constant number.
   */
  immutable(what: Operation, args: readonly (string | null)[]): { readonly type: string | null } | null;
  /** Whether an index on the argument serves the cast, too (varchar to text). */
  isRelabel(from: string | null, to: string): boolean;
  /** A cast as DDL. */
  cast(text: string, type: string): string;
  /** A call as DDL. */
  call(name: string, args: readonly string[]): string;
  /** Why no index that is looked for serves a test, and what would: sentences. Absent: what holds for every dialect. */
  whyUnserved?(test: UnservedTest): string;
}

/** How a condition tests a column so that no role comes of it. */
export type UnservedHow =
  /** `a cast to date`, `lower()`, `a calculation`. */
  | { readonly kind: 'inside'; readonly around: string }
  /** `known`: the pattern is in the text, and does not begin with fixed text. */
  | { readonly kind: 'pattern'; readonly operator: string; readonly known: boolean }
  | { readonly kind: 'operator'; readonly operator: string }
  | { readonly kind: 'alternatives' };

/** `type`: of the column; null: not known. */
export type UnservedTest = UnservedHow & { readonly column: string; readonly type: string | null };

export type Operation =
  | { readonly kind: 'call'; readonly name: string; readonly constants: readonly (string | null)[] }
  | { readonly kind: 'operator'; readonly operator: string }
  | { readonly kind: 'cast'; readonly to: string };
