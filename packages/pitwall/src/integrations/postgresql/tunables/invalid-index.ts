import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { qualified } from '../identifiers.ts';
import { dropWorking, hasWorking, retire } from './index-leftovers.ts';
import { type IndexState, readIndex } from './index-state.ts';
import { subjectOf } from './index-target.ts';
import { requireTable } from './relation.ts';
import { refusal, withWriter } from './session.ts';

const target = z.strictObject({ drop: z.literal(true) });

/** Drops an index that is invalid. `subject` is `schema.index`. Its state is always null: no query can use it, before or after. */
export const invalidIndex = defineTunable<PostgresqlConnection>({
  id: 'postgresql/invalid-index',
  meta: {
    title: 'Removal of an invalid index',
    why: 'A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that failed leaves an index that no query uses and every write has to keep up to date.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks: 'DROP INDEX CONCURRENTLY holds up nobody; it waits for transactions that use the table.',
    undo: 'There is nothing to take back: nothing could use it.',
    toggles: false,
    order: 5,
    repeatable: true,
    sources: [
      {
        title: 'PostgreSQL: Building Indexes Concurrently',
        url: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
      },
    ],
  },
  to: target,

  async read() {
    return null;
  },

  achieved: (state) => state === null,

  preview: ({ subject }) => {
    const { schema, name } = named(subject);
    return {
      apply: `DROP INDEX CONCURRENTLY ${qualified(schema, name)}`,
      undo: 'nothing to take back: nothing could use it',
    };
  },

  async validate(connection, { subject }) {
    const { schema, name } = named(subject);
    const what = `index ${subject}`;
    const index = await readIndex(connection.query, schema, name);
    requireInvalid(what, index);
    await requireTable(connection.query, what, index!.table, 'rm');
    await withWriter(connection, { signal: new AbortController().signal, subject: what }, async () => {});
  },

  async capture(_connection, { subject }) {
    return { subject };
  },

  async write(connection, { subject }, { signal }) {
    const { schema, name } = named(subject);
    const what = `index ${subject}`;
    await withWriter(connection, { signal, subject: what }, async (session) => {
      await dropWorking(session, subject);
      // Under the lock that building takes too: what is being built now is not taken for a leftover.
      await retire(session, schema, name, subject, (index) => requireInvalid(what, index));
      await dropWorking(session, subject);
    });
  },

  async undo() {},

  async release(connection, { captured }) {
    const { subject } = captured as { subject: string };
    if (!(await hasWorking(connection.query, subject))) return;
    const waiting = { signal: new AbortController().signal, subject: `index ${subject}`, patient: true };
    await withWriter(connection, waiting, (session) => dropWorking(session, subject));
  },
});

function named(subject: string): { readonly schema: string; readonly name: string } {
  const parts = subjectOf(subject);
  if (parts === null) throw refusal(`index ${subject}`, 'expected schema.index');
  return parts;
}

const BELONGS = /^(it is the primary key|it belongs|it is a part|it is of a partitioned|it is the replica)/;

function requireInvalid(subject: string, index: IndexState | null): void {
  if (index === null) throw refusal(subject, 'there is no such index');
  if (index.valid) throw refusal(subject, 'it is valid');
  if (index.needed !== null && BELONGS.test(index.needed)) throw refusal(subject, index.needed);
}
