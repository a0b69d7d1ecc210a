import type { IndexKey, IndexSpec } from '../_sql/advisor/problem.ts';
import { type Token, tokenize } from '../_sql/tokenizer.ts';
import type { IndexColumnFact } from './facts.ts';

/**
 * An index of the schema as the advisor sees indexes. `sql`: its CREATE INDEX, null for one of a constraint; null comes back
 * when its text is not understood. `collations`: of the table's columns (`columnCollations`).
 */
export function specOfIndex(
  index: { readonly table: string; readonly columns: readonly IndexColumnFact[]; readonly partial: boolean },
  sql: string | null,
  collations: ReadonlyMap<string, string>,
): IndexSpec | null {
  const parts = sql === null ? null : partsOf(sql);
  const where = parts?.where ?? null;
  if (index.partial && where === null) return null;
  const keys = index.columns.map(({ name, desc, collate }, i): IndexKey | null => {
    const expression = name === null ? (parts?.keys[i] ?? null) : null;
    if (name === null && expression === null) return null;
    const own = (name === null ? undefined : collations.get(name.toLowerCase())) ?? 'BINARY';
    return {
      column: name,
      expression,
      desc,
      nullsFirst: null,
      collate: same(own, collate) ? null : collate,
      opclass: null,
    };
  });
  if (keys.some((key) => key === null)) return null;
  return { table: index.table, keys: keys as IndexKey[], include: [], where };
}

/** Collations that CREATE TABLE gives its columns, by name in lower case; those without have BINARY. */
export function columnCollations(sql: string): ReadonlyMap<string, string> {
  const tokens = tokenize(sql);
  const open = tokens.findIndex(({ text }) => text === '(');
  const found = new Map<string, string>();
  if (open < 0) return found;
  for (const part of listFrom(tokens, open).parts) {
    const at = topLevel(part).findIndex(({ kind, value }) => kind === 'word' && value === 'collate');
    const name = part[0];
    const collation = topLevel(part)[at + 1];
    if (at > 0 && name && collation) found.set(name.value.toLowerCase(), collation.value);
  }
  return found;
}

/** The keys as written, without COLLATE and direction, and the predicate. */
function partsOf(sql: string): { readonly keys: readonly string[]; readonly where: string | null } {
  const tokens = tokenize(sql);
  const on = tokens.findIndex(({ kind, value }) => kind === 'word' && value === 'on');
  const open = tokens.findIndex(({ text }, i) => i > on && text === '(');
  if (on < 0 || open < 0) return { keys: [], where: null };
  const { parts, end } = listFrom(tokens, open);
  const keys = parts.map((part) => {
    const stop = topLevel(part).find(
      ({ kind, value }) => kind === 'word' && (value === 'collate' || value === 'asc' || value === 'desc'),
    );
    return textOf(sql, stop ? part.slice(0, part.indexOf(stop)) : part);
  });
  const where = tokens[end + 1]?.value === 'where' ? textOf(sql, tokens.slice(end + 2)) : null;
  return { keys: keys.map(withoutParentheses), where };
}

/** Parts between commas of the list that opens at `open`, and where it closes. */
function listFrom(tokens: readonly Token[], open: number): { parts: readonly (readonly Token[])[]; end: number } {
  const parts: Token[][] = [[]];
  let depth = 0;
  let i = open;
  for (; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.text === ')') depth--;
    if (depth === 0 && i > open) break;
    if (depth === 1 && token.text === ',') parts.push([]);
    else if (i > open) parts.at(-1)!.push(token);
    if (token.text === '(') depth++;
  }
  return { parts, end: i };
}

function topLevel(tokens: readonly Token[]): readonly Token[] {
  let depth = 0;
  return tokens.filter(({ text }) => {
    if (text === ')') depth--;
    const outside = depth === 0;
    if (text === '(') depth++;
    return outside;
  });
}

function textOf(sql: string, tokens: readonly Token[]): string {
  const [first, last] = [tokens[0], tokens.at(-1)];
  return first && last ? sql.slice(first.at, last.at + last.text.length) : '';
}

/** `((a + b))` is the expression `a + b`: parentheses around all of it say nothing. */
function withoutParentheses(text: string): string {
  const tokens = tokenize(text);
  if (tokens[0]?.text !== '(' || listFrom(tokens, 0).end !== tokens.length - 1) return text;
  return withoutParentheses(textOf(text, tokens.slice(1, -1)));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
