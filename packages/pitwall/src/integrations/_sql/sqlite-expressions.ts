import type { Reader } from './sqlite-reader.ts';
import { queryOf } from './sqlite-statement.ts';
import type { Expr, Sort } from './statement/ast.ts';

/** An expression, by SQLite's precedence (https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes). */
export function expressionOf(reader: Reader): Expr {
  return reader.deeper(() => chain(reader, 'or', () => chain(reader, 'and', () => negation(reader))));
}

export function sortOf(reader: Reader): Sort {
  const expr = expressionOf(reader);
  const desc = reader.take('desc');
  if (!desc) reader.take('asc');
  const nullsFirst = reader.take('nulls', 'first') ? true : reader.take('nulls', 'last') ? false : null;
  return { expr, desc, nullsFirst };
}

function chain(reader: Reader, kind: 'and' | 'or', item: () => Expr): Expr {
  const first = item();
  if (!reader.is(kind)) return first;
  const args = [first];
  while (reader.take(kind)) args.push(item());
  return { kind, args };
}

function negation(reader: Reader): Expr {
  if (!reader.take('not')) return equality(reader);
  return reader.deeper((): Expr => ({ kind: 'not', arg: negation(reader) }));
}

function equality(reader: Reader): Expr {
  let left = binary(reader, 0);
  for (;;) {
    const next = equalityAfter(reader, left);
    if (next === null) return left;
    left = next;
  }
}

function equalityAfter(reader: Reader, arg: Expr): Expr | null {
  for (const operator of ['=', '==', '<>', '!=']) {
    if (reader.take(operator)) {
      return { kind: 'binary', operator: operator === '==' ? '=' : operator, left: arg, right: binary(reader, 0) };
    }
  }
  if (reader.take('isnull')) return { kind: 'null-test', arg, negated: false };
  if (reader.take('notnull') || reader.take('not', 'null')) return { kind: 'null-test', arg, negated: true };
  if (reader.take('is')) return isOf(reader, arg);
  const negated =
    reader.is('not') && /^(in|between|like|glob|match|regexp)$/.test(reader.word(1)) && reader.take('not');
  if (reader.take('in')) return membership(reader, arg, negated);
  if (reader.take('between')) {
    const low = binary(reader, 0);
    reader.expect('and');
    return { kind: 'between', arg, low, high: binary(reader, 0), negated };
  }
  for (const operator of ['like', 'glob', 'match', 'regexp']) {
    if (!reader.take(operator)) continue;
    const pattern = binary(reader, 0);
    const escaped = reader.take('escape');
    if (escaped) binary(reader, 0);
    return { kind: 'like', operator, arg, pattern, escaped, negated };
  }
  return null;
}

/** IS compares any two values, and finds by an index as = does. */
function isOf(reader: Reader, arg: Expr): Expr {
  let negated = reader.take('not');
  if (reader.take('distinct', 'from')) negated = !negated;
  const right = binary(reader, 0);
  if (right.kind === 'literal' && right.type === 'null') return { kind: 'null-test', arg, negated };
  return { kind: 'binary', operator: negated ? '<>' : '=', left: arg, right };
}

function membership(reader: Reader, arg: Expr, negated: boolean): Expr {
  if (reader.is('(') && startsQuery(reader, 1)) {
    return { kind: 'query', arg, test: true, negated, query: parenthesisedQuery(reader) };
  }
  if (reader.is('(')) {
    return { kind: 'in', arg, list: reader.parenthesised(() => expressionOf(reader)), negated };
  }
  // x IN table, x IN function(…): all rows of it.
  reader.requireName();
  if (reader.take('.')) reader.requireName();
  const parts = reader.is('(') ? reader.parenthesised(() => expressionOf(reader)) : [];
  return { kind: 'other', parts: [arg, ...parts] };
}

/** Operators from those that bind weakest on. */
const LEVELS: readonly (readonly string[])[] = [
  ['<', '>', '<=', '>='],
  ['&', '|', '<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['||', '->', '->>'],
];

function binary(reader: Reader, level: number): Expr {
  const operators = LEVELS[level];
  if (operators === undefined) return collated(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    const token = reader.peek();
    if (token?.kind !== 'operator' || !operators.includes(token.text)) return left;
    reader.next();
    left = { kind: 'binary', operator: token.text, left, right: binary(reader, level + 1) };
  }
}

function collated(reader: Reader): Expr {
  let expr = unary(reader);
  while (reader.take('collate')) expr = { kind: 'collate', arg: expr, collation: reader.requireName() };
  return expr;
}

function unary(reader: Reader): Expr {
  for (const operator of ['-', '+', '~']) {
    if (!reader.take(operator)) continue;
    const arg = reader.deeper(() => unary(reader));
    // +column keeps the index away: people write it for that.
    if (operator === '+') return { kind: 'other', parts: [arg] };
    if (operator === '-' && arg.kind === 'literal' && arg.type === 'number') return { ...arg, text: `-${arg.text}` };
    return { kind: 'unary', operator, arg };
  }
  return primary(reader);
}

function primary(reader: Reader): Expr {
  const token = reader.peek();
  if (token === undefined) throw reader.unexpected();
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', type: 'number', text: reader.next().text };
    case 'string':
    case 'blob':
      return { kind: 'literal', type: 'string', text: reader.next().text };
    case 'parameter':
      reader.next();
      return { kind: 'parameter' };
    case 'operator':
      if (token.text === '(') return parenthesis(reader);
      throw reader.unexpected();
    case 'unknown':
      throw reader.unexpected();
    default:
      return token.kind === 'word' ? worded(reader, token.value) : named(reader);
  }
}

function worded(reader: Reader, word: string): Expr {
  // A function or a column may be called as these are.
  const alone = !reader.is('.', 1) && !reader.is('(', 1);
  if (alone && word === 'null') return taken(reader, { kind: 'literal', type: 'null', text: 'NULL' });
  if (alone && (word === 'true' || word === 'false'))
    return taken(reader, { kind: 'literal', type: 'boolean', text: word });
  if (alone && /^current_(date|time|timestamp)$/.test(word)) return taken(reader, { kind: 'other', parts: [] });
  if (word === 'case') return cases(reader);
  if (reader.take('exists')) {
    return { kind: 'query', arg: null, test: true, negated: false, query: parenthesisedQuery(reader) };
  }
  if (word === 'cast' && reader.is('(', 1)) {
    reader.next();
    reader.expect('(');
    const arg = expressionOf(reader);
    reader.expect('as');
    const words: string[] = [];
    for (let name = reader.name(); name !== null; name = reader.name()) words.push(name);
    if (reader.is('(')) reader.parenthesised(() => expressionOf(reader));
    reader.expect(')');
    return { kind: 'cast', arg, type: words.join(' ').toUpperCase() };
  }
  return named(reader);
}

function taken(reader: Reader, expr: Expr): Expr {
  reader.next();
  return expr;
}

function parenthesis(reader: Reader): Expr {
  if (startsQuery(reader, 1))
    return { kind: 'query', arg: null, test: false, negated: false, query: parenthesisedQuery(reader) };
  const items = reader.parenthesised(() => expressionOf(reader));
  return items.length === 1 ? items[0]! : { kind: 'row', items };
}

function cases(reader: Reader): Expr {
  reader.expect('case');
  const parts: Expr[] = [];
  if (!reader.is('when')) parts.push(expressionOf(reader));
  while (reader.take('when')) {
    parts.push(expressionOf(reader));
    reader.expect('then');
    parts.push(expressionOf(reader));
  }
  if (reader.take('else')) parts.push(expressionOf(reader));
  reader.expect('end');
  return { kind: 'other', parts };
}

/** A column, or a function. */
function named(reader: Reader): Expr {
  // replace(…), left(…) and their kin are keywords, too.
  const first = reader.is('(', 1) && reader.peek()?.kind === 'word' ? reader.next().text : reader.requireName();
  if (reader.is('(')) return call(reader, first);
  const path = [first];
  while (path.length < 3 && reader.take('.')) {
    if (reader.take('*')) return { kind: 'star', of: path };
    const token = reader.next();
    if (token.kind !== 'word' && token.kind !== 'quoted') throw reader.unexpected();
    path.push(token.kind === 'word' ? token.text : token.value);
  }
  return { kind: 'column', path };
}

function call(reader: Reader, name: string): Expr {
  reader.expect('(');
  const star = reader.take('*');
  let plain = !reader.take('distinct');
  const args = star || reader.is(')') ? [] : reader.list(() => expressionOf(reader));
  const others: Expr[] = [];
  if (reader.take('order', 'by')) {
    plain = false;
    others.push(...reader.list(() => sortOf(reader).expr));
  }
  reader.expect(')');
  if (reader.is('filter') && reader.is('(', 1)) {
    reader.take('filter', '(');
    reader.expect('where');
    plain = false;
    others.push(expressionOf(reader));
    reader.expect(')');
  }
  const window = reader.is('over') && reader.take('over');
  if (window && reader.is('(')) others.push(...windowOf(reader));
  else if (window) reader.requireName();
  return { kind: 'call', name: name.toLowerCase(), args, star, plain, window, others };
}

/** `(base PARTITION BY … ORDER BY … frame)`. */
export function windowOf(reader: Reader): readonly Expr[] {
  const exprs: Expr[] = [];
  reader.expect('(');
  if (!/^(partition|order|rows|range|groups)$/.test(reader.word())) reader.name();
  if (reader.take('partition', 'by')) exprs.push(...reader.list(() => expressionOf(reader)));
  if (reader.take('order', 'by')) exprs.push(...reader.list(() => sortOf(reader).expr));
  reader.skipToClosing();
  reader.expect(')');
  return exprs;
}

export function startsQuery(reader: Reader, ahead = 0): boolean {
  return /^(select|with|values)$/.test(reader.word(ahead));
}

function parenthesisedQuery(reader: Reader) {
  reader.expect('(');
  const query = reader.deeper(() => queryOf(reader));
  reader.expect(')');
  return query;
}
