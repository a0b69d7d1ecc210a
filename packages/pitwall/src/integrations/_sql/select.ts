import { type Group, type Item, isGroup, isOperator, nameOf, split, wordOf } from './tree.ts';

/** A table (or something that is none: a subquery, a function) in a FROM clause. */
export interface Source {
  /** Null for subqueries and table-valued functions. */
  readonly table: string | null;
  /** How the rest of the query calls it. */
  readonly alias: string;
  /** The condition of the join with what stands before it. */
  readonly on: readonly Item[];
  readonly using: readonly string[];
  /** LEFT JOIN: the condition does not filter what stands before. */
  readonly left: boolean;
}

/** One SELECT … without what it is combined with. */
export interface SelectCore {
  readonly sources: readonly Source[];
  readonly columns: readonly Item[];
  readonly where: readonly Item[];
  readonly groupBy: readonly Item[];
  /** Empty in a compound: it orders the whole, not this part. */
  readonly orderBy: readonly Item[];
  readonly limit: boolean;
}

const COMPOUND: ReadonlySet<string> = new Set(['union', 'intersect', 'except']);
const CLAUSES: ReadonlySet<string> = new Set(['where', 'group', 'having', 'window', 'order', 'limit']);
const JOIN_WORDS: ReadonlySet<string> = new Set([
  'join',
  'inner',
  'left',
  'outer',
  'cross',
  'natural',
  'right',
  'full',
]);
const AFTER_SOURCE: ReadonlySet<string> = new Set([...JOIN_WORDS, 'on', 'using', 'indexed', 'not']);

/**
 * Every SELECT in the items: the outer one, parts of compounds, common table expressions and subqueries at any depth.
 * What is not understood (parenthesised joins, NATURAL, RIGHT and FULL joins) is left out: conservative, because a
 * candidate made of a misread query costs a trial.
 */
export function selectsIn(items: readonly Item[]): readonly SelectCore[] {
  const cores: SelectCore[] = [];
  const start = items.findIndex((item) => wordOf(item) === 'select');
  if (start >= 0) {
    const parts = split(items.slice(start), (item) => COMPOUND.has(wordOf(item)));
    for (const part of parts) {
      const core = parseCore(wordOf(part[0]) === 'all' ? part.slice(1) : part, parts.length > 1);
      if (core) cores.push(core);
    }
  }
  for (const item of items) if (isGroup(item)) cores.push(...selectsIn(item.items));
  return cores;
}

function parseCore(items: readonly Item[], compound: boolean): SelectCore | null {
  if (wordOf(items[0]) !== 'select') return null;
  const from = items.findIndex((item) => wordOf(item) === 'from');
  if (from < 0) return null;
  const clauses = new Map<string, Item[]>();
  let current = 'from';
  clauses.set(current, []);
  for (const item of items.slice(from + 1)) {
    const word = wordOf(item);
    if (CLAUSES.has(word)) {
      current = word;
      clauses.set(current, []);
    } else if (isOperator(item, ';')) break;
    else clauses.get(current)!.push(item);
  }
  const sources = parseSources(clauses.get('from')!);
  if (!sources) return null;
  return {
    sources,
    columns: items.slice(1, from),
    where: clauses.get('where') ?? [],
    groupBy: withoutBy(clauses.get('group')),
    orderBy: compound ? [] : withoutBy(clauses.get('order')),
    limit: !compound && clauses.has('limit'),
  };
}

function withoutBy(items: readonly Item[] | undefined): readonly Item[] {
  return items && wordOf(items[0]) === 'by' ? items.slice(1) : [];
}

function parseSources(items: readonly Item[]): readonly Source[] | null {
  const sources: Source[] = [];
  let at = 0;
  let left = false;
  while (at < items.length) {
    const parsed = parseSource(items, at);
    if (!parsed) return null;
    at = parsed.next;
    let on: Item[] = [];
    let using: string[] = [];
    if (wordOf(items[at]) === 'on') {
      const end = items.findIndex((item, i) => i > at && (isOperator(item, ',') || JOIN_WORDS.has(wordOf(item))));
      on = items.slice(at + 1, end < 0 ? items.length : end);
      at = end < 0 ? items.length : end;
    } else if (wordOf(items[at]) === 'using' && isGroup(items[at + 1])) {
      using = (items[at + 1] as Group).items.map(nameOf).filter((name) => name !== null);
      at += 2;
    }
    sources.push({ table: parsed.table, alias: parsed.alias, on, using, left });
    if (at >= items.length) break;
    const join = joinAt(items, at);
    if (!join) return null;
    at = join.next;
    left = join.left;
  }
  return sources;
}

function parseSource(items: readonly Item[], start: number) {
  let at = start;
  let table: string | null = null;
  const first = items[at];
  if (isGroup(first)) {
    // A parenthesised join is not a subquery; its tables would be missed.
    if (!['select', 'with', 'values'].includes(wordOf(first.items[0]))) return null;
    at++;
  } else {
    table = nameOf(first);
    if (table === null || AFTER_SOURCE.has(wordOf(first))) return null;
    at++;
    if (isOperator(items[at], '.')) {
      table = nameOf(items[at + 1]);
      if (table === null) return null;
      at += 2;
    }
    if (isGroup(items[at])) {
      table = null;
      at++;
    }
  }
  let alias = table ?? '';
  if (wordOf(items[at]) === 'as') at++;
  const name = nameOf(items[at]);
  if (name !== null && !(items[at]?.kind === 'word' && AFTER_SOURCE.has(name.toLowerCase()))) {
    alias = name;
    at++;
  }
  if (wordOf(items[at]) === 'indexed') at += 3;
  else if (wordOf(items[at]) === 'not' && wordOf(items[at + 1]) === 'indexed') at += 2;
  return { table, alias, next: at };
}

/** A comma or one of the joins whose meaning for indexes is plain. */
function joinAt(items: readonly Item[], start: number): { next: number; left: boolean } | null {
  if (isOperator(items[start], ',')) return { next: start + 1, left: false };
  const words: string[] = [];
  let at = start;
  while (JOIN_WORDS.has(wordOf(items[at])) && words.at(-1) !== 'join') words.push(wordOf(items[at++]));
  const text = words.join(' ');
  if (!/^(?:(?:inner|cross|left|left outer) )?join$/.test(text)) return null;
  return { next: at, left: text.startsWith('left') };
}
