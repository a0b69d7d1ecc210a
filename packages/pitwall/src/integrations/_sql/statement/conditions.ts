import type { ConstantTest, EqualityUse, JoinUse, RangeUse, Tested } from '../roles.ts';
import type { Expr, Path, Query } from './ast.ts';
import { asKey, written } from './ddl.ts';
import { namesIn, type Scope, type Source } from './scope.ts';

/** A column or an expression, and where a role on it counts. */
export interface Subject {
  /** What in FROM it comes from. */
  readonly owner: Source;
  /** The table that an index would be on: of the owner, or of what stands inside it. */
  readonly source: Source;
  readonly tested: Tested;
  readonly columns: readonly string[];
  readonly type: string | null;
}

/** What a condition says of one column or expression. */
export type Test = { readonly subject: Subject } & (
  | { readonly role: 'equality'; readonly use: EqualityUse }
  | { readonly role: 'join'; readonly use: JoinUse; readonly other: Subject | null; readonly outer: boolean }
  | { readonly role: 'range'; readonly use: RangeUse }
  | { readonly role: 'constant'; readonly use: ConstantTest }
);

/** How the rows of a query in a condition count; `arg`: what is compared with its output. */
export interface SemiJoin {
  readonly kind: 'semi' | 'anti';
  readonly arg: Expr | null;
}

const COMPARISONS = /^(?:<|>|<=|>=)$/;

/** What conditions joined by AND say. `queries` gets the queries that are joins. */
export function testsOf(expr: Expr, scope: Scope, queries: Map<Query, SemiJoin>): readonly Test[] {
  switch (expr.kind) {
    case 'and':
      return expr.args.flatMap((arg) => testsOf(arg, scope, queries));
    case 'or':
      return alternatives(expr.args, scope);
    case 'not':
      return negated(expr.arg, scope, queries);
    case 'column':
      return truth(expr, true, scope);
    case 'truth-test':
      return expr.is === null || expr.negated ? [] : truth(expr.arg, expr.is, scope);
    case 'null-test':
      return nullTest(expr.arg, expr.negated, scope);
    case 'binary':
      return comparison(expr.operator, expr.left, expr.right, scope);
    case 'in':
      return list(expr, scope);
    case 'any':
      return expr.operator === '=' ? membership(expr.arg, [expr.array], 1, scope) : [];
    case 'between':
      return expr.negated ? [] : range(expr.arg, [expr.low, expr.high], 'compare', scope);
    case 'like':
      return !expr.negated && scope.dialect.isPrefix(expr) ? range(expr.arg, [expr.pattern], 'prefix', scope) : [];
    case 'query':
      if (!expr.test) return [];
      queries.set(expr.query, { kind: expr.negated ? 'anti' : 'semi', arg: expr.arg });
      return [];
    default:
      return [];
  }
}

/** The column, or the expression of one table's columns, that an index could be made of. */
export function subjectOf(expr: Expr, scope: Scope): Subject | null {
  if (expr.kind === 'collate') {
    const subject = subjectOf(expr.arg, scope);
    return subject && { ...subject, tested: { ...subject.tested, collate: expr.collation } };
  }
  if (expr.kind === 'column') {
    const column = scope.resolve(expr.path);
    const owner = scope.owner(expr.path);
    if (!column?.inner || column.source.table === null || owner === null || owner === 'outer') return null;
    const tested = { column: column.name, expression: null };
    return { owner, source: column.source, tested, columns: [column.name], type: column.type };
  }
  if (expr.kind === 'cast') {
    const subject = subjectOf(expr.arg, scope);
    if (subject && scope.dialect.isRelabel(subject.type, expr.type)) return subject;
  }
  const known = written(expr, scope);
  if (!known?.source) return null;
  const owners = dependencies(expr, scope).sources;
  const [owner] = owners;
  if (owner === undefined || owners.size > 1) return null;
  const tested = { column: null, expression: asKey(known) };
  return { owner, source: known.source, tested, columns: known.columns, type: known.type };
}

function comparison(operator: string, left: Expr, right: Expr, scope: Scope): readonly Test[] {
  if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
    if (operator === '=') return left.items.flatMap((item, i) => comparison('=', item, right.items[i]!, scope));
    // (a, b) > (1, 2): an index finds where a begins.
    const [first, value] = [left.items[0], right.items[0]];
    return first && value && COMPARISONS.test(operator) ? comparison(operator, first, value, scope) : [];
  }
  if (operator === '<>' || operator === '!=') return constant(left, '<>', right, scope);
  if (operator !== '=' && !COMPARISONS.test(operator)) return [];
  return [...oneSide(operator, left, right, scope), ...oneSide(flipped(operator), right, left, scope)];
}

function oneSide(operator: string, side: Expr, value: Expr, scope: Scope): readonly Test[] {
  const subject = withCollation(subjectOf(side, scope), value);
  if (!subject) return [];
  const { sources, unknown, outer } = dependencies(value, scope);
  if (unknown || sources.has(subject.owner)) return [];
  if (operator !== '=') {
    if (sources.size > 0) return [];
    const tests: Test[] = [{ subject, role: 'range', use: { ...subject.tested, test: 'compare' } }];
    // A time in the text is another one tomorrow; a number is more often a limit that stays.
    return value.kind === 'literal' && value.type === 'number'
      ? [...tests, ...constant(side, operator, value, scope)]
      : tests;
  }
  if (sources.size > 0 || outer) {
    const other = sources.size > 0 ? subjectOf(value, scope) : outerSubject(value, scope);
    const use: JoinUse = { ...subject.tested, with: partner(other) };
    return [{ subject, role: 'join', use, other, outer: sources.size === 0 }];
  }
  const use: EqualityUse = { ...subject.tested, test: 'equal', values: 1 };
  return [{ subject, role: 'equality', use }, ...constant(side, '=', value, scope)];
}

/** The column that one is joined with; null: an expression, or of no table that is known. */
export function partner(other: Subject | null): JoinUse['with'] {
  return other?.tested.column && other.source.table
    ? { table: other.source.table.known.id, column: other.tested.column }
    : null;
}

/** A column of the statement around this one. */
function outerSubject(expr: Expr, scope: Scope): Subject | null {
  return expr.kind === 'column' && scope.parent !== null ? subjectOf(expr, scope.parent) : null;
}

function list(expr: Extract<Expr, { kind: 'in' }>, scope: Scope): readonly Test[] {
  if (expr.negated) return constantList(expr.arg, expr.list, true, scope);
  if (expr.arg.kind !== 'row') {
    return [
      ...membership(expr.arg, expr.list, expr.list.length, scope),
      ...constantList(expr.arg, expr.list, false, scope),
    ];
  }
  return expr.arg.items.flatMap((item, i) => {
    const values = expr.list.map((row) => (row.kind === 'row' ? row.items[i] : undefined));
    return values.some((value) => value === undefined) ? [] : membership(item, values as Expr[], values.length, scope);
  });
}

function membership(arg: Expr, values: readonly Expr[], count: number, scope: Scope): readonly Test[] {
  const subject = subjectOf(arg, scope);
  if (!subject || !values.every((value) => isValue(value, scope))) return [];
  return [{ subject, role: 'equality', use: { ...subject.tested, test: 'in', values: Math.max(1, count) } }];
}

function range(arg: Expr, values: readonly Expr[], test: RangeUse['test'], scope: Scope): readonly Test[] {
  const subject = subjectOf(arg, scope);
  if (!subject || !values.every((value) => isValue(value, scope))) return [];
  return [{ subject: subject, role: 'range', use: { ...subject.tested, test } }];
}

function nullTest(arg: Expr, isNot: boolean, scope: Scope): readonly Test[] {
  const subject = subjectOf(arg, scope);
  // Rows that an outer join did not find are NULL, whatever the table has.
  if (!subject || subject.owner.nullable || subject.source.nullable) return [];
  const predicate = `${nameOf(subject, scope)} IS ${isNot ? 'NOT ' : ''}NULL`;
  const stays: Test = { subject, role: 'constant', use: { predicate, columns: subject.columns } };
  if (isNot) return [stays];
  return [{ subject, role: 'equality', use: { ...subject.tested, test: 'is-null', values: 1 } }, stays];
}

/** A condition that is a column alone. */
function truth(arg: Expr, is: boolean, scope: Scope): readonly Test[] {
  if (!scope.dialect.booleans || arg.kind !== 'column') return [];
  const subject = subjectOf(arg, scope);
  if (!subject) return [];
  const predicate = `${is ? '' : 'NOT '}${nameOf(subject, scope)}`;
  return [
    { subject, role: 'equality', use: { ...subject.tested, test: 'equal', values: 1 } },
    { subject, role: 'constant', use: { predicate, columns: subject.columns } },
  ];
}

function negated(arg: Expr, scope: Scope, queries: Map<Query, SemiJoin>): readonly Test[] {
  if (arg.kind === 'column') return truth(arg, false, scope);
  if (arg.kind === 'not') return testsOf(arg.arg, scope, queries);
  if (arg.kind === 'null-test') return nullTest(arg.arg, !arg.negated, scope);
  if (arg.kind === 'query' && arg.test) {
    queries.set(arg.query, { kind: arg.negated ? 'semi' : 'anti', arg: arg.arg });
  }
  return [];
}

/**
 * a = 1 OR a = 2: as IN, when every alternative tests the same for equality. A join that stands in every alternative is one
 * (PostgreSQL takes it out of them: src/backend/optimizer/prep/prepqual.c, find_duplicate_ors).
 */
function alternatives(args: readonly Expr[], scope: Scope): readonly Test[] {
  const branches = args.map((arg) => testsOf(arg, scope, new Map()));
  return (branches[0] ?? []).flatMap((first): Test[] => {
    const same = branches.map((tests) => tests.find((test) => isAlike(test, first)));
    if (same.some((test) => test === undefined)) return [];
    if (first.role === 'join') return [first];
    if (first.role !== 'equality') return [];
    const values = same.reduce((sum, test) => sum + (test?.role === 'equality' ? test.use.values : 0), 0);
    return [{ ...first, use: { ...first.use, test: 'in', values } }];
  });
}

function isAlike(a: Test, b: Test): boolean {
  if (a.role !== b.role || a.subject.source !== b.subject.source) return false;
  if (a.role === 'join' && b.role === 'join' && a.other?.source !== b.other?.source) return false;
  const essence = ({ role, use, subject }: Test) => JSON.stringify(role === 'join' ? use : subject.tested);
  return essence(a) === essence(b);
}

function constant(side: Expr, operator: string, value: Expr, scope: Scope): readonly Test[] {
  const subject = subjectOf(side, scope);
  const known = subject && written(value, scope);
  if (!subject || known?.source !== null) return [];
  const predicate = `${nameOf(subject, scope)} ${operator} ${known.text}`;
  return [{ subject, role: 'constant', use: { predicate, columns: subject.columns } }];
}

/** More values than this are a list that somebody made, not a condition that stays. */
const MOST_CONSTANTS = 8;

function constantList(arg: Expr, values: readonly Expr[], isNot: boolean, scope: Scope): readonly Test[] {
  const subject = values.length <= MOST_CONSTANTS ? subjectOf(arg, scope) : null;
  const texts = values.map((value) => written(value, scope));
  if (!subject || texts.some((text) => text?.source !== null)) return [];
  const predicate = `${nameOf(subject, scope)} ${isNot ? 'NOT ' : ''}IN (${texts.map((text) => text!.text).join(', ')})`;
  return [{ subject, role: 'constant', use: { predicate, columns: subject.columns } }];
}

function nameOf({ tested }: Subject, scope: Scope): string {
  const name = tested.column === null ? tested.expression! : scope.dialect.quote(tested.column);
  return tested.collate === undefined ? name : `${name} COLLATE ${scope.dialect.quote(tested.collate)}`;
}

function withCollation(subject: Subject | null, value: Expr): Subject | null {
  if (subject === null || value.kind !== 'collate' || subject.tested.collate !== undefined) return subject;
  return { ...subject, tested: { ...subject.tested, collate: value.collation } };
}

function flipped(operator: string): string {
  return operator.replace(/[<>]/, (sign) => (sign === '<' ? '>' : '<'));
}

/** Nothing in it depends on a row of this SELECT. */
function isValue(expr: Expr, scope: Scope): boolean {
  const { sources, unknown } = dependencies(expr, scope);
  return sources.size === 0 && !unknown;
}

/** Whose rows of this SELECT an expression depends on, and whether it depends on rows of an outer one. */
function dependencies(expr: Expr, scope: Scope): { sources: ReadonlySet<Source>; unknown: boolean; outer: boolean } {
  const sources = new Set<Source>();
  let unknown = false;
  let outer = false;
  const add = (path: Path) => {
    const owner = scope.owner(path);
    if (owner === 'outer') outer = true;
    else if (owner === null) unknown = true;
    else sources.add(owner);
  };
  for (const name of namesIn(expr)) {
    if (name.kind === 'column') add(name.path);
    else if (name.kind === 'query')
      for (const path of qualifiedNames(name.query)) {
        if (scope.sources.some(({ alias }) => scope.dialect.fold(alias) === scope.dialect.fold(path.at(-2)!)))
          add(path);
      }
  }
  return { sources, unknown, outer };
}

/** Names with a table in front, at any depth: a query may mean tables around it by them. */
function* qualifiedNames(node: unknown): Generator<Path> {
  if (Array.isArray(node)) for (const item of node) yield* qualifiedNames(item);
  else if (typeof node === 'object' && node !== null) {
    const { kind, path } = node as { kind?: unknown; path?: Path };
    if (kind === 'column' && path!.length > 1) yield path!;
    else for (const value of Object.values(node)) yield* qualifiedNames(value);
  }
}
