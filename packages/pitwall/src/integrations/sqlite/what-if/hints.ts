import type { AdvisorTable } from '../../_sql/advisor/problem.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { tokenize } from '../../_sql/tokenizer.ts';
import type { CostHints } from './cost.ts';

/** What SQLite's planner takes a range on one side to keep of the rows: 1/4 (its whereRangeScanEst, LogEst 20). */
const RANGE_SHARE = 0.25;
/** Rows of a page, where LIMIT has a parameter: what lists of web services usually show. */
const USUAL_LIMIT = 50;

/** What the tests of a statement leave of its tables, by their statistics: tests are taken as independent. */
export function hintsFor(
  statement: { readonly uses: readonly TableUse[] },
  tables: readonly AdvisorTable[],
  averageOf: CostHints['averageOf'],
  limit: number | null,
): CostHints {
  const find = (alias: string) => {
    const use = statement.uses.find((candidate) => same(candidate.alias, alias));
    const table = tables.find(({ name }) => same(name, use?.table ?? alias));
    return { use, table };
  };
  return {
    limit,
    averageOf,
    allRowsOf: (alias) => find(alias).table?.rows ?? null,
    rowsOf(alias) {
      const { use, table } = find(alias);
      if (!use || !table) return null;
      const distinct = (column: string | null) =>
        Math.max(1, table.columns.find(({ name }) => column !== null && same(name, column))?.distinct ?? 10);
      let share = 1;
      for (const { column, test, values } of use.equality) {
        const nulls = table.columns.find(({ name }) => column !== null && same(name, column))?.nullShare ?? 0.1;
        share *= test === 'is-null' ? nulls : Math.min(1, values / distinct(column));
      }
      share *= RANGE_SHARE ** use.ranges.length;
      const filtered = Math.max(1, table.rows * share);
      const joined = Math.max(1, ...use.joins.map(({ column }) => distinct(column)));
      return { filtered, perJoin: Math.max(1, filtered / joined) };
    },
  };
}

const AGGREGATES = new Set(['count', 'sum', 'total', 'avg', 'min', 'max', 'group_concat', 'string_agg']);

/** Rows after which the outermost SELECT stops, null when it has no LIMIT or needs all rows before it gives the first. */
export function limitIn(sql: string): number | null {
  let depth = 0;
  let limit: number | null = null;
  const tokens = tokenize(sql);
  for (const [i, { kind, text, value }] of tokens.entries()) {
    if (text === '(') depth++;
    else if (text === ')') depth--;
    if (kind !== 'word' || depth > 0) continue;
    if (value === 'group' || value === 'union' || value === 'intersect' || value === 'except' || value === 'distinct')
      return null;
    if (AGGREGATES.has(value) && tokens[i + 1]?.text === '(') return null;
    if (value !== 'limit') continue;
    const next = tokens[i + 1];
    limit = next?.kind === 'number' ? Number(next.text) : USUAL_LIMIT;
  }
  return limit;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
