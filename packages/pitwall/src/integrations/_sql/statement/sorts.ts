import type { SortUse } from '../roles.ts';
import type { Expr, Query, Select, Sort } from './ast.ts';
import type { UseCollector } from './collector.ts';
import { subjectOf } from './conditions.ts';
import type { Scope } from './scope.ts';

interface Sorted {
  readonly use: UseCollector;
  readonly sorts: readonly SortUse[];
}

/** The terms of ORDER BY or GROUP BY when an index on one table could give their order; null otherwise. */
export function sortsOf(terms: readonly Sort[], core: Select, scope: Scope): Sorted | null {
  let use: UseCollector | null = null;
  const sorts: SortUse[] = [];
  for (const { expr, desc, nullsFirst } of terms) {
    const meant = meaning(expr, core, scope);
    // A constant orders nothing.
    if (meant?.kind === 'parameter' || meant?.kind === 'literal') return null;
    const subject = meant && subjectOf(meant, scope);
    if (!subject?.source.table || subject.owner.nullable || subject.source.nullable) return null;
    if (use !== null && use !== subject.source.table.use) return null;
    use = subject.source.table.use;
    if (!sorts.some((sort) => same(sort, subject.tested))) sorts.push({ ...subject.tested, desc, nullsFirst });
  }
  return use && { use, sorts };
}

/** What a term means: a column of the output by number or by name, before it means a column of a table. */
function meaning(expr: Expr, core: Select, scope: Scope): Expr | null {
  if (expr.kind === 'literal' && expr.type === 'number') {
    const output = core.output[Number(expr.text) - 1];
    return output === undefined || core.output.some((one) => one.expr.kind === 'star') ? null : output.expr;
  }
  if (expr.kind === 'collate') {
    const arg = meaning(expr.arg, core, scope);
    return arg && { ...expr, arg };
  }
  if (expr.kind !== 'column' || expr.path.length > 1) return expr;
  const name = scope.dialect.fold(expr.path[0] ?? '');
  const named = core.output.filter(({ alias }) => alias !== null && scope.dialect.fold(alias) === name);
  if (named.length === 0) return expr;
  return named.length === 1 ? named[0]!.expr : null;
}

/** What rows are brought together by: GROUP BY, or DISTINCT where nothing else orders them. Any direction does. */
export function groupingOf(core: Select, query: Query): readonly Sort[] {
  return groupedExpressions(core, query).map((expr) => ({ expr, desc: false, nullsFirst: null }));
}

function groupedExpressions(core: Select, query: Query): readonly Expr[] {
  if (core.groupBy.length > 0) return core.groupBy;
  if (typeof core.distinct !== 'string') return query.orderBy.length === 0 ? core.distinct : [];
  return core.distinct === 'all' ? core.output.map(({ expr }) => expr) : [];
}

/** min(a), max(a) alone: the first row by a. Only of one table, and of one column. */
export function extremeOf(core: Select, scope: Scope): Sorted | null {
  if (core.groupBy.length > 0 || core.groupingSets || core.having || scope.sources.length !== 1) return null;
  let found: Sorted | null = null;
  for (const { expr } of core.output) {
    if (expr.kind !== 'call' || !expr.plain || expr.args.length !== 1) return null;
    const name = expr.name.toLowerCase();
    if (name !== 'min' && name !== 'max') return null;
    const subject = subjectOf(expr.args[0]!, scope);
    if (!subject?.source.table) return null;
    const sort: SortUse = { ...subject.tested, desc: name === 'max', nullsFirst: null };
    if (found && (found.use !== subject.source.table.use || !same(found.sorts[0]!, sort))) return null;
    found ??= { use: subject.source.table.use, sorts: [sort] };
  }
  return found;
}

function same(a: SortUse, b: Pick<SortUse, 'column' | 'expression' | 'collate'>): boolean {
  return a.column === b.column && a.expression === b.expression && a.collate === b.collate;
}
