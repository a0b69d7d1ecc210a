import type { TableUse } from '../../_sql/roles.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS } from '../connection.ts';
import type { ColumnPairFact } from '../facts/estimates.ts';
import { qualified, quoteIdentifier } from '../identifiers.ts';
import type { Roles } from './roles.ts';

/** Columns whose values may have to do with each other, because statements use them together. */
export interface Candidate {
  /** As `nameOf` writes it. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly use: ColumnPairFact['use'];
  readonly range: boolean;
  readonly statements: readonly string[];
}

/** A wrong guess on a smaller table costs well under a millisecond: as for stale statistics. */
const LEAST_ROWS = 1000;
/** Columns of one SELECT that are paired. [judgement] */
const COLUMNS = 5;
/** STATS_MAX_DIMENSIONS of PostgreSQL. */
const MOST_GROUPED = 8;
/** A sample of pages is read in full: so many at most, or as many as have so many rows. 8 MB, and what ANALYZE itself reads at target 167. [judgement] */
const PAGES = 1000;
const ROWS = 50_000;
/** Of a pair of values in the sample: fewer rows or pages of them may be chance, since rows of a page came together. [judgement] */
const LEAST_SEEN = 30;
const LEAST_PAGES = 10;
/** Fewer rows than this, of the table, cost nothing whatever was expected: as in plan/marks.ts. */
const ROWS_THAT_MATTER = 1000;

/** What statements test or group together, those of the first statement first. */
export function candidates({ schema, uses }: Roles): readonly Candidate[] {
  const rows = new Map(schema.tables.map((table) => [table.name, table.rows]));
  const found = new Map<string, Candidate>();
  const add = (statement: string, one: Omit<Candidate, 'statements'>) => {
    if ((rows.get(one.table) ?? 0) < LEAST_ROWS) return;
    const key = JSON.stringify([one.table, one.columns.toSorted(), one.use]);
    const known = found.get(key);
    const statements = [...new Set([...(known?.statements ?? []), statement])];
    found.set(key, { ...one, range: one.range || known?.range === true, statements });
  };
  for (const [statement, list] of uses) {
    for (const use of list) {
      for (const pair of pairsOf(use)) add(statement, { table: use.table, use: 'conditions', ...pair });
      const grouped = [...new Set(use.groupBy.flatMap(({ column }) => column ?? []))];
      if (grouped.length >= 2 && grouped.length <= MOST_GROUPED) {
        add(statement, { table: use.table, use: 'groups', range: false, columns: grouped });
      }
    }
  }
  return [...found.values()];
}

function pairsOf({ equality, ranges, constants }: TableUse): readonly Pick<Candidate, 'columns' | 'range'>[] {
  const columns = new Map<string, boolean>();
  const add = (column: string | null, range: boolean) => {
    if (column !== null && !columns.has(column)) columns.set(column, range);
  };
  for (const { column, test } of equality) if (test !== 'is-null') add(column, false);
  // A constant of the text that is compared; IS NULL has no frequency of a value.
  for (const { columns: own, predicate } of constants) {
    if (own.length === 1 && !/\bNULL\b/i.test(predicate)) add(own[0]!, false);
  }
  for (const { column } of ranges) add(column, true);
  const list = [...columns].slice(0, COLUMNS);
  return list.flatMap(([a, first], i) =>
    list.slice(i + 1).map(([b, second]) => ({ columns: [a, b], range: first || second })),
  );
}

interface Sampled {
  readonly sql: string;
  readonly whole: boolean;
}

/** `$t` of the table's pages, the same at each question. https://www.postgresql.org/docs/current/sql-select.html#SQL-FROM (TABLESAMPLE) */
function sampleOf(table: { readonly schema: string; readonly name: string }, rows: number, bytes: number): Sampled {
  const pages = Math.max(1, bytes / 8192);
  const wanted = Math.min(PAGES, (ROWS * pages) / Math.max(1, rows));
  const name = qualified(table.schema, table.name);
  if (wanted >= pages) return { sql: name, whole: true };
  return { sql: `${name} TABLESAMPLE SYSTEM (${((100 * wanted) / pages).toFixed(6)}) REPEATABLE (1)`, whole: false };
}

type Measured = Omit<ColumnPairFact, 'table' | 'columns' | 'use' | 'range' | 'statements' | 'covered'>;

/** Reads a sample of the table; no value leaves the server. Null: nothing in it says anything. @throws as `session.query` */
export async function measureTogether(
  session: AnalysisSession,
  { columns, use }: Candidate,
  table: { readonly schema: string; readonly name: string; readonly rows: number; readonly bytes: number },
): Promise<Measured | null> {
  const sample = sampleOf(table, table.rows, table.bytes);
  return use === 'groups'
    ? await measureGroups(session, columns, sample, table.rows)
    : await measurePair(session, columns, sample, table.rows);
}

/**
 * How many times as frequent pairs of values are as the product of their single frequencies, which is what the planner expects
 * without extended statistics (clauselist_selectivity in PostgreSQL's clausesel.c).
 */
async function measurePair(
  session: AnalysisSession,
  [a = '', b = '']: readonly string[],
  { sql, whole }: Sampled,
  rows: number,
): Promise<Measured | null> {
  interface Row {
    readonly rows: number;
    readonly a: number;
    readonly b: number;
    readonly together: number;
    readonly typical: number | null;
    readonly worst: number | null;
    readonly dependency: number | null;
  }
  const [row] = await session.query<Row>(
    `${OURS} x.* FROM (
       WITH s AS MATERIALIZED (SELECT ${quoteIdentifier(a)} AS a, ${quoteIdentifier(b)} AS b,
                                      tableoid::int8 * 4294967296 + ((ctid::text::point)[0])::int8 AS page FROM ${sql}),
            total AS (SELECT count(*)::float8 AS n FROM s),
            na AS (SELECT a, count(*)::float8 AS n FROM s WHERE a IS NOT NULL GROUP BY a),
            nb AS (SELECT b, count(*)::float8 AS n FROM s WHERE b IS NOT NULL GROUP BY b),
            p AS (SELECT a, b, count(*)::float8 AS n, count(DISTINCT page) AS pages FROM s
                   WHERE a IS NOT NULL AND b IS NOT NULL GROUP BY a, b),
            f AS (SELECT p.a, p.b, p.n, p.n * total.n / (na.n * nb.n) AS f, p.n * $2 / total.n AS here
                    FROM p JOIN na ON na.a = p.a JOIN nb ON nb.b = p.b CROSS JOIN total
                   WHERE p.n >= ${LEAST_SEEN} AND p.pages >= $1),
            ka AS (SELECT sum(n) AS n, max(n) AS most FROM p GROUP BY a HAVING sum(n) >= ${LEAST_SEEN}),
            kb AS (SELECT sum(n) AS n, max(n) AS most FROM p GROUP BY b HAVING sum(n) >= ${LEAST_SEEN})
       SELECT (SELECT n FROM total) AS rows, (SELECT count(*) FROM na)::float8 AS a, (SELECT count(*) FROM nb)::float8 AS b,
              (SELECT count(*) FROM p)::float8 AS together, exp(sum(n * ln(f)) / sum(n)) AS typical,
              max(f) FILTER (WHERE here >= ${ROWS_THAT_MATTER}) AS worst,
              greatest((SELECT sum(n) FILTER (WHERE n = most) / sum(n) FROM ka), (SELECT sum(n) FILTER (WHERE n = most) / sum(n) FROM kb)) AS dependency
         FROM f) x`,
    [whole ? 1 : LEAST_PAGES, rows],
  );
  if (!row || row.typical === null) return null;
  const { together, typical, worst, dependency } = row;
  return {
    rows: row.rows,
    whole,
    distinct: [row.a, row.b],
    together,
    typical,
    worst: worst ?? 1,
    dependency: dependency ?? 0,
  };
}

/** The planner takes each combination of values for possible, but for no more groups than a tenth of the rows (estimate_num_groups). */
async function measureGroups(
  session: AnalysisSession,
  columns: readonly string[],
  { sql, whole }: Sampled,
  rows: number,
): Promise<Measured | null> {
  const names = columns.map(quoteIdentifier);
  const [row] = await session.query<{ rows: number; distinct: number[]; together: number }>(
    `${OURS} count(*)::float8 AS rows, ARRAY[${names.map((name) => `count(DISTINCT ${name})::float8`).join(', ')}] AS distinct,
            count(DISTINCT (${names.join(', ')}))::float8 AS together FROM ${sql}`,
  );
  // Where a combination is seen once or twice, most were not seen.
  if (!row || row.together === 0 || (!whole && row.together > row.rows / 10)) return null;
  const expected = Math.min(
    row.distinct.reduce((product, one) => product * Math.max(1, one), 1),
    Math.max(row.together, rows / 10),
  );
  const factor = expected / row.together;
  return { ...row, whole, typical: factor, worst: expected >= ROWS_THAT_MATTER ? factor : 1, dependency: 0 };
}
