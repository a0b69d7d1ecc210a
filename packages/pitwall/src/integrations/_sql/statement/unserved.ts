import type { Expr } from './ast.ts';
import { testsOf } from './conditions.ts';
import type { UnservedHow, UnservedTest } from './dialect.ts';
import type { Column, Scope, Source } from './scope.ts';

/** A condition on columns of a table that no role came of, with why. */
interface Unserved {
  readonly source: Source;
  readonly because: string;
}

/** Conditions joined by AND that test columns, and that the indexes that are looked for cannot serve. */
export function unservedIn(condition: Expr, scope: Scope): readonly Unserved[] {
  if (condition.kind === 'and') return condition.args.flatMap((arg) => unservedIn(arg, scope));
  if (testsOf(condition, scope, new Map()).length > 0) return [];
  const found = unserved(condition, scope);
  return found === null ? [] : [found];
}

function unserved(expr: Expr, scope: Scope): Unserved | null {
  switch (expr.kind) {
    case 'not':
      return named(expr.arg, 'NOT', scope);
    case 'or': {
      const column = columnsIn(expr, scope)[0];
      return column ? because(column, { kind: 'alternatives' }, scope) : null;
    }
    case 'like': {
      const word = `${expr.negated ? 'NOT ' : ''}${expr.operator.toUpperCase()}`;
      if (expr.negated) return named(expr.arg, word, scope);
      const [column] = columnsIn(expr.arg, scope);
      const constant = expr.pattern.kind === 'cast' ? expr.pattern.arg : expr.pattern;
      const known = constant.kind === 'literal';
      return column ? because(column, { kind: 'pattern', operator: word, known }, scope) : null;
    }
    case 'between':
      return expr.negated ? named(expr.arg, 'NOT BETWEEN', scope) : inside(expr.arg, scope);
    case 'in':
      return expr.negated ? named(expr.arg, 'NOT IN', scope) : inside(expr.arg, scope);
    case 'any':
      return expr.operator === '=' ? inside(expr.arg, scope) : named(expr.arg, expr.operator, scope);
    case 'binary':
      if (/^(?:=|<|>|<=|>=)$/.test(expr.operator)) return inside(expr.left, scope) ?? inside(expr.right, scope);
      return named(expr.left, expr.operator, scope) ?? named(expr.right, expr.operator, scope);
    case 'call':
      return inside(expr, scope);
    default:
      return null;
  }
}

function named(arg: Expr, operator: string, scope: Scope): Unserved | null {
  const [column] = columnsIn(arg, scope);
  return column ? because(column, { kind: 'operator', operator }, scope) : null;
}

/** A column that a cast, a function or a calculation stands around. */
function inside(expr: Expr, scope: Scope): Unserved | null {
  if (expr.kind === 'column') return null;
  const [column] = columnsIn(expr, scope);
  if (!column) return null;
  const around =
    expr.kind === 'cast' ? `a cast to ${expr.type}` : expr.kind === 'call' ? `${expr.name}()` : 'a calculation';
  return because(column, { kind: 'inside', around }, scope);
}

function because({ source, name, type }: Column, how: UnservedHow, { dialect }: Scope): Unserved {
  return { source, because: (dialect.whyUnserved ?? whyUnserved)({ ...how, column: name, type }) };
}

/** What holds for B-trees of every dialect. */
export function whyUnserved(test: UnservedTest): string {
  const { column } = test;
  switch (test.kind) {
    case 'inside':
      return `It tests ${column} inside ${test.around}, and no index on ${column} serves that: compare the column itself, or make an index on the expression.`;
    case 'pattern':
      return test.known
        ? `It searches ${column} for a pattern (${test.operator}) that does not begin with fixed text: a B-tree index cannot serve it.`
        : `It tests ${column} by ${test.operator} with a pattern that is not known: only one that begins with fixed text is served by a B-tree index.`;
    case 'operator':
      return `It tests ${column} by ${test.operator}, which is not an operator that a B-tree index serves.`;
    case 'alternatives':
      return 'Its conditions are alternatives (OR) on different columns, which no one index serves: a UNION with one query for each could use one index each.';
  }
}

/** Columns of tables of this scope; not of queries inside. */
function columnsIn(expr: Expr, scope: Scope): readonly Column[] {
  const found: Column[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const one = value as Expr;
      if (one.kind === 'query') return;
      if (one.kind !== 'column') {
        Object.values(value).forEach(visit);
        return;
      }
      const column = scope.resolve(one.path);
      if (column?.inner && column.source.table !== null) found.push(column);
    }
  };
  visit(expr);
  return found;
}
