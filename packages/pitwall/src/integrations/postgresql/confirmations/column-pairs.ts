import { PitwallError, printable } from '../../../errors.ts';
import { defineConfirmation } from '../../../model/define.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { COLUMN_PAIRS_PROBE, statementsInput } from '../estimates/contract.ts';
import { type Candidate, candidates, measureTogether } from '../estimates/pairs.ts';
import { rolesOf } from '../estimates/roles.ts';
import { extendedStatisticsOf } from '../estimates/statistics.ts';
import { fact } from '../facts/define.ts';
import type { ColumnPairFact, ColumnPairsFact } from '../facts/estimates.ts';
import { loadGrammar } from '../parse/load.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Questions about columns together, and seconds for all of them. [judgement] */
const MOST = 30;
const BUDGET = 20;
/** Kinds of pg_statistic_ext that serve conditions, and groups. */
const SERVING = { conditions: ['f', 'm'], groups: ['d'] } as const;

/** Whether columns that statements test together have to do with each other, counted on a sample of each table. */
export const columnPairs = defineConfirmation<PostgresqlConnection>({
  id: COLUMN_PAIRS_PROBE,
  title: 'Measuring whether columns that are tested together depend on each other (on a sample)',
  cost: `Counts values and pairs of values of up to ${MOST} pairs of columns on the server, each on 1,000 pages of the table at most, read-only and paced by \`maxLoad\`, for ${BUDGET} s at most. Only counts leave the server.`,
  timeLimit: 40,
  async confirm(connection, { key, input }, { signal }) {
    const asked = new Set(statementsInput.parse(input).statements);
    const kept = keptWorkload(connection);
    if (kept === null) {
      return { gaps: [{ what: 'postgresql.column-pairs', why: 'no workload was read over this connection' }] };
    }
    const statements = kept.workload.statements.filter(({ id }) => asked.has(id));
    const grammar = await loadGrammar();
    const before = { statements: connection.own.statements, seconds: connection.own.seconds };
    const found = await connection.analyse(async (session) => {
      const roles = await rolesOf(session, grammar, statements);
      return await measureAll(session, candidates(roles).slice(0, MOST), roles.schema);
    }, signal);
    const cost = {
      statements: connection.own.statements - before.statements,
      seconds: connection.own.seconds - before.seconds,
    };
    return { facts: [fact('postgresql.column-pairs', key, { ...found, cost })] };
  },
});

async function measureAll(
  session: AnalysisSession,
  asked: readonly Candidate[],
  { tables, sized }: Awaited<ReturnType<typeof rolesOf>>['schema'],
): Promise<Omit<ColumnPairsFact, 'cost'>> {
  const pairs: ColumnPairFact[] = [];
  const left: ColumnPairsFact['left'][number][] = [];
  const until = performance.now() + BUDGET * 1000;
  const sizes = new Map(tables.map((table) => [table.name, table]));
  const extended = await extendedStatisticsOf(
    session,
    [...new Set(asked.map(({ table }) => table))].flatMap((table) => sized.get(table) ?? []),
  );
  for (const candidate of asked) {
    const { table, columns, use } = candidate;
    const [named, size] = [sized.get(table), sizes.get(table)];
    if (named === undefined || size === undefined) continue;
    if (performance.now() >= until) {
      left.push({ table, because: `${BUDGET} s are over` });
      continue;
    }
    try {
      const id = { schema: named.schema, name: named.name };
      const measured = await measureTogether(session, candidate, { ...id, rows: size.rows, bytes: size.bytes });
      if (measured === null) continue;
      const serving = (extended.get(table) ?? []).filter(
        (one) => columns.every((column) => one.columns.has(column)) && SERVING[use].some((kind) => one.kinds.has(kind)),
      );
      pairs.push({ table: id, ...shown(candidate), ...measured, covered: serving.map(({ name }) => name) });
    } catch (error) {
      // A column of a type that cannot be compared, one that the role may not read, a table that is too slow.
      if (!(error instanceof PitwallError) || error.code === 'POSTGRESQL_UNREACHABLE') throw error;
      left.push({ table, because: printable(error.message) });
    }
  }
  return { pairs, left };
}

function shown({ columns, use, range, statements }: Candidate) {
  return { columns, use, range, statements };
}
