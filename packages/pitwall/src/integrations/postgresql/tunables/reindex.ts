import { z } from 'zod';
import { reasonOf } from '../../../errors.ts';
import { defineTunable } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { qualified } from '../identifiers.ts';
import { requireFreeSpace, spaceNotChecked } from './disk-space.ts';
import { type Ask, readIndex } from './index-state.ts';
import { subjectOf } from './index-target.ts';
import { relationOf, requireTable, waitForOthers } from './relation.ts';
import { refusal, type WriteSession, withWriter } from './session.ts';

const SPACE_FACTOR = 1.2;
const BUILD_PATIENCE = '60s';

const target = z.strictObject({ reindex: z.literal(true) });

/** Builds one index anew. `subject` is `schema.index`. Its state is what it is, which rebuilding does not change. */
export const reindex = defineTunable<PostgresqlConnection>({
  id: 'postgresql/reindex',
  meta: {
    title: 'Index built anew (REINDEX CONCURRENTLY)',
    why: 'Pages of an index that are mostly empty make it larger than it has to be: it takes more of the cache, and more pages are read for the same rows.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks:
      'Reads and writes go on; other DDL and VACUUM of the table wait. It reads the table twice, waits for transactions that are older than itself, and takes the space of the new index beside the old one.',
    undo: 'There is nothing to take back: the index is the same, only the free space in it is gone. What an end in between leaves (_ccnew, _ccold) is removed.',
    toggles: false,
    order: 60,
    repeatable: true,
    sources: [{ title: 'PostgreSQL: REINDEX', url: 'https://www.postgresql.org/docs/current/sql-reindex.html' }],
  },
  to: target,

  async read(connection, { subject }) {
    const { schema, name } = named(subject);
    const index = await readIndex(connection.query, schema, name);
    return index && { definition: index.definition, valid: index.valid };
  },

  achieved: (state) => (state as { valid: boolean } | null)?.valid === true,

  preview: ({ subject }) => {
    const { schema, name } = named(subject);
    return {
      apply: `REINDEX INDEX CONCURRENTLY ${qualified(schema, name)}`,
      undo: 'nothing to take back: the index is the same, only the free space in it is gone',
    };
  },

  async validate(connection, { subject }) {
    const { schema, name } = named(subject);
    const what = `index ${subject}`;
    const index = await readIndex(connection.query, schema, name);
    if (index === null) throw refusal(what, 'there is no such index');
    if (!index.valid) throw refusal(what, 'it is invalid; postgresql/invalid-index removes it');
    if (index.partitioned) throw refusal(what, 'it is of a partitioned table: build those of its partitions anew');
    if (/exclusion/.test(index.needed ?? ''))
      throw refusal(what, 'it belongs to an exclusion constraint, which cannot be built anew beside itself');
    await requireTable(connection.query, what, index.table, 'rm');
    const { oid, bytes } = (await relationOf(connection.query, schema, name))!;
    await requireFreeSpace(connection, what, SPACE_FACTOR * bytes, { index: oid });
    await withWriter(connection, { signal: new AbortController().signal, subject: what }, async () => {});
  },

  async notChecked(connection, { subject }) {
    const { schema, name } = named(subject);
    const index = await relationOf(connection.query, schema, name);
    return index === null ? [] : spaceNotChecked(connection, SPACE_FACTOR * index.bytes, { index: index.oid });
  },

  async capture(_connection, { subject }) {
    return { subject };
  },

  async write(connection, { subject }, { signal }) {
    const { schema, name } = named(subject);
    const waiting = { signal, subject: `index ${subject}` };
    await withWriter(connection, waiting, async (session) => {
      await dropLeftovers(session, subject);
      const index = await readIndex(session.run, schema, name);
      const table = index && (await relationOf(session.run, index.table.schema, index.table.name));
      if (!table) throw refusal(waiting.subject, 'it is gone');
      await waitForOthers(session, table.oid, waiting);
      await session.run(`SET lock_timeout = '${BUILD_PATIENCE}'`);
      try {
        await session.build(`REINDEX INDEX CONCURRENTLY ${qualified(schema, name)}`);
      } catch (error) {
        await dropLeftovers(session, subject).catch((failure) => {
          throw new Error(`${reasonOf(error)}, and what it left cannot be removed now (${reasonOf(failure)})`, {
            cause: error,
          });
        });
        throw error;
      }
    });
  },

  async undo(connection, { subject }) {
    await tidy(connection, subject);
  },

  async release(connection, { captured }) {
    const { subject } = captured as { subject: string };
    await tidy(connection, subject);
  },
});

async function tidy(connection: PostgresqlConnection, subject: string): Promise<void> {
  if ((await leftoversOf(connection.query, subject)).length === 0) return;
  const waiting = { signal: new AbortController().signal, subject: `index ${subject}`, patient: true };
  await withWriter(connection, waiting, (session) => dropLeftovers(session, subject));
}

function named(subject: string): { readonly schema: string; readonly name: string } {
  const parts = subjectOf(subject);
  if (parts === null) throw refusal(`index ${subject}`, 'expected schema.index');
  return parts;
}

/**
 * Invalid indexes beside this one, called like it (cut, where that is too long) with _ccnew or _ccold and perhaps a number.
 * https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
 */
async function leftoversOf(
  ask: Ask,
  subject: string,
): Promise<readonly { readonly schema: string; readonly name: string }[]> {
  const { schema, name } = named(subject);
  const rows = await ask<{ schema: string; name: string }>(
    `${OURS} n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_index mine JOIN pg_catalog.pg_class m ON m.oid = mine.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = m.relnamespace
            JOIN pg_catalog.pg_index i ON i.indrelid = mine.indrelid AND NOT i.indisvalid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      WHERE n.nspname = $1 AND m.relname = $2 AND c.relname ~ '_cc(new|old)[0-9]*$'
      ORDER BY c.oid`,
    [schema, name],
  );
  return rows.filter((row) => {
    const stem = row.name.replace(/_cc(new|old)[0-9]*$/, '');
    return stem === name || (Buffer.byteLength(row.name) === 63 && name.startsWith(stem));
  });
}

async function dropLeftovers(session: WriteSession, subject: string): Promise<void> {
  for (const { schema, name } of await leftoversOf(session.run, subject)) {
    const drop = () => session.run(`DROP INDEX CONCURRENTLY IF EXISTS ${qualified(schema, name)}`);
    // A request to end the statement before it may come late.
    await drop().catch((error) => {
      if (error.code !== '57014') throw error;
      return drop();
    });
  }
}
