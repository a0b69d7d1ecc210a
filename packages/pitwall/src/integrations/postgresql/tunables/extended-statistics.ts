import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { qualified, quoteIdentifier } from '../identifiers.ts';
import type { Ask } from './index-state.ts';
import { identifier, subjectOf, tableName } from './index-target.ts';
import { requireTable, requireUnchanged } from './relation.ts';
import { afterwards, refusal, withWriter } from './session.ts';

/** As pg_statistic_ext.stxkind has them. */
const KINDS = { ndistinct: 'd', dependencies: 'f', mcv: 'm' } as const;

const target = z.strictObject({
  table: tableName,
  /** STATS_MAX_DIMENSIONS of PostgreSQL is 8. */
  columns: z.array(identifier).min(2).max(8),
  kinds: z.array(z.enum(['ndistinct', 'dependencies', 'mcv'])).min(1),
});
type Target = z.infer<typeof target>;

type State = {
  readonly table: Target['table'];
  /** Sorted; null: of expressions as well. */
  readonly columns: readonly string[] | null;
  readonly kinds: readonly string[];
} | null;

/** Statistics of columns together. `subject` is `schema.name`. */
export const extendedStatistics = defineTunable<PostgresqlConnection>({
  id: 'postgresql/extended-statistics',
  meta: {
    title: 'Extended statistics of columns that depend on each other',
    why: 'The planner multiplies the chances of conditions as if columns had nothing to do with each other. Where they do (city and postcode), it expects far too few rows, or too many groups.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks: 'For a moment other DDL and VACUUM of the table wait, then it is analyzed; reads and writes go on.',
    undo: 'DROP STATISTICS. What the planner then sees of the single columns is as new as the ANALYZE that was run.',
    toggles: false,
    order: 24,
    sources: [
      {
        title: 'PostgreSQL: CREATE STATISTICS',
        url: 'https://www.postgresql.org/docs/current/sql-createstatistics.html',
      },
      {
        title: 'PostgreSQL: Extended Statistics',
        url: 'https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED',
      },
    ],
  },
  to: target,

  async read(connection, { subject }) {
    return stateOf(connection.query, subject);
  },

  achieved: (state, { to }) => {
    const { table, columns, kinds } = target.parse(to);
    const has = state as State;
    return (
      has !== null &&
      has.table.schema === table.schema &&
      has.table.name === table.name &&
      String(has.columns) === String([...new Set(columns)].sort()) &&
      String(has.kinds) === String([...new Set(kinds)].sort())
    );
  },

  preview: ({ subject, to }) => ({ apply: createSql(subject, target.parse(to)), undo: dropSql(subject) }),

  async validate(connection, { subject, to }, from) {
    const what = `statistics ${subject}`;
    const { table, columns } = target.parse(to);
    const { schema, name } = named(subject);
    if (!identifier.safeParse(name).success) throw refusal(what, 'names have at most 63 bytes');
    if (from !== null) throw refusal(what, 'there are statistics of that name with another definition');
    const { canCreate } = await requireTable(connection.query, what, table, 'rmp');
    if (!canCreate && schema === table.schema)
      throw refusal(what, `the role of Pitwall may not create anything in the schema ${schema}`);
    const found = await connection.query<{ name: string }>(
      `${OURS} a.attname AS name FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
      [table.schema, table.name],
    );
    const missing = columns.find((column) => !found.some((row) => row.name === column));
    if (missing !== undefined) throw refusal(what, `the table has no column ${missing}`);
    await withWriter(connection, { signal: new AbortController().signal, subject: what }, async () => {});
  },

  async write(connection, { subject, to, from }, { signal }) {
    const wanted = target.parse(to);
    await withWriter(connection, { signal, subject: `statistics ${subject}` }, async (session) => {
      await session.transaction(async () => {
        const table = qualified(wanted.table.schema, wanted.table.name);
        await session.run(`LOCK TABLE ONLY ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
        requireUnchanged(subject, from, await stateOf(session.run, subject));
        await session.run(createSql(subject, wanted));
      });
      await afterwards(() => session.run(`ANALYZE ${qualified(wanted.table.schema, wanted.table.name)}`));
    });
  },

  async undo(connection, { subject }) {
    const waiting = { signal: new AbortController().signal, subject: `statistics ${subject}`, patient: true };
    const { schema, name } = named(subject);
    await withWriter(connection, waiting, (session) =>
      session.run(`DROP STATISTICS IF EXISTS ${qualified(schema, name)}`),
    );
  },
});

function named(subject: string): { readonly schema: string; readonly name: string } {
  const parts = subjectOf(subject);
  if (parts === null) throw refusal(`statistics ${subject}`, 'expected schema.name');
  return parts;
}

function createSql(subject: string, { table, columns, kinds }: Target): string {
  const { schema, name } = named(subject);
  const list = [...new Set(columns)].map(quoteIdentifier).join(', ');
  return `CREATE STATISTICS ${qualified(schema, name)} (${[...new Set(kinds)].join(', ')}) ON ${list} FROM ${qualified(table.schema, table.name)}`;
}

function dropSql(subject: string): string {
  const { schema, name } = named(subject);
  return `DROP STATISTICS ${qualified(schema, name)}`;
}

async function stateOf(ask: Ask, subject: string): Promise<State> {
  const { schema, name } = named(subject);
  const [row] = await ask<{ schema: string; table: string; columns: string[]; kinds: string[] }>(
    `${OURS} tn.nspname AS schema, t.relname AS table, s.stxkind::text[] AS kinds,
            (SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (s.stxkeys::int2[])) AS columns
       FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
            JOIN pg_catalog.pg_class t ON t.oid = s.stxrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      WHERE n.nspname = $1 AND s.stxname = $2`,
    [schema, name],
  );
  if (row === undefined) return null;
  const expressions = row.kinds.includes('e');
  const kinds = Object.entries(KINDS)
    .filter(([, letter]) => row.kinds.includes(letter))
    .map(([kind]) => kind);
  return {
    table: { schema: row.schema, name: row.table },
    columns: expressions ? null : row.columns.sort(),
    kinds: kinds.sort(),
  };
}
