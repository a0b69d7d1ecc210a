import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { PitwallError, reasonOf } from '../../../errors.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { postgresqlFailure } from '../failures.ts';

/** Of Pitwall's advisory lock, which is a database's: "pitw" as a number, and 1. */
const LOCK_KEYS = [0x70_69_74_77, 1] as const;
/** Milliseconds between two tries for a lock. */
const RETRY_MILLISECONDS = 100;
/** Taking back waits this many times longer for a lock: giving up there is worse than waiting. */
const UNDO_PATIENCE = 5;
/** Milliseconds between two requests to end a statement: the first may come before the server has begun with it. */
const CANCEL_MILLISECONDS = 200;
/** The server looks so often whether we are still there (client_connection_check_interval), and ends what it builds for us if not. */
const CHECK_CLIENT = { since: 140_000, every: '1s' };
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

export interface Waiting {
  readonly signal: AbortSignal;
  /** What is changed, as a person would say it; for messages. */
  readonly subject: string;
  /** Waits `UNDO_PATIENCE` times longer. */
  readonly patient?: boolean;
}

/** A session that may write. One statement at a time, each by the extended protocol: a text is never two statements. */
export interface WriteSession {
  /** `server_version_num`: 150018. */
  readonly version: number;
  /** Seconds that it waits for locks. */
  readonly patience: number;
  run<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** As `run`, and ended when the signal says so (then it rejects with the signal's reason). For what takes long. */
  build(sql: string): Promise<void>;
  /** All of it or nothing. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** As `transaction`, with short waits for locks again and again, so that nobody queues behind us for long. */
  quickly<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Runs `work` in a session of its own under Pitwall's advisory lock: of several Pitwalls one changes a database at a time.
 * The session ends with it. What the server refuses is told as a refusal, so after something has been written `work` has to
 * catch it (`afterwards`).
 * @throws PitwallError CHANGE_REFUSED in recovery, through a pooler and when the server says no; TARGET_LOCKED; as `query`
 *   does when the database cannot be reached; the signal's reason
 */
export async function withWriter<T>(
  connection: PostgresqlConnection,
  waiting: Waiting,
  work: (session: WriteSession) => Promise<T>,
): Promise<T> {
  waiting.signal.throwIfAborted();
  const { client, pooled } = await connection.openWriter();
  const patience = connection.lockTimeout * (waiting.patient ? UNDO_PATIENCE : 1);
  const run = async <Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
    // `queryMode` is not in the types of pg 8.
    const { rows } = await client.query<Row>({ text: sql, values: [...values], queryMode: 'extended' } as never);
    return rows;
  };
  try {
    if (pooled)
      throw refusal(
        waiting.subject,
        'a connection pooler is in between, and a change needs a session of its own: connect to the server itself',
      );
    const [server] = await run<{ version: number; pid: number; recovery: boolean }>(
      `SELECT /* pitwall */ current_setting('server_version_num')::int AS version, pg_backend_pid() AS pid,
              pg_is_in_recovery() AS recovery, set_config('search_path', 'pg_catalog, pg_temp', false),
              set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false),
              set_config('idle_in_transaction_session_timeout', '60s', false)`,
      [`${Math.ceil(patience * 1000)}ms`],
    );
    const { version, pid, recovery } = server!;
    if (recovery) throw refusal(waiting.subject, 'the server is a standby: changes are made on the primary');
    if (version >= CHECK_CLIENT.since) {
      // Not every operating system can do it.
      await run(`SET client_connection_check_interval = '${CHECK_CLIENT.every}'`).catch(() => {});
    }
    await takeLock();
    const transaction = async <R>(body: () => Promise<R>): Promise<R> => {
      await run('BEGIN');
      try {
        const result = await body();
        await run('COMMIT');
        return result;
      } catch (error) {
        await run('ROLLBACK').catch(() => {});
        throw error;
      }
    };
    return await work({
      version,
      patience,
      run,
      transaction,
      build: (sql) => cancellable(connection, pid, waiting.signal, run(sql)),
      quickly: (body) => quickly(transaction, body),
    });
  } catch (error) {
    throw failureOf(error);
  } finally {
    await client.end().catch(() => {});
  }

  async function takeLock(): Promise<void> {
    const until = performance.now() + patience * 1000;
    for (;;) {
      const [row] = await run<{ taken: boolean }>('SELECT pg_try_advisory_lock($1::int, $2::int) AS taken', LOCK_KEYS);
      if (row!.taken) return;
      if (performance.now() >= until) {
        throw new PitwallError('TARGET_LOCKED', {
          path: connection.name,
          seconds: patience,
          holders: '; another Pitwall is changing it',
        });
      }
      await sleep(RETRY_MILLISECONDS, undefined, { signal: waiting.signal });
    }
  }

  async function quickly<R>(transaction: (body: () => Promise<R>) => Promise<R>, body: () => Promise<R>): Promise<R> {
    const until = performance.now() + patience * 1000;
    for (;;) {
      try {
        return await transaction(async () => {
          await run(`SET LOCAL lock_timeout = '${2 * RETRY_MILLISECONDS}ms'`);
          return await body();
        });
      } catch (error) {
        if (!isLockTimeout(error) || performance.now() >= until) throw error;
      }
      await sleep(RETRY_MILLISECONDS, undefined, { signal: waiting.signal });
    }
  }

  function failureOf(error: unknown): unknown {
    if (error instanceof PitwallError || waiting.signal.aborted) return error;
    if (isLockTimeout(error)) {
      const holders = '; `pitwall check` shows who holds locks for long';
      return new PitwallError('TARGET_LOCKED', { path: waiting.subject, seconds: patience, holders }, { cause: error });
    }
    const failure = postgresqlFailure(error, connection.name);
    if (failure === error || (failure as PitwallError).code === 'POSTGRESQL_UNREACHABLE') return failure;
    return refusal(waiting.subject, `the server says: ${reasonOf(error)}`, error);
  }
}

/** A refusal of `write`: nothing was changed. */
export function refusal(subject: string, reason: string, cause?: unknown): PitwallError {
  return new PitwallError('CHANGE_REFUSED', { subject, reason }, cause === undefined ? {} : { cause });
}

function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === LOCK_NOT_AVAILABLE;
}

/** What fails once something has been written is no refusal any more: the change has to be taken back. */
export async function afterwards<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** The statement's end, asked of the server by another session when the signal says so: closing ours would not end it at once. */
async function cancellable(
  connection: PostgresqlConnection,
  pid: number,
  signal: AbortSignal,
  running: Promise<unknown>,
): Promise<void> {
  let over = false;
  const cancel = async () => {
    const { client } = await connection.openWriter();
    try {
      while (!over) {
        await client.query('SELECT /* pitwall */ pg_catalog.pg_cancel_backend($1)', [pid]);
        await sleep(CANCEL_MILLISECONDS);
      }
    } finally {
      await client.end().catch(() => {});
    }
  };
  let cancelling: Promise<void> | null = null;
  const onAbort = () => {
    cancelling = cancel().catch(() => {});
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await running;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    over = true;
    signal.removeEventListener('abort', onAbort);
    await cancelling;
  }
  signal.throwIfAborted();
}
