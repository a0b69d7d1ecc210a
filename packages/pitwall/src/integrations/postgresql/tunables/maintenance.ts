import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import type { Tunable } from '../../../model/integration.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { nameOf, qualified } from '../identifiers.ts';
import { subjectOf } from './index-target.ts';
import { relationOf, requireTable } from './relation.ts';
import { refusal, withWriter } from './session.ts';

/** Milliseconds of sleep as autovacuum makes them: others notice it as little as that. https://www.postgresql.org/docs/current/runtime-config-vacuum.html */
const COST_DELAY = '2ms';

const vacuumTarget = z.strictObject({ vacuum: z.literal(true), analyze: z.boolean().default(true) });
const analyzeTarget = z.strictObject({ analyze: z.literal(true) });

/** Takes dead rows of a table away. `subject` is `schema.table`. */
export const vacuum = maintenance({
  id: 'postgresql/vacuum',
  meta: {
    title: 'VACUUM of a table',
    why: 'Rows that are dead take space, and are read and thrown away by scans, until a VACUUM has been there. With ANALYZE the planner learns what is left.',
    risk: 'low',
    locks:
      'Reads and writes go on; other DDL and VACUUM of the table wait. It pauses as autovacuum does, and does not cut off empty pages at the end of the file, which would stop readers.',
    undo: 'There is nothing to take back: the rows are the same, only dead ones are gone.',
    order: 50,
    sources: [{ title: 'PostgreSQL: VACUUM', url: 'https://www.postgresql.org/docs/current/sql-vacuum.html' }],
  },
  to: vacuumTarget,
  sql: (table, to) => `VACUUM (TRUNCATE false${vacuumTarget.parse(to).analyze ? ', ANALYZE' : ''}) ${table}`,
  kept: 'none needed: the rows are the same, only dead ones are gone',
});

/** Renews the planner's statistics of a table. `subject` is `schema.table`. */
export const analyze = maintenance({
  id: 'postgresql/analyze',
  meta: {
    title: 'Statistics of a table (ANALYZE)',
    why: 'With old statistics the planner misjudges how many rows a condition leaves, and picks the wrong index or join.',
    risk: 'low',
    locks: 'Reads and writes go on; other DDL and VACUUM of the table wait. It reads a sample of the table.',
    undo: 'The statistics from before cannot be put back: PostgreSQL keeps only the newest, and renews them by itself as rows change. A plan that became worse shows in the trial, and is not undone by it.',
    order: 20,
    sources: [{ title: 'PostgreSQL: ANALYZE', url: 'https://www.postgresql.org/docs/current/sql-analyze.html' }],
  },
  to: analyzeTarget,
  sql: (table) => `ANALYZE ${table}`,
  kept: 'none needed: it only renews statistics, of which PostgreSQL keeps the newest',
});

interface Maintenance extends Pick<Tunable, 'id' | 'to'> {
  readonly meta: Pick<Tunable['meta'], 'title' | 'why' | 'risk' | 'locks' | 'undo' | 'sources'> & {
    readonly order: number;
  };
  sql(table: string, to: unknown): string;
  /** What stands for taking back, for a person. */
  readonly kept: string;
}

/**
 * What has no way back and needs none. The state is only that the table is there: how many rows are dead, and what statistics
 * say, changes with the work of the application, and finding it changed must not look as if somebody had changed a setting.
 */
function maintenance({ id, meta, to, sql, kept }: Maintenance) {
  const what = (subject: string) => `${sql('', { vacuum: true }).split(' ')[0]} ${subject}`;
  const tableOf = (subject: string) => {
    const parts = subjectOf(subject);
    if (parts === null) throw refusal(what(subject), 'expected schema.table');
    return parts;
  };
  return defineTunable<PostgresqlConnection>({
    id,
    meta: { ...meta, effect: 'now', persistence: 'durable', toggles: false, repeatable: true },
    to,

    async read(connection, { subject }) {
      const { schema, name } = tableOf(subject);
      const found = await relationOf(connection.query, schema, name);
      return found && { table: nameOf(schema, name) };
    },

    achieved: (state) => state !== null,

    preview({ subject, to: asked }) {
      const { schema, name } = tableOf(subject);
      return { apply: sql(qualified(schema, name), asked), undo: kept };
    },

    async validate(connection, { subject }) {
      await requireTable(connection.query, what(subject), tableOf(subject), 'rmp');
      await withWriter(connection, { signal: new AbortController().signal, subject: what(subject) }, async () => {});
    },

    async write(connection, { subject, to: asked }, { signal }) {
      const { schema, name } = tableOf(subject);
      await withWriter(connection, { signal, subject: what(subject) }, async (session) => {
        await session.run(`SET vacuum_cost_delay = '${COST_DELAY}'`);
        await session.build(sql(qualified(schema, name), asked));
      });
    },

    async undo() {},
  });
}
