import type { Client, QueryResult, QueryResultRow } from 'pg';
import { TAG } from './explain-sql.ts';

/** A session lent for one transaction that hangs in it would be kept from the application: the server ends it then. */
const LONGEST_IDLE = '30s';

/** What Pitwall has asked of a database. Mutable by the connection, which shows it read-only. */
export interface OwnCost {
  statements: number;
  /** Of the statements: BEGIN and COMMIT around those that went through a pooler. */
  brackets: number;
  transactions: number;
  seconds: number;
}

/** Limits of our questions: they wait for nobody long, and no function of somebody else's stands in for the server's. */
function limits(
  scope: 'session' | 'transaction',
  seconds: number,
): { readonly text: string; readonly values: string[] } {
  const local = scope === 'transaction';
  const scopeOnly = local
    ? `pg_catalog.set_config('idle_in_transaction_session_timeout', '${LONGEST_IDLE}', true)`
    : `pg_catalog.set_config('default_transaction_read_only', 'on', false)`;
  return {
    text: `SELECT ${TAG} ${scopeOnly},
            pg_catalog.set_config('statement_timeout', $1, ${local}), pg_catalog.set_config('lock_timeout', '1s', ${local}),
            -- A function of somebody else's schema may fit our arguments better than the server's own, and would run as our role.
            pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', ${local}),
            -- Compiling a question about thousands of tables takes longer than answering it.
            pg_catalog.set_config('jit', 'off', ${local})`,
    values: [`${Math.ceil(seconds * 1000)}ms`],
  };
}

/**
 * Settings of our session: it cannot write, and waits for nobody long. Not through a connection pooler (PgBouncer): there the
 * session is lent to the application after us, and would keep our settings. False: there is one, and nothing was set.
 * @param statementTimeout seconds
 */
export async function makeReadOnly(client: Client, statementTimeout: number, own: OwnCost): Promise<boolean> {
  count(own, { statements: 1, transactions: 1 });
  if (await isPooled(client)) return false;
  count(own, { statements: 1, transactions: 1 });
  const { text, values } = limits('session', statementTimeout);
  await client.query(text, values);
  return true;
}

/** A pooler shows in the process that we were told of not being the one that answers. */
export async function isPooled(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>(`SELECT ${TAG} pg_catalog.pg_backend_pid() AS pid`);
  return rows[0]?.pid !== (client as unknown as { processID: number | null }).processID;
}

/** One question of ours in a session of our own, which `makeReadOnly` has set up. */
export async function askOwn<Row extends QueryResultRow>(
  client: Client,
  text: string,
  values: readonly unknown[],
  own: OwnCost,
): Promise<QueryResult<Row>> {
  count(own, { statements: 1, transactions: 1 });
  return client.query<Row>(text, [...values]);
}

/**
 * One question of ours in a session that a pooler lends us for a transaction: read-only, with limits that end with it. The
 * caller lets one question end before the next begins, as they share a client.
 * @param statementTimeout seconds
 */
export async function askLent<Row extends QueryResultRow>(
  client: Client,
  text: string,
  values: readonly unknown[],
  { own, statementTimeout }: { readonly own: OwnCost; readonly statementTimeout: number },
): Promise<QueryResult<Row>> {
  count(own, { statements: 1, brackets: 1 });
  await client.query(`BEGIN ${TAG} READ ONLY`);
  // Ended or not, the server has counted it when the next question asks.
  own.transactions++;
  let result: QueryResult<Row>;
  try {
    const limit = limits('transaction', statementTimeout);
    own.statements++;
    await client.query(limit.text, limit.values);
    own.statements++;
    result = await client.query<Row>(text, [...values]);
  } catch (error) {
    // What does not answer is closed by the caller, and rolled back by that.
    if ('severity' in (error as object)) await end('ROLLBACK').catch(() => {});
    throw error;
  }
  await end('COMMIT');
  return result;

  async function end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    count(own, { statements: 1, brackets: 1 });
    await client.query(`${how} ${TAG}`);
  }
}

function count(own: OwnCost, more: Partial<OwnCost>): void {
  for (const key of Object.keys(more) as (keyof OwnCost)[]) own[key] += more[key]!;
}
