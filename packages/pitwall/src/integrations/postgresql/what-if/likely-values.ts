import { OURS } from '../connection.ts';
import type { Grammar } from '../parse/load.ts';
import { isWhole, type ParameterUse, type ParameterUses, parameterUses } from '../parse/parameters.ts';
import type { Schema } from '../parse/schema.ts';
import type { PlannedStatement } from './planner.ts';

/** Rows that a call asks for where LIMIT is a placeholder. */
const LIMIT = '20';
/** Characters of a value that a pattern begins with. */
const START = 4;
/** Values of a list. */
const LIST = 3;

/** What ANALYZE knows of a column's values, as texts. */
export interface ColumnValues {
  /** Most frequent first. */
  readonly common: readonly string[];
  /** In order, as many rows between each two. */
  readonly bounds: readonly string[];
  /** There are no values but the common ones. */
  readonly complete: boolean;
}

/** Which of its values a column has in a call. */
type Kind = 'frequent' | 'rare';

/**
 * Calls to plan a statement with of which none is known: one with the most frequent values of the columns that its placeholders
 * are compared with, one with rare ones, both from the planner's own statistics. A plan for any values takes every value for
 * as frequent as the others; an application asks for the few open orders, and not for the million closed ones.
 * Empty where a placeholder is compared with nothing that has statistics. Pure.
 */
export function likelyCalls(
  text: string,
  grammar: Grammar,
  schema: Schema,
  valuesOf: (use: ParameterUse) => ColumnValues | null,
): PlannedStatement['samples'] {
  if (!/\$\d/.test(text)) return [];
  const found = parameterUses(grammar, text, schema);
  if (found === null || !isWhole(found)) return [];
  const calls = (['rare', 'frequent'] as const).map((kind) => paramsOf(found, kind, valuesOf));
  const different = new Set(calls.flatMap((params) => (params === null ? [] : [JSON.stringify(params)])));
  return [...different].map((params) => ({ text, params: JSON.parse(params) as string[] }));
}

function paramsOf(
  { count, uses, limits }: ParameterUses,
  kind: Kind,
  valuesOf: (use: ParameterUse) => ColumnValues | null,
): readonly string[] | null {
  const params: string[] = [];
  for (let number = 1; number <= count; number++) {
    const limit = limits.get(number);
    const use = uses.find((one) => one.number === number);
    const values = use ? valuesOf(use) : null;
    const value = limit ? (limit === 'limit' ? LIMIT : '0') : use && values ? valueFor(use, values, kind) : null;
    if (value === null) return null;
    params.push(value);
  }
  return params;
}

function valueFor({ as, through }: ParameterUse, values: ColumnValues, kind: Kind): string | null {
  const { common, bounds, complete } = values;
  const middle = bounds[Math.floor(bounds.length / 2)];
  // Where the list of common values is not complete, any other value is rarer than all of them.
  const rare = complete ? common.at(-1) : (middle ?? common.at(-1));
  const one = (kind === 'rare' ? rare : (common[0] ?? middle)) ?? null;
  if (as === 'low' || as === 'high') return bound(values, as, kind);
  if (one === null) return null;
  const told = through === 'lower' ? one.toLowerCase() : through === 'upper' ? one.toUpperCase() : one;
  if (as === 'start') return `${told.slice(0, START)}%`;
  return as === 'list' ? arrayText([told, ...common.slice(1, LIST)]) : told;
}

/** A hundredth of the rows, or a tenth, at the end of the order: what is asked for is mostly the latest. */
function bound({ common, bounds }: ColumnValues, as: 'low' | 'high', kind: Kind): string | null {
  if (bounds.length < 2) return (as === 'low' ? common[0] : common.at(-1)) ?? null;
  if (as === 'high') return bounds.at(-1)!;
  return bounds[Math.max(0, Math.floor((bounds.length - 1) * (kind === 'rare' ? 0.99 : 0.9)))]!;
}

function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

/** Of `pg_stats`: only tables that the role may read. */
export const COLUMN_VALUES = `${OURS} s.schemaname AS schema, s.tablename AS table, s.attname AS column,
  coalesce(s.most_common_vals::text::text[], '{}') AS common, coalesce(s.histogram_bounds::text::text[], '{}') AS bounds,
  coalesce(s.most_common_freqs, '{}')::float8[] AS frequencies, s.n_distinct::float8 AS distinct
  FROM pg_catalog.pg_stats s
  JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) w ("schema", "table", "column")
    ON s.schemaname OPERATOR(pg_catalog.=) w."schema" AND s.tablename OPERATOR(pg_catalog.=) w."table" AND s.attname OPERATOR(pg_catalog.=) w."column"`;

export interface ColumnValuesRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly common: readonly string[];
  readonly bounds: readonly string[];
  /** Shares of the rows, of the common values. */
  readonly frequencies: readonly number[];
  readonly distinct: number;
}

export function columnValues({ common, bounds, distinct }: Omit<ColumnValuesRow, 'frequencies'>): ColumnValues {
  return { common, bounds, complete: bounds.length === 0 && distinct > 0 && distinct <= common.length };
}
