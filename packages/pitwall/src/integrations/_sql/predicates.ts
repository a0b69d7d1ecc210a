import { type SelectCore, type Source, selectsIn } from './select.ts';
import { type Item, isGroup, isOperator, nameOf, parseGroups, split, wordOf } from './tree.ts';

/** A column as a query tests or orders by it. `collate` only where the query names one. */
export interface ColumnUse {
  readonly column: string;
  readonly collate?: string;
}

export interface OrderUse extends ColumnUse {
  readonly desc: boolean;
}

/** What a query does with the columns of one table: where an index could serve it. */
export interface TableRoles {
  readonly table: string;
  readonly alias: string;
  /** Compared with a value for equality (=, IN, IS NULL). */
  readonly equality: readonly ColumnUse[];
  /** Compared for equality with a column of another table. */
  readonly joins: readonly ColumnUse[];
  /** <, >, BETWEEN, GLOB 'prefix*'. */
  readonly ranges: readonly ColumnUse[];
  readonly orderBy: readonly OrderUse[];
  readonly groupBy: readonly OrderUse[];
  readonly limit: boolean;
}

/** Columns of a table, or null when there is no such table. Names compare without case, as in SQLite. */
export type ColumnsOf = (table: string) => readonly string[] | null;

interface Reference extends ColumnUse {
  readonly alias: string;
}

interface Terms {
  readonly equality: Reference[];
  readonly joins: Reference[];
  readonly ranges: Reference[];
}

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const COMPARISONS: ReadonlySet<string> = new Set(['=', '==', '<', '>', '<=', '>=']);
const LITERAL_WORDS = /^(null|true|false|current_(date|time|timestamp))$/;

/**
 * Roles of the columns, one entry a table in each SELECT, for what can be said for sure: conditions joined by AND at the
 * top, of the form `column operator value`. What it does not understand gives no role. Functions on columns are no roles:
 * an ordinary index does not serve them.
 */
export function rolesIn(sql: string, columnsOf: ColumnsOf): readonly TableRoles[] {
  const items = parseGroups(sql);
  return items ? selectsIn(items).flatMap((core) => rolesOfCore(core, columnsOf)) : [];
}

function rolesOfCore(core: SelectCore, columnsOf: ColumnsOf): readonly TableRoles[] {
  const scope = new Scope(core.sources, columnsOf);
  const terms: Terms = { equality: [], joins: [], ranges: [] };
  addTerms(core.where, scope, terms, null);
  for (const source of core.sources) addTerms(source.on, scope, terms, source.left ? source.alias : null);
  for (const source of core.sources) {
    for (const column of source.using) {
      for (const { alias } of core.sources) if (scope.has(alias, column)) terms.joins.push({ alias, column });
    }
  }
  const orderBy = orderOf(core.orderBy, scope, selectAliases(core.columns));
  const groupBy = orderOf(core.groupBy, scope, selectAliases(core.columns));
  return core.sources.flatMap((source) => {
    if (source.table === null || !columnsOf(source.table)) return [];
    const of = (references: readonly Reference[]) =>
      uniqueColumns(references.filter((reference) => same(reference.alias, source.alias)).map(withoutAlias));
    const roles = {
      table: source.table,
      alias: source.alias,
      equality: of(terms.equality),
      joins: of(terms.joins),
      ranges: of(terms.ranges),
      orderBy: orderBy && same(orderBy.alias, source.alias) ? orderBy.columns : [],
      groupBy: groupBy && same(groupBy.alias, source.alias) ? groupBy.columns : [],
      limit: core.limit,
    };
    return [roles];
  });
}

/** Names of the columns that the query can mean without ambiguity. */
class Scope {
  readonly #sources: readonly Source[];
  readonly #columnsOf: ColumnsOf;

  constructor(sources: readonly Source[], columnsOf: ColumnsOf) {
    this.#sources = sources;
    this.#columnsOf = columnsOf;
  }

  has(alias: string, column: string): boolean {
    return this.#find(alias, column) !== null;
  }

  /** `column`, `alias.column` or `schema.table.column`; null when it is not one column of one of our tables. */
  resolve(items: readonly Item[]): Reference | null {
    const last = nameOf(items.at(-1));
    if (last === null || items.length % 2 === 0 || items.length > 5) return null;
    for (let i = 1; i < items.length; i += 2) if (!isOperator(items[i], '.')) return null;
    if (items.length === 1) {
      const candidates = this.#sources
        .map((source) => this.#find(source.alias, last))
        .filter((found) => found !== null);
      return candidates.length === 1 ? candidates[0]! : null;
    }
    const qualifier = nameOf(items.at(-3));
    return qualifier === null ? null : this.#find(qualifier, last);
  }

  #find(alias: string, column: string): Reference | null {
    const matching = this.#sources.filter((source) => same(source.alias, alias));
    const source = matching[0];
    // One name for two sources (only possible by mistake) says nothing.
    if (matching.length !== 1 || !source || source.table === null) return null;
    const found = this.#columnsOf(source.table)?.find((name) => same(name, column));
    return found === undefined ? null : { alias: source.alias, column: found };
  }
}

/** `only`: a LEFT JOIN's condition filters nothing but the table joined. */
function addTerms(condition: readonly Item[], scope: Scope, terms: Terms, only: string | null): void {
  if (condition.length === 0 || condition.some((item) => wordOf(item) === 'or')) return;
  for (const conjunct of conjuncts(condition)) {
    const single = conjunct.length === 1 ? conjunct[0] : undefined;
    if (single && isGroup(single) && single.kind === 'group') addTerms(single.items, scope, terms, only);
    else addTerm(conjunct, scope, terms, only);
  }
}

/** Parts between ANDs, without taking BETWEEN x AND y apart. */
function conjuncts(condition: readonly Item[]): Item[][] {
  let between = false;
  return split(condition, (item) => {
    const word = wordOf(item);
    if (word === 'between') between = true;
    if (word !== 'and') return false;
    if (!between) return true;
    between = false;
    return false;
  });
}

function addTerm(items: readonly Item[], scope: Scope, terms: Terms, only: string | null): void {
  const add = (list: Reference[], reference: Reference) => {
    if (only === null || same(reference.alias, only)) list.push(reference);
  };
  const at = items.findIndex(
    (item) =>
      (item.kind === 'operator' && (COMPARISONS.has(item.text) || item.text === '<>' || item.text === '!=')) ||
      ['is', 'in', 'between', 'isnull', 'notnull', 'like', 'glob', 'match', 'regexp', 'not'].includes(wordOf(item)),
  );
  if (at <= 0) return;
  const left = columnOf(items.slice(0, at), scope);
  const operator = items[at]!;
  const rest = items.slice(at + 1);
  const word = wordOf(operator);
  if (word === 'isnull' && rest.length === 0) return void (left && add(terms.equality, left));
  if (word === 'in') return void (left && rest.length === 1 && isGroup(rest[0]) && add(terms.equality, left));
  if (word === 'between') return void (left && isValue(rest, left.alias, scope) && add(terms.ranges, left));
  if (word === 'glob') return void (left && hasPrefix(rest) && add(terms.ranges, left));
  if (word === 'is')
    return void (left && wordOf(rest[0]) !== 'not' && isValue(rest, left.alias, scope) && add(terms.equality, left));
  if (operator.kind !== 'operator' || !COMPARISONS.has(operator.text)) return;
  if (rest.some((item) => item.kind === 'operator' && COMPARISONS.has(item.text))) return;
  const right = columnOf(rest, scope);
  const equality = operator.text === '=' || operator.text === '==';
  if (left && right) {
    if (!equality || same(left.alias, right.alias)) return;
    add(terms.joins, left);
    add(terms.joins, right);
  } else if (left && isValue(rest, left.alias, scope)) {
    const collate = left.collate ?? trailingCollate(rest);
    add(equality ? terms.equality : terms.ranges, collate === undefined ? left : { ...left, collate });
  } else if (right && isValue(items.slice(0, at), right.alias, scope)) {
    add(equality || !FLIPPED[operator.text] ? terms.equality : terms.ranges, right);
  }
}

/** A column, with COLLATE behind it if there is one. */
function columnOf(items: readonly Item[], scope: Scope): Reference | null {
  const collate = trailingCollate(items);
  const reference = scope.resolve(collate === undefined ? items : items.slice(0, -2));
  return reference && collate !== undefined ? { ...reference, collate } : reference;
}

function trailingCollate(items: readonly Item[]): string | undefined {
  return wordOf(items.at(-2)) === 'collate' ? (nameOf(items.at(-1)) ?? undefined) : undefined;
}

/** True when nothing in it depends on the row of that table: literals, parameters, functions of them, outer columns. */
function isValue(items: readonly Item[], alias: string, scope: Scope): boolean {
  if (items.length === 0) return false;
  return items.every((item, i) => {
    if (isGroup(item)) return item.items.length === 0 || isValue(item.items, alias, scope);
    if (item.kind !== 'word' && item.kind !== 'quoted') return item.kind !== 'unknown';
    if (wordOf(item) === 'select') return false;
    if (LITERAL_WORDS.test(wordOf(item)) || isGroup(items[i + 1])) return true;
    if (['and', 'collate', 'not', 'as'].includes(wordOf(item)) || wordOf(items[i - 1]) === 'collate') return true;
    if (isOperator(items[i + 1], '.')) return true;
    const qualified = isOperator(items[i - 1], '.') ? [items[i - 2]!, items[i - 1]!, item] : [item];
    const reference = scope.resolve(qualified);
    return reference === null || !same(reference.alias, alias);
  });
}

/** A GLOB pattern that begins with something fixed can use an index; LIKE cannot, by SQLite's default it ignores case. */
function hasPrefix(items: readonly Item[]): boolean {
  return items.length === 1 && items[0]!.kind === 'string' && /^'[^*?[']/.test((items[0] as { text: string }).text);
}

/** The columns ordered by when all are plain columns of one table; null otherwise. */
function orderOf(items: readonly Item[], scope: Scope, aliases: ReadonlySet<string>) {
  if (items.length === 0) return null;
  const columns: OrderUse[] = [];
  let alias: string | null = null;
  for (const part of split(items, (item) => isOperator(item, ','))) {
    const direction = wordOf(part.at(-1));
    const term = direction === 'asc' || direction === 'desc' ? part.slice(0, -1) : part;
    const reference = columnOf(term, scope);
    // A name given in the SELECT list wins over a column of that name.
    if (!reference || (term.length === 1 && aliases.has(reference.column.toLowerCase()))) return null;
    if (alias !== null && !same(alias, reference.alias)) return null;
    alias = reference.alias;
    columns.push({ ...withoutAlias(reference), desc: direction === 'desc' });
  }
  return alias === null ? null : { alias, columns };
}

/** Names given by AS to something that is not just the column of that name. */
function selectAliases(columns: readonly Item[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of split(columns, (item) => isOperator(item, ','))) {
    const name = nameOf(part.at(-1))?.toLowerCase();
    if (name === undefined || wordOf(part.at(-2)) !== 'as') continue;
    if (nameOf(part.at(-3))?.toLowerCase() !== name) names.add(name);
  }
  return names;
}

function withoutAlias({ column, collate }: Reference): ColumnUse {
  return collate === undefined ? { column } : { column, collate };
}

function uniqueColumns(uses: readonly ColumnUse[]): readonly ColumnUse[] {
  return uses.filter((use, i) => uses.findIndex((other) => same(other.column, use.column)) === i);
}

/** SQLite compares names without regard to the case of ASCII letters. */
function same(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}
