/**
 * What the roles of columns are derived from, alike for all dialects: each dialect's parser makes these of its own tree. It says
 * only what matters for indexes; all else is `other`, with what is inside it.
 */

/** A name with what qualifies it, as the catalogue has them: `['o', 'id']`. */
export type Path = readonly string[];

export type Expr =
  | { readonly kind: 'column'; readonly path: Path }
  /** `*`, or `t.*`. */
  | { readonly kind: 'star'; readonly of: Path }
  /** `text`: as DDL of the dialect takes it. */
  | { readonly kind: 'literal'; readonly type: 'number' | 'string' | 'boolean' | 'null'; readonly text: string }
  | { readonly kind: 'parameter' }
  /** `name` in the catalogue's case, without `pg_catalog`. `plain`: no DISTINCT, FILTER, ORDER BY, OVER inside or after it. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expr[];
      readonly star: boolean;
      readonly plain: boolean;
      readonly window: boolean;
      /** In FILTER, OVER and so on. */
      readonly others: readonly Expr[];
    }
  | { readonly kind: 'unary'; readonly operator: string; readonly arg: Expr }
  /** Comparisons, too. */
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'and' | 'or'; readonly args: readonly Expr[] }
  | { readonly kind: 'not'; readonly arg: Expr }
  | { readonly kind: 'null-test'; readonly arg: Expr; readonly negated: boolean }
  | { readonly kind: 'truth-test'; readonly arg: Expr; readonly is: boolean | null; readonly negated: boolean }
  | { readonly kind: 'in'; readonly arg: Expr; readonly list: readonly Expr[]; readonly negated: boolean }
  /** `arg operator ANY (array)`. */
  | { readonly kind: 'any'; readonly operator: string; readonly arg: Expr; readonly array: Expr }
  /** `arg IN (SELECT …)`, `EXISTS (SELECT …)` (arg null), a scalar subquery (`test` false). */
  | {
      readonly kind: 'query';
      readonly arg: Expr | null;
      /** True: it tests the rows, as a semi join does. */
      readonly test: boolean;
      readonly negated: boolean;
      readonly query: Query;
    }
  | {
      readonly kind: 'between';
      readonly arg: Expr;
      readonly low: Expr;
      readonly high: Expr;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'like';
      /** `like`, `ilike`, `glob` … */
      readonly operator: string;
      readonly arg: Expr;
      readonly pattern: Expr;
      readonly escaped: boolean;
      readonly negated: boolean;
    }
  /** `type`: as DDL takes it. */
  | { readonly kind: 'cast'; readonly arg: Expr; readonly type: string }
  | { readonly kind: 'collate'; readonly arg: Expr; readonly collation: string }
  | { readonly kind: 'row'; readonly items: readonly Expr[] }
  | { readonly kind: 'other'; readonly parts: readonly Expr[] };

export interface Sort {
  readonly expr: Expr;
  readonly desc: boolean;
  readonly nullsFirst: boolean | null;
}

export interface Cte {
  readonly name: string;
  /** Names given to its columns, from the first on. */
  readonly columns: readonly string[];
  readonly statement: Statement;
  /** Its name inside it means itself. */
  readonly recursive: boolean;
  /** MATERIALIZED: the planner may not look into it. */
  readonly fenced: boolean;
}

export interface Query {
  readonly ctes: readonly Cte[];
  readonly body: QueryBody;
  readonly orderBy: readonly Sort[];
  readonly limit: boolean;
  readonly offset: boolean;
  /** FOR UPDATE and its kin. */
  readonly locks: boolean;
  /** In LIMIT, OFFSET. */
  readonly others: readonly Expr[];
}

export type QueryBody = Select | Compound | Values;

interface Compound {
  readonly kind: 'compound';
  /** UNION ALL: rows of the parts pass as they are. */
  readonly unionAll: boolean;
  readonly parts: readonly Query[];
}

interface Values {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expr[])[];
}

export interface Select {
  readonly kind: 'select';
  /** DISTINCT ON: its terms. */
  readonly distinct: 'none' | 'all' | readonly Expr[];
  readonly output: readonly { readonly expr: Expr; readonly alias: string | null }[];
  readonly from: readonly From[];
  readonly where: Expr | null;
  readonly groupBy: readonly Expr[];
  /** GROUPING SETS, ROLLUP, CUBE: no one order serves them. */
  readonly groupingSets: boolean;
  readonly having: Expr | null;
  /** In named windows. */
  readonly others: readonly Expr[];
}

export type From =
  | { readonly kind: 'table'; readonly path: Path; readonly alias: string | null; readonly columns: readonly string[] }
  | { readonly kind: 'query'; readonly query: Query; readonly alias: string; readonly columns: readonly string[] }
  /** A function, or whatever else gives rows. */
  | { readonly kind: 'function'; readonly args: readonly Expr[]; readonly alias: string }
  | {
      readonly kind: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full';
      readonly left: From;
      readonly right: From;
      readonly on: Expr | null;
      /** Null: NATURAL. */
      readonly using: readonly string[] | null;
    };

interface Target {
  readonly path: Path;
  readonly alias: string | null;
}

/** `set`: columns, with what they are set to. */
export interface Assignments {
  readonly columns: readonly string[];
  readonly values: readonly Expr[];
}

interface Modification {
  readonly ctes: readonly Cte[];
  readonly target: Target;
  readonly returning: readonly Expr[];
}

export interface Insert extends Modification {
  readonly kind: 'insert';
  readonly source: Query | null;
  /** ON CONFLICT DO UPDATE; REPLACE deletes what is in the way. */
  readonly conflict: { readonly set: Assignments; readonly where: Expr | null } | null;
  readonly replaces: boolean;
}

export interface Update extends Modification {
  readonly kind: 'update';
  readonly set: Assignments;
  readonly from: readonly From[];
  readonly where: Expr | null;
  /** UPDATE OR REPLACE deletes what is in the way. */
  readonly replaces?: boolean;
}

export interface Delete extends Modification {
  readonly kind: 'delete';
  readonly from: readonly From[];
  readonly where: Expr | null;
}

export interface Merge extends Modification {
  readonly kind: 'merge';
  readonly source: From;
  readonly on: Expr | null;
  readonly actions: readonly {
    readonly kind: 'insert' | 'update' | 'delete' | 'nothing';
    readonly set: Assignments;
    readonly condition: Expr | null;
  }[];
}

export type Statement =
  | { readonly kind: 'select'; readonly query: Query }
  | Insert
  | Update
  | Delete
  | Merge
  | { readonly kind: 'ddl' }
  | { readonly kind: 'utility' };
