import type { AdvisorTable, IndexSpec } from '../../_sql/advisor/problem.ts';

/**
 * Different values that the planner assumes of an expression that it has no statistics of, which no index that does not exist
 * yet can have (DEFAULT_NUM_DISTINCT, src/include/utils/selfuncs.h).
 */
const ASSUMED = 200;

/** What leaves different values different, or nearly so: the statistics of the column are then those of the expression. */
const KEEPS_VALUES = /^(?:lower|upper|initcap|btrim|ltrim|rtrim|md5|reverse|abs)\s*\((.*)\)$/is;
const CAST = /^(.*)::(?:text|character varying|varchar|citext|bigint|integer|numeric|uuid)(?:\(\d+\))?$/is;
const IN_PARENTHESES = /^\(([^()]*)\)$/s;

/**
 * Why the planner's word on an index is not to be taken before it is built, the end of a sentence; null: nothing speaks against
 * it. Without statistics it takes a test of an expression to keep one row in 200: an index looks good to it that finds half the table.
 */
export function whyUnsound({ keys }: Pick<IndexSpec, 'keys'>, table: Pick<AdvisorTable, 'columns'>): string | null {
  const expression = keys[0]?.expression ?? null;
  if (expression === null) return null;
  const name = columnIn(expression);
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined) {
    return `no statistics tell how many values ${expression} has, and the planner assumes ${ASSUMED}`;
  }
  if (column.distinct === null || column.distinct >= ASSUMED) return null;
  return `${expression} has ${Math.round(column.distinct)} values at most, and the planner assumes ${ASSUMED}`;
}

/** The column whose values the expression keeps apart; null: it is more than that. */
function columnIn(expression: string): string | null {
  let inner = expression.trim();
  for (;;) {
    const match = KEEPS_VALUES.exec(inner) ?? CAST.exec(inner) ?? IN_PARENTHESES.exec(inner);
    if (match === null) break;
    inner = match[1]!.trim();
  }
  if (/^"(?:[^"]|"")+"$/.test(inner)) return inner.slice(1, -1).replaceAll('""', '"');
  return /^[a-z_][\w$]*$/i.test(inner) ? inner : null;
}
