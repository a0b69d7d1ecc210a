import type { TableUse, TableWrite } from '../roles.ts';
import type {
  Assignments,
  Cte,
  Delete,
  Expr,
  From,
  Insert,
  Merge,
  Path,
  Query,
  Select,
  Statement,
  Update,
} from './ast.ts';
import { UseCollector } from './collector.ts';
import { partner, type SemiJoin, subjectOf, type Test, testsOf } from './conditions.ts';
import type { StatementDialect } from './dialect.ts';
import { isOpen, namesOf, renamed } from './output.ts';
import { type Column, namesIn, Scope, type Source } from './scope.ts';
import { extremeOf, groupingOf, sortsOf } from './sorts.ts';
import { unservedIn } from './unserved.ts';

export interface Analysis {
  readonly uses: readonly TableUse[];
  readonly writes: readonly TableWrite[];
  /** Ids of the tables that are known. */
  readonly tables: readonly string[];
  /** Tables that the schema does not have (views, other schemas), as the statement calls them. */
  readonly unknown: readonly string[];
}

/** What a statement does with the tables of a schema. Where a name is ambiguous or not known there is no role. */
export function analyse(statement: Statement, dialect: StatementDialect): Analysis {
  const analyser = new Analyser(dialect, statement);
  analyser.statement(statement, null, new Map());
  return analyser.result();
}

/** What a subquery gives: null where the names are not known. A column that is null leads nowhere. */
export type Output = readonly { readonly name: string; readonly column: Column | null }[] | null;

type Ctes = ReadonlyMap<string, Output>;

/** Where an expression stands. */
interface Place {
  readonly scope: Scope;
  readonly ctes: Ctes;
  readonly queries: Map<Query, SemiJoin>;
}

class Analyser {
  readonly #dialect: StatementDialect;
  readonly #collectors: UseCollector[] = [];
  readonly #writes: TableWrite[] = [];
  readonly #tables = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly #mentions = new Map<string, number>();

  constructor(dialect: StatementDialect, statement: Statement) {
    this.#dialect = dialect;
    countMentions(statement, (name) => {
      const key = dialect.fold(name);
      this.#mentions.set(key, (this.#mentions.get(key) ?? 0) + 1);
    });
  }

  result(): Analysis {
    return {
      uses: this.#collectors.map((collector) => collector.use()),
      writes: this.#writes,
      tables: [...this.#tables],
      unknown: [...this.#unknown],
    };
  }

  statement(statement: Statement, parent: Scope | null, outer: Ctes): Output {
    if (statement.kind === 'ddl' || statement.kind === 'utility') return null;
    if (statement.kind === 'select') return this.query(statement.query, parent, outer, null);
    const place = this.#place(this.#ctes(statement.ctes, parent, outer), parent);
    if (statement.kind === 'insert') this.#insert(statement, place);
    else this.#modify(statement, place);
    return null;
  }

  #insert({ target, source, replaces, conflict, returning }: Insert, place: Place): void {
    const write = this.#writer(target.path);
    if (source) this.query(source, null, place.ctes, null);
    write('insert', null);
    if (replaces) write('delete', null);
    if (conflict) {
      write('update', conflict.set);
      // One row that is found already: nothing to index, but queries may stand in it.
      this.#readAll([...conflict.set.values, ...present(conflict.where)], place);
    }
    this.#readAll(returning, place);
  }

  /** Rows that are there already. */
  #modify(statement: Update | Delete | Merge, place: Place): void {
    const { target, returning } = statement;
    const write = this.#writer(target.path);
    const modified = this.#tableSource(target.path, target.alias, [], place.ctes);
    place.scope.sources.push(modified);
    // Its rows are fetched to be changed: an index is never enough.
    modified.table?.use.read(null);
    if (statement.kind === 'merge') {
      this.#from(statement.source, place);
      this.#apply(statement.on, place, new Set([modified]));
      for (const { kind, set } of statement.actions) {
        if (kind !== 'nothing') write(kind, kind === 'update' ? set : null);
      }
      const read = statement.actions.flatMap(({ set, condition }) => [...set.values, ...present(condition)]);
      this.#readAll([...present(statement.on), ...read, ...returning], place);
      return;
    }
    const set = statement.kind === 'update' ? statement.set : null;
    for (const from of statement.from) this.#from(from, place);
    this.#apply(statement.where, place, null);
    write(statement.kind, set);
    if (statement.kind === 'update' && statement.replaces) write('delete', null);
    this.#readAll([...present(statement.where), ...(set?.values ?? []), ...returning], place);
  }

  /** Notes the table that a statement writes. The returned function notes what it does to it. */
  #writer(path: Path): (kind: TableWrite['kind'], set: Assignments | null) => void {
    const table = this.#dialect.find(path);
    if (!table) {
      this.#unknown.add(path.join('.'));
      return () => {};
    }
    this.#tables.add(table.id);
    const names = new Map(table.columns.map(({ name }) => [this.#dialect.fold(name), name]));
    return (kind, set) => {
      const columns = set?.columns.map((name) => names.get(this.#dialect.fold(name)) ?? name) ?? [];
      this.#writes.push({ table: table.id, kind, columns: [...new Set(columns)] });
    };
  }

  #place(ctes: Ctes, parent: Scope | null): Place {
    return { scope: new Scope(this.#dialect, parent), ctes, queries: new Map() };
  }

  /** `join`: its rows are joined with those of the statement around it, not given out. */
  query(query: Query, parent: Scope | null, outer: Ctes, join: SemiJoin | null): Output {
    const ctes = this.#ctes(query.ctes, parent, outer);
    const { body } = query;
    if (body.kind === 'select') return this.#select(body, query, parent, ctes, join);
    const place = this.#place(ctes, parent);
    this.#readAll(query.others, place);
    if (body.kind === 'values') {
      this.#readAll(body.rows.flat(), place);
      return (body.rows[0] ?? []).map((_, i) => ({ name: `column${i + 1}`, column: null }));
    }
    const outputs = body.parts.map((part) => this.query(part, parent, ctes, null));
    return outputs[0]?.map(({ name }) => ({ name, column: null })) ?? null;
  }

  #select(core: Select, query: Query, parent: Scope | null, ctes: Ctes, join: SemiJoin | null): Output {
    const place = this.#place(ctes, parent);
    const { scope } = place;
    for (const from of core.from) this.#from(from, place);
    this.#apply(core.where, place, null, join);
    if (join?.arg && parent !== null) this.#semiJoin(core, query, join, scope, parent);
    this.#sorts(core, query, scope);
    const output = join !== null && join.arg === null ? [] : core.output.map(({ expr }) => expr);
    this.#readAll(
      [
        ...output,
        ...present(core.where),
        ...core.groupBy,
        ...present(core.having),
        ...core.others,
        ...query.orderBy.map(({ expr }) => expr),
        ...query.others,
        ...(typeof core.distinct === 'string' ? [] : core.distinct),
      ],
      place,
    );
    if (query.locks) for (const source of scope.sources) source.table?.use.read(null);
    return namesOf(core, scope, isOpen(core, query));
  }

  #sorts(core: Select, query: Query, scope: Scope): void {
    for (const source of scope.sources) if (source.table && query.limit) source.table.use.limit = true;
    const orderBy = sortsOf(query.orderBy, core, scope);
    if (orderBy) {
      orderBy.use.orderBy = orderBy.sorts;
      // Of a table inside a subquery that is seen through, too.
      if (query.limit) orderBy.use.limit = true;
    }
    const groupBy = core.groupingSets ? null : sortsOf(groupingOf(core, query), core, scope);
    if (groupBy) groupBy.use.groupBy = groupBy.sorts;
    const extreme = query.orderBy.length === 0 ? extremeOf(core, scope) : null;
    if (extreme) {
      extreme.use.orderBy = extreme.sorts;
      extreme.use.limit = true;
    }
  }

  /** x IN (SELECT y …): y is looked up by x; or, when there are few, x by y. */
  #semiJoin(core: Select, query: Query, join: SemiJoin, scope: Scope, parent: Scope): void {
    const args = join.arg!.kind === 'row' ? join.arg!.items : [join.arg!];
    // NOT IN reads all of it once, and looks rows up in that.
    if (join.kind === 'anti' || !isOpen(core, query)) return;
    for (const [i, arg] of args.entries()) {
      const output = core.output[i];
      const inside = output ? subjectOf(output.expr, scope) : null;
      const outside = subjectOf(arg, parent);
      if (inside) inside.source.table!.use.join({ ...inside.tested, with: partner(outside) });
      if (outside) {
        outside.source.table!.use.join({ ...outside.tested, with: partner(inside) });
      }
    }
  }

  /** Roles of a condition, on these sources only where an outer join's condition filters no others. */
  #apply(condition: Expr | null, place: Place, only: ReadonlySet<Source> | null, join: SemiJoin | null = null): void {
    if (condition === null) return;
    for (const test of testsOf(condition, place.scope, place.queries)) {
      if (only !== null && !only.has(test.subject.owner)) continue;
      // What NULL does not pass makes an outer join an inner one.
      if (only === null && !passesNull(test)) test.subject.owner.nullable = false;
      this.#add(test, join);
    }
    for (const { source, because } of unservedIn(condition, place.scope)) source.table?.use.unserved(because);
  }

  #add(test: Test, join: SemiJoin | null): void {
    const { use } = test.subject.source.table!;
    if (test.role === 'equality') use.equality(test.use);
    else if (test.role === 'range') use.range(test.use);
    else if (test.role === 'constant') {
      if (!test.subject.owner.nullable) use.constant(test.use);
    } else if (!test.outer) use.join(test.use);
    else if (join === null) {
      // The row around it is given, so this is a value.
      const { column, expression, collate } = test.use;
      use.equality({ column, expression, ...(collate === undefined ? {} : { collate }), test: 'equal', values: 1 });
    } else {
      use.join(test.use);
      if (join.kind === 'semi' && test.other) {
        test.other.source.table!.use.join({ ...test.other.tested, with: partner(test.subject) });
      }
    }
  }

  #ctes(list: readonly Cte[], parent: Scope | null, outer: Ctes): Ctes {
    const ctes = new Map(outer);
    for (const { name, columns, statement, recursive, fenced } of list) {
      const key = this.#dialect.fold(name);
      const given: Output = columns.length > 0 ? columns.map((column) => ({ name: column, column: null })) : null;
      let inside = false;
      countMentions(statement, (mention) => {
        inside ||= this.#dialect.fold(mention) === key;
      });
      if (recursive) ctes.set(key, given);
      const output = this.statement(statement, parent, new Map(ctes));
      const open = !fenced && !inside && (this.#mentions.get(key) ?? 0) <= 1;
      ctes.set(key, renamed(output, columns)?.map((one) => (open ? one : { ...one, column: null })) ?? null);
    }
    return ctes;
  }

  #from(from: From, place: Place): readonly Source[] {
    if (from.kind === 'join') return this.#join(from, place);
    let source: Source;
    if (from.kind === 'table') source = this.#tableSource(from.path, from.alias, from.columns, place.ctes);
    else if (from.kind === 'query') {
      const output = renamed(this.query(from.query, place.scope, place.ctes, null), from.columns);
      source = { alias: from.alias, table: null, columns: this.#columnMap(output), nullable: false };
    } else {
      this.#readAll(from.args, place);
      source = { alias: from.alias, table: null, columns: null, nullable: false };
    }
    place.scope.sources.push(source);
    return [source];
  }

  #join(join: Extract<From, { kind: 'join' }>, place: Place): readonly Source[] {
    const left = this.#from(join.left, place);
    const right = this.#from(join.right, place);
    const filtered = { inner: null, left: new Set(right), right: new Set(left), full: new Set<Source>() }[join.type];
    this.#apply(join.on, place, filtered);
    if (join.on) this.#readAll([join.on], place);
    for (const name of join.using ?? this.#common(left, right)) {
      const key = this.#dialect.fold(name);
      const [a, b] = [left, right].map((side) => side.find((source) => source.columns?.has(key))?.columns?.get(key));
      for (const [column, other] of [
        [a, b],
        [b, a],
      ] as const) {
        if (!column) continue;
        column.source.table?.use.read(column.name);
        if (filtered !== null && !filtered.has(column.source)) continue;
        const table = other?.source.table?.known.id;
        column.source.table?.use.join({
          column: column.name,
          expression: null,
          with: other && table !== undefined ? { table, column: other.name } : null,
        });
      }
      place.scope.merged.set(key, (join.type === 'right' ? b : join.type === 'full' ? null : a) ?? null);
    }
    if (join.type === 'left' || join.type === 'full') for (const source of right) source.nullable = true;
    if (join.type === 'right' || join.type === 'full') for (const source of left) source.nullable = true;
    return [...left, ...right];
  }

  /** NATURAL: what both sides have. */
  #common(left: readonly Source[], right: readonly Source[]): readonly string[] {
    if ([...left, ...right].some((source) => source.columns === null)) return [];
    const names = new Set(right.flatMap((source) => [...source.columns!.keys()]));
    return [...new Set(left.flatMap((source) => [...source.columns!.keys()]))].filter((name) => names.has(name));
  }

  #tableSource(path: Path, alias: string | null, renames: readonly string[], ctes: Ctes): Source {
    const name = path.at(-1) ?? '';
    const cte = path.length === 1 ? ctes.get(this.#dialect.fold(name)) : undefined;
    if (cte !== undefined) {
      return { alias: alias ?? name, table: null, columns: this.#columnMap(renamed(cte, renames)), nullable: false };
    }
    const known = this.#dialect.find(path);
    if (known === null) {
      this.#unknown.add(path.join('.'));
      return { alias: alias ?? name, table: null, columns: null, nullable: false };
    }
    this.#tables.add(known.id);
    const use = new UseCollector(known.id, alias ?? name);
    this.#collectors.push(use);
    const columns = new Map<string, Column>();
    const source: Source = { alias: alias ?? name, table: { known, use }, columns, nullable: false };
    for (const [i, column] of known.columns.entries()) {
      columns.set(this.#dialect.fold(renames[i] ?? column.name), { source, name: column.name, type: column.type });
    }
    return source;
  }

  #columnMap(output: Output): ReadonlyMap<string, Column | null> | null {
    if (output === null) return null;
    const map = new Map<string, Column | null>();
    for (const { name, column } of output) {
      const key = this.#dialect.fold(name);
      map.set(key, map.has(key) ? null : column);
    }
    return map;
  }

  /** Which columns the expressions read, and the queries in them. */
  #readAll(exprs: readonly Expr[], place: Place): void {
    for (const expr of exprs) {
      for (const name of namesIn(expr)) {
        if (name.kind === 'column') place.scope.read(name.path);
        else if (name.kind === 'star') place.scope.readAll(name.of);
        else this.query(name.query, place.scope, place.ctes, place.queries.get(name.query) ?? null);
      }
    }
  }
}

function present<T>(value: T | null): readonly T[] {
  return value === null ? [] : [value];
}

function passesNull({ role, use }: Test): boolean {
  return role === 'constant' || (role === 'equality' && use.test === 'is-null');
}

/** Tables without a schema, at any depth: they may mean a common table expression. */
function countMentions(node: unknown, found: (name: string) => void): void {
  if (Array.isArray(node)) for (const item of node) countMentions(item, found);
  else if (typeof node === 'object' && node !== null) {
    const { kind, path } = node as { kind?: unknown; path?: Path };
    if (kind === 'table' && path!.length === 1) found(path![0]!);
    for (const value of Object.values(node)) countMentions(value, found);
  }
}
