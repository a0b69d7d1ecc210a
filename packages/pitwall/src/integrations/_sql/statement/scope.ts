import type { Expr, Path } from './ast.ts';
import type { UseCollector } from './collector.ts';
import type { KnownTable, StatementDialect } from './dialect.ts';

/** Something in FROM. */
export interface Source {
  readonly alias: string;
  /** The table, when it is one that is known. */
  readonly table: { readonly known: KnownTable; readonly use: UseCollector } | null;
  /** Names that the rest of the statement calls its columns by → what they are; null: not known. */
  readonly columns: ReadonlyMap<string, Column | null> | null;
  /** Rows of it may be made of NULLs, because an outer join found none. */
  nullable: boolean;
}

/** A column of a known table. */
export interface Column {
  readonly source: Source;
  readonly name: string;
  readonly type: string | null;
}

/** Where a name leads: to a column of a table, whose condition counts there; null: to nothing that is known for sure. */
export interface Resolved extends Column {
  /** Names of the scope that asked; false: of an outer statement, whose row is given. */
  readonly inner: boolean;
}

/** The names that one SELECT can mean. */
export class Scope {
  readonly dialect: StatementDialect;
  readonly parent: Scope | null;
  readonly sources: Source[] = [];
  /** Columns joined by USING: which of the two a bare name means. */
  readonly merged = new Map<string, Column | null>();

  constructor(dialect: StatementDialect, parent: Scope | null) {
    this.dialect = dialect;
    this.parent = parent;
  }

  resolve(path: Path): Resolved | null {
    const found = this.#find(path);
    if (found === 'elsewhere') {
      const outer = this.parent?.resolve(path) ?? null;
      return outer && { ...outer, inner: false };
    }
    return found && { ...found, inner: true };
  }

  /** What in FROM a name belongs to, whether or not it leads to a table; `outer`: its row is given; null: who knows. */
  owner(path: Path): Source | 'outer' | null {
    const found = this.#find(path);
    if (found === 'elsewhere') return this.parent === null ? null : 'outer';
    if (path.length > 1) return this.#named(path.at(-2)!).length === 1 ? this.#named(path.at(-2)!)[0]! : null;
    const name = this.dialect.fold(path[0] ?? '');
    const having = this.sources.filter((source) => source.columns?.has(name));
    if (having.length === 1) return having[0]!;
    return having.find((source) => found !== null && source.columns!.get(name) === found) ?? null;
  }

  /** Every table that the name may mean has one more column read. */
  read(path: Path): void {
    const resolved = this.resolve(path);
    if (resolved) return void resolved.source.table?.use.read(resolved.name);
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      const found = scope.#find(path);
      if (found === 'elsewhere') continue;
      const system = this.dialect.isSystemColumn(this.dialect.fold(path.at(-1)!));
      const merged = path.length === 1 && scope.merged.has(this.dialect.fold(path[0]!));
      for (const source of path.length > 1 ? scope.#named(path.at(-2)!) : scope.sources) {
        const column = source.columns?.get(this.dialect.fold(path.at(-1)!));
        if (merged && column) column.source.table?.use.read(column.name);
        else if (column !== undefined || source.columns === null || path.length > 1 || system)
          source.table?.use.read(null);
      }
      // A row as a whole: `SELECT t FROM t`.
      if (path.length === 1) for (const source of scope.#named(path[0]!)) source.table?.use.read(null);
      return;
    }
  }

  readAll(of: Path): void {
    for (const source of of.length === 0 ? this.sources : this.#named(of.at(-1)!)) {
      source.table?.use.read(null);
      for (const column of source.columns?.values() ?? []) column?.source.table?.use.read(column.name);
    }
  }

  #named(alias: string): readonly Source[] {
    const key = this.dialect.fold(alias);
    return this.sources.filter((source) => this.dialect.fold(source.alias) === key);
  }

  /** `elsewhere`: no name of this SELECT, so perhaps one of an outer one. */
  #find(path: Path): Column | null | 'elsewhere' {
    const name = this.dialect.fold(path.at(-1) ?? '');
    if (path.length > 1) {
      const [source, ...more] = this.#named(path.at(-2)!);
      if (source === undefined) return 'elsewhere';
      return more.length > 0 ? null : (source.columns?.get(name) ?? null);
    }
    const merged = this.merged.get(name);
    if (merged !== undefined) return merged;
    const having = this.sources.filter((source) => source.columns?.has(name));
    if (having.length > 0) return having.length === 1 ? having[0]!.columns!.get(name)! : null;
    const known = this.sources.every((source) => source.columns !== null);
    return known && !this.dialect.isSystemColumn(name) && this.#named(name).length === 0 ? 'elsewhere' : null;
  }
}

/** Every column that an expression names, and every query in it; stars are not columns. */
export function* namesIn(expr: Expr): Generator<Extract<Expr, { kind: 'column' | 'query' | 'star' }>> {
  if (expr.kind === 'column' || expr.kind === 'star') yield expr;
  else if (expr.kind === 'query') {
    yield expr;
    if (expr.arg) yield* namesIn(expr.arg);
  } else for (const child of childrenOf(expr)) yield* namesIn(child);
}

/** What stands inside an expression on the same level of SELECT. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'star':
    case 'literal':
    case 'parameter':
      return [];
    case 'call':
      return [...expr.args, ...expr.others];
    case 'binary':
      return [expr.left, expr.right];
    case 'and':
    case 'or':
      return expr.args;
    case 'in':
      return [expr.arg, ...expr.list];
    case 'any':
      return [expr.arg, expr.array];
    case 'query':
      return expr.arg ? [expr.arg] : [];
    case 'between':
      return [expr.arg, expr.low, expr.high];
    case 'like':
      return [expr.arg, expr.pattern];
    case 'row':
      return expr.items;
    case 'other':
      return expr.parts;
    default:
      return [expr.arg];
  }
}
