import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { partsOf, qualified, quoteIdentifier } from '../identifiers.ts';
import type { Ask } from './index-state.ts';
import { requireTable, requireUnchanged } from './relation.ts';
import { afterwards, refusal, type WriteSession, withWriter } from './session.ts';

/** 10,000 is the most that PostgreSQL takes; null is the server's default_statistics_target. */
const target = z.strictObject({ target: z.int().min(0).max(10_000).nullable() });
type State = z.infer<typeof target> | null;

/** How closely ANALYZE looks at a column. `subject` is `schema.table.column`. */
export const statisticsTarget = defineTunable<PostgresqlConnection>({
  id: 'postgresql/statistics-target',
  meta: {
    title: 'Statistics target of a column',
    why: 'A column with many different or very uneven values needs more common values and finer steps in its statistics than the default, or the planner misjudges conditions on it.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks: 'For a moment other DDL and VACUUM of the table wait, then it is analyzed; reads and writes go on.',
    undo: 'The former target is set again, and the column is analyzed with it.',
    toggles: true,
    order: 25,
    sources: [
      {
        title: 'PostgreSQL: Statistics Used by the Planner',
        url: 'https://www.postgresql.org/docs/current/planner-stats.html',
      },
    ],
  },
  to: target,

  async read(connection, { subject }) {
    return stateOf(connection.query, named(subject));
  },

  achieved: (state, { to }) => (state as State)?.target === target.parse(to).target,

  preview({ subject, to }, from) {
    const column = named(subject);
    return { apply: sqlOf(column, target.parse(to).target), undo: sqlOf(column, (from as State)?.target ?? null) };
  },

  async validate(connection, { subject }, from) {
    const what = `statistics target of ${subject}`;
    const { schema, table } = named(subject);
    await requireTable(connection.query, what, { schema, name: table }, 'rmp');
    if (from === null) throw refusal(what, 'there is no such column');
    await withWriter(connection, { signal: new AbortController().signal, subject: what }, async () => {});
  },

  async write(connection, { subject, to, from }, { signal }) {
    const column = named(subject);
    await withWriter(connection, { signal, subject: `statistics target of ${subject}` }, async (session) => {
      await session.transaction(async () => {
        await session.run(`LOCK TABLE ONLY ${tableOf(column)} IN SHARE UPDATE EXCLUSIVE MODE`);
        requireUnchanged(subject, from, await stateOf(session.run, column));
        await session.run(sqlOf(column, target.parse(to).target));
      });
      await afterwards(() => analyzeColumn(session, column));
    });
  },

  async undo(connection, { subject }, { state }) {
    const column = named(subject);
    const waiting = { signal: new AbortController().signal, subject: `statistics target of ${subject}`, patient: true };
    await withWriter(connection, waiting, async (session) => {
      await session.run(sqlOf(column, (state as State)?.target ?? null));
      await analyzeColumn(session, column);
    });
  },
});

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

function named(subject: string): Column {
  const [schema, table, column, ...more] = partsOf(subject) ?? [];
  if (schema === undefined || table === undefined || column === undefined || more.length > 0) {
    throw refusal(`statistics target of ${subject}`, 'expected schema.table.column');
  }
  return { schema, table, column };
}

function tableOf({ schema, table }: Column): string {
  return qualified(schema, table);
}

/** -1 means the default in every version. */
function sqlOf(column: Column, value: number | null): string {
  return `ALTER TABLE ${tableOf(column)} ALTER COLUMN ${quoteIdentifier(column.column)} SET STATISTICS ${value ?? -1}`;
}

async function analyzeColumn(session: WriteSession, column: Column): Promise<void> {
  await session.run(`ANALYZE ${tableOf(column)} (${quoteIdentifier(column.column)})`);
}

async function stateOf(ask: Ask, { schema, table, column }: Column): Promise<State> {
  const [row] = await ask<{ target: number | null }>(
    `${OURS} CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::int END AS target
       FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped`,
    [schema, table, column],
  );
  return row === undefined ? null : { target: row.target };
}
