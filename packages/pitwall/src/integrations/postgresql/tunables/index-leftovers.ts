import { PitwallError } from '../../../errors.ts';
import { OURS } from '../connection.ts';
import { qualified, quoteIdentifier } from '../identifiers.ts';
import { type Ask, type IndexState, readIndex } from './index-state.ts';
import { workingNames } from './index-target.ts';
import type { WriteSession } from './session.ts';

/** Undefined object, undefined table. */
const GONE: readonly unknown[] = ['42704', '42P01'];
/** A request to end a statement of ours may come late, and hit the one after it. */
const QUERY_CANCELED = '57014';

interface Working {
  readonly schema: string;
  readonly name: string;
}

/** What is being built or dropped for this index, also of its table's partitions. */
async function workingOf(ask: Ask, subject: string): Promise<readonly Working[]> {
  const { building, dropping } = workingNames(subject);
  return ask<Working & Record<string, unknown>>(
    `${OURS} n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'i' AND (pg_catalog.starts_with(c.relname::text, $1) OR pg_catalog.starts_with(c.relname::text, $2))
      ORDER BY c.oid`,
    [building, dropping],
  );
}

export async function hasWorking(ask: Ask, subject: string): Promise<boolean> {
  return (await workingOf(ask, subject)).length > 0;
}

/** Drops what is left of building or dropping this index, valid or not; others read and write meanwhile. */
export async function dropWorking(session: WriteSession, subject: string, patience = session.patience): Promise<void> {
  const left = await workingOf(session.run, subject);
  if (left.length > 0) await session.run(`SET lock_timeout = '${Math.ceil(patience * 1000)}ms'`);
  for (const { schema, name } of left) {
    const drop = () => session.run(`DROP INDEX CONCURRENTLY IF EXISTS ${qualified(schema, name)}`);
    await drop().catch((error) => {
      if (error.code !== QUERY_CANCELED) throw error;
      return drop();
    });
  }
}

/** From here on it is not there any more under its name, and will be dropped; until then it can come back at once. */
export async function retire(
  session: WriteSession,
  schema: string,
  name: string,
  subject: string,
  check: (now: IndexState | null) => void = () => {},
): Promise<void> {
  await session.quickly(async () => {
    const now = await readIndex(session.run, schema, name);
    if (now !== null)
      await session.run(
        `LOCK TABLE ONLY ${qualified(now.table.schema, now.table.name)} IN SHARE UPDATE EXCLUSIVE MODE`,
      );
    check(await readIndex(session.run, schema, name));
    await rename(session, schema, name, workingNames(subject).dropping);
  });
}

export async function rename(session: WriteSession, schema: string, from: string, to: string): Promise<void> {
  await session.run(`ALTER INDEX ${qualified(schema, from)} RENAME TO ${quoteIdentifier(to)}`).catch((error) => {
    if (!GONE.includes(error.code)) throw error;
    throw new PitwallError('DRIFT', { subject: `index ${schema}.${from}`, difference: 'it is gone' }, { cause: error });
  });
}
