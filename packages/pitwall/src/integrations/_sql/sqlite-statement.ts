import { expressionOf, sortOf, startsQuery, windowOf } from './sqlite-expressions.ts';
import type { Reader } from './sqlite-reader.ts';
import type { Assignments, Cte, Expr, From, Path, Query, QueryBody, Select, Statement } from './statement/ast.ts';

/** Statements that move no rows of the application. https://sqlite.org/lang.html */
const UTILITY = /^(analyze|attach|begin|commit|detach|end|pragma|release|rollback|savepoint|vacuum)$/;
const ROWS = /^(select|values|with|insert|replace|update|delete)$/;

/** One statement of SQLite. @throws NotUnderstood */
export function statementOf(reader: Reader): Statement {
  while (reader.take(';'));
  if (reader.take('explain')) reader.take('query', 'plan');
  if (/^(create|drop|alter|reindex)$/.test(reader.word())) return skipped(reader, { kind: 'ddl' });
  if (UTILITY.test(reader.word())) return skipped(reader, { kind: 'utility' });
  // What nobody knows is not passed over: it is told of.
  if (!ROWS.test(reader.word())) throw reader.unexpected();
  const statement = modifying(reader);
  reader.take(';');
  if (reader.peek() !== undefined) throw reader.unexpected();
  return statement;
}

function skipped(reader: Reader, statement: Statement): Statement {
  while (reader.peek() !== undefined) reader.next();
  return statement;
}

function modifying(reader: Reader): Statement {
  const ctes = ctesOf(reader);
  if (reader.is('insert') || reader.is('replace')) return insertOf(reader, ctes);
  if (reader.is('update')) return updateOf(reader, ctes);
  if (reader.is('delete')) return deleteOf(reader, ctes);
  return { kind: 'select', query: queryOf(reader, ctes) };
}

export function queryOf(reader: Reader, given?: readonly Cte[]): Query {
  const ctes = given ?? ctesOf(reader);
  const bodies: QueryBody[] = [coreOf(reader)];
  let unionAll = true;
  for (;;) {
    if (reader.take('union')) unionAll = reader.take('all') && unionAll;
    else if (reader.take('intersect') || reader.take('except')) unionAll = false;
    else break;
    bodies.push(coreOf(reader));
  }
  const orderBy = reader.take('order', 'by') ? reader.list(() => sortOf(reader)) : [];
  const others: Expr[] = [];
  const limit = reader.take('limit');
  let offset = false;
  if (limit) {
    others.push(expressionOf(reader));
    offset = reader.take('offset') || reader.take(',');
    if (offset) others.push(expressionOf(reader));
  }
  const plain = { ctes: [], orderBy: [], limit: false, offset: false, locks: false, others: [] };
  const body: QueryBody =
    bodies.length === 1
      ? bodies[0]!
      : { kind: 'compound', unionAll, parts: bodies.map((part) => ({ ...plain, body: part })) };
  return { ctes, body, orderBy, limit, offset, locks: false, others };
}

function coreOf(reader: Reader): QueryBody {
  if (reader.take('values')) {
    return { kind: 'values', rows: reader.list(() => reader.parenthesised(() => expressionOf(reader))) };
  }
  reader.expect('select');
  const distinct = reader.take('distinct') ? 'all' : 'none';
  reader.take('all');
  const output = reader.list(() => outputOf(reader));
  const from = reader.take('from') ? fromsOf(reader) : [];
  const where = reader.take('where') ? expressionOf(reader) : null;
  const groupBy = reader.take('group', 'by') ? reader.list(() => expressionOf(reader)) : [];
  const having = reader.take('having') ? expressionOf(reader) : null;
  const others: Expr[] = [];
  if (reader.take('window')) {
    reader.list(() => {
      reader.requireName();
      reader.expect('as');
      others.push(...windowOf(reader));
    });
  }
  return { kind: 'select', distinct, output, from, where, groupBy, groupingSets: false, having, others };
}

function outputOf(reader: Reader): Select['output'][number] {
  if (reader.take('*')) return { expr: { kind: 'star', of: [] }, alias: null };
  const expr = expressionOf(reader);
  return { expr, alias: aliasOf(reader) };
}

/** A name after AS may be a string, too. */
function aliasOf(reader: Reader): string | null {
  const marked = reader.take('as');
  const token = reader.peek();
  if (token?.kind === 'string') return reader.next().text.slice(1, -1).replaceAll("''", "'");
  return marked ? reader.requireName() : reader.name();
}

function fromsOf(reader: Reader): readonly From[] {
  return reader.list(() => joinsOf(reader));
}

const JOIN = /^(natural|left|right|full|outer|inner|cross|join)$/;

/** Joins bind to the left. */
function joinsOf(reader: Reader): From {
  let left = sourceOf(reader);
  while (JOIN.test(reader.word())) {
    const words = new Set<string>();
    while (!reader.take('join')) {
      if (!JOIN.test(reader.word())) throw reader.unexpected();
      words.add(reader.next().value);
    }
    const type = words.has('full') ? 'full' : words.has('left') ? 'left' : words.has('right') ? 'right' : 'inner';
    const right = sourceOf(reader);
    const on = !reader.is('conflict', 1) && reader.take('on') ? expressionOf(reader) : null;
    const named = on === null && reader.take('using') ? reader.parenthesised(() => reader.requireName()) : [];
    left = { kind: 'join', type, left, right, on, using: words.has('natural') ? null : named };
  }
  return left;
}

function sourceOf(reader: Reader): From {
  if (reader.is('(')) {
    if (startsQuery(reader, 1)) {
      reader.expect('(');
      const query = reader.deeper(() => queryOf(reader));
      reader.expect(')');
      return { kind: 'query', query, alias: aliasOf(reader) ?? '', columns: [] };
    }
    // A join in parentheses.
    const inside = reader.deeper(() => reader.parenthesised(() => joinsOf(reader)));
    aliasOf(reader);
    return inside.reduce((left, right) => ({ kind: 'join', type: 'inner', left, right, on: null, using: [] }));
  }
  const path = tableOf(reader);
  if (reader.is('(')) {
    const args = reader.parenthesised(() => expressionOf(reader));
    return { kind: 'function', args, alias: aliasOf(reader) ?? path.at(-1)! };
  }
  const alias = aliasOf(reader);
  indexHint(reader);
  return { kind: 'table', path, alias, columns: [] };
}

function tableOf(reader: Reader): Path {
  const first = reader.requireName();
  return reader.take('.') ? [first, reader.requireName()] : [first];
}

function indexHint(reader: Reader): void {
  if (reader.take('indexed', 'by')) reader.requireName();
  else reader.take('not', 'indexed');
}

function ctesOf(reader: Reader): readonly Cte[] {
  if (!reader.take('with')) return [];
  reader.take('recursive');
  return reader.list(() => {
    const name = reader.requireName();
    const columns = reader.is('(') ? reader.parenthesised(() => reader.requireName()) : [];
    reader.expect('as');
    const fenced = reader.take('materialized');
    if (!fenced) reader.take('not', 'materialized');
    reader.expect('(');
    const query = reader.deeper(() => queryOf(reader));
    reader.expect(')');
    return { name, columns, statement: { kind: 'select', query }, recursive: true, fenced };
  });
}

function insertOf(reader: Reader, ctes: readonly Cte[]): Statement {
  let replaces = reader.take('replace');
  if (!replaces) {
    reader.expect('insert');
    if (reader.take('or')) replaces = reader.next().value === 'replace';
  }
  reader.expect('into');
  const target = { path: tableOf(reader), alias: reader.take('as') ? reader.requireName() : null };
  if (reader.is('(')) reader.parenthesised(() => reader.requireName());
  const source = reader.take('default', 'values') ? null : queryOf(reader);
  let conflict: { set: Assignments; where: Expr | null } | null = null;
  while (reader.take('on', 'conflict')) {
    if (reader.is('(')) reader.parenthesised(() => sortOf(reader));
    if (reader.take('where')) expressionOf(reader);
    reader.expect('do');
    if (reader.take('nothing')) continue;
    reader.expect('update');
    conflict = { set: setOf(reader), where: reader.take('where') ? expressionOf(reader) : null };
  }
  return { kind: 'insert', ctes, target, source, conflict, replaces, returning: returningOf(reader) };
}

function updateOf(reader: Reader, ctes: readonly Cte[]): Statement {
  reader.expect('update');
  const replaces = reader.take('or') && reader.next().value === 'replace';
  const target = targetOf(reader);
  const set = setOf(reader);
  const from = reader.take('from') ? fromsOf(reader) : [];
  const where = reader.take('where') ? expressionOf(reader) : null;
  const returning = returningOf(reader);
  orderAndLimit(reader);
  return { kind: 'update', ctes, target, set, from, where, returning, ...(replaces ? { replaces } : {}) };
}

function deleteOf(reader: Reader, ctes: readonly Cte[]): Statement {
  reader.expect('delete', 'from');
  const target = targetOf(reader);
  const where = reader.take('where') ? expressionOf(reader) : null;
  const returning = returningOf(reader);
  orderAndLimit(reader);
  return { kind: 'delete', ctes, target, from: [], where, returning };
}

function targetOf(reader: Reader) {
  const path = tableOf(reader);
  const alias = reader.take('as') ? reader.requireName() : null;
  indexHint(reader);
  return { path, alias };
}

function setOf(reader: Reader): Assignments {
  reader.expect('set');
  const columns: string[] = [];
  const values = reader.list(() => {
    columns.push(...(reader.is('(') ? reader.parenthesised(() => reader.requireName()) : [reader.requireName()]));
    reader.expect('=');
    return expressionOf(reader);
  });
  return { columns, values };
}

function returningOf(reader: Reader): readonly Expr[] {
  return reader.take('returning') ? reader.list(() => outputOf(reader).expr) : [];
}

/** Only where SQLite was built with them. */
function orderAndLimit(reader: Reader): void {
  if (reader.take('order', 'by')) reader.list(() => sortOf(reader));
  if (!reader.take('limit')) return;
  expressionOf(reader);
  if (reader.take('offset') || reader.take(',')) expressionOf(reader);
}
