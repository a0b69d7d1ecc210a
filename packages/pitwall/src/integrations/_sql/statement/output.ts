import type { Output } from './analyse.ts';
import type { Expr, Query, Select } from './ast.ts';
import { type Column, childrenOf, type Scope } from './scope.ts';

/** Without GROUP BY these make one row of all. */
const AGGREGATES =
  /^(count|sum|total|avg|min|max|every|bool_(and|or)|bit_(and|or|xor)|(array|string|json|jsonb|xml|range)_agg|jsonb?_object_agg|group_concat|(json|jsonb)_group_(array|object)|stddev.*|var(iance|_pop|_samp)|corr|covar_.*|regr_.*|mode|percentile_.*|any_value)$/;

/**
 * Whether the planner sees through the SELECT when it stands in FROM, so that a condition outside it counts inside: nothing is
 * grouped, cut off or numbered.
 */
export function isOpen(core: Select, query: Query): boolean {
  return (
    core.distinct === 'none' &&
    core.groupBy.length === 0 &&
    !core.groupingSets &&
    core.having === null &&
    !query.limit &&
    !query.offset &&
    !query.locks &&
    !core.output.some(({ expr }) => hasAggregate(expr))
  );
}

function hasAggregate(expr: Expr): boolean {
  // min(a, b) of SQLite is no aggregate.
  if (expr.kind === 'call' && AGGREGATES.test(expr.name.toLowerCase()) && expr.args.length < 3) {
    if (expr.star || expr.args.length < 2 || !/^(min|max)$/i.test(expr.name)) return true;
  }
  if (expr.kind === 'call' && (expr.window || !expr.plain)) return true;
  return childrenOf(expr).some(hasAggregate);
}

/** The columns that a SELECT gives, by name. `open`: with where they lead. */
export function namesOf(core: Select, scope: Scope, open: boolean): Output {
  const output: { name: string; column: Column | null }[] = [];
  for (const { expr, alias } of core.output) {
    if (expr.kind === 'star') {
      const all = starOf(expr.of, scope);
      if (all === null) return null;
      output.push(...all.map(([name, column]) => ({ name, column: open ? column : null })));
      continue;
    }
    const name = alias ?? nameFor(expr);
    const column = open && expr.kind === 'column' ? scope.resolve(expr.path) : null;
    output.push({ name, column: column?.inner ? column : null });
  }
  return output;
}

function starOf(of: readonly string[], scope: Scope): readonly (readonly [string, Column | null])[] | null {
  const name = of.at(-1);
  const sources = scope.sources.filter(
    ({ alias }) => name === undefined || scope.dialect.fold(alias) === scope.dialect.fold(name),
  );
  if (sources.some(({ columns }) => columns === null)) return null;
  const all = sources.flatMap((source) => [...source.columns!]);
  if (name !== undefined) return all;
  // Columns joined by USING come once.
  return [...scope.merged, ...all.filter(([column]) => !scope.merged.has(column))];
}

/** With names given from outside, from the first on: `AS t (a, b)`. */
export function renamed(output: Output, names: readonly string[]): Output {
  if (output === null) return names.length > 0 ? null : output;
  return output.map((one, i) => ({ ...one, name: names[i] ?? one.name }));
}

/** As the databases name what has no alias; a name that nobody can mean where that is not known. */
function nameFor(expr: Expr): string {
  if (expr.kind === 'column') return expr.path.at(-1) ?? '';
  if (expr.kind === 'call') return expr.name;
  return expr.kind === 'cast' ? nameFor(expr.arg) : '?column?';
}
