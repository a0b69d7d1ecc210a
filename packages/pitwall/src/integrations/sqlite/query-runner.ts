import { type ChildProcess, fork } from 'node:child_process';
import { PitwallError } from '../../errors.ts';
import type { QueryAnswer, QueryRequest, SqlValue, TimedQuery } from './query-protocol.ts';
import type { WhatIfAsk } from './what-if/protocol.ts';

/** The query process's entry: the only place that names it; the build rewrites it to the bundled file. */
const ENTRY = new URL('./query-worker.ts', import.meta.url);

/** Seconds the process may take to start, on a machine that is busy with something else. */
const START_LIMIT = 20;

const RELEASE_LIMIT = 5;

/** What became of a request: the answer, or that there was none in time. */
export type Answered<T> =
  | { readonly answer: T }
  /** `errcode`: SQLite's extended result code, when it was SQLite that had something against it. */
  | { readonly failure: 'timeout' | 'error'; readonly why: string; readonly errcode?: number | null };

type AnswerTo<K extends QueryRequest['kind']> = Extract<QueryAnswer, { kind: K }>;

/** Runs queries, one after another, in a process that is killed when one does not end in time. */
export class QueryRunner {
  readonly #busyTimeout: number;
  #child: ChildProcess | undefined;
  #lastId = 0;
  /** Requests wait for those before them. */
  #queue: Promise<unknown> = Promise.resolve();

  /** `busyTimeout`: seconds to wait for a lock of somebody else. */
  constructor(busyTimeout: number) {
    this.#busyTimeout = busyTimeout;
  }

  time(request: Omit<Extract<QueryRequest, { kind: 'time' }>, 'kind'>, limit: number, signal: AbortSignal) {
    return this.#ask<TimedQuery>({ kind: 'time', ...request }, limit, signal);
  }

  timeWrites(
    request: Omit<Extract<QueryRequest, { kind: 'time-writes' }>, 'kind'>,
    limit: number,
    signal: AbortSignal,
  ) {
    return this.#ask<TimedQuery>({ kind: 'time-writes', ...request }, limit, signal);
  }

  plans(request: Omit<Extract<QueryRequest, { kind: 'plans' }>, 'kind'>, limit: number, signal: AbortSignal) {
    return this.#ask<AnswerTo<'plans'>>({ kind: 'plans', ...request }, limit, signal);
  }

  whatIf(ask: WhatIfAsk, limit: number, signal: AbortSignal) {
    return this.#ask<AnswerTo<'what-if'>>({ kind: 'what-if', ask }, limit, signal);
  }

  rows(
    request: { database: string; sql: string; params?: readonly (string | number | null)[]; limit: number },
    limit: number,
    signal: AbortSignal,
  ) {
    const { params = [], ...rest } = request;
    return this.#ask<AnswerTo<'rows'>>({ kind: 'rows', params: [...params], ...rest }, limit, signal);
  }

  changeCopy(database: string, statements: readonly string[], limit: number, signal: AbortSignal) {
    return this.#ask<AnswerTo<'change-copy'>>({ kind: 'change-copy', database, statements }, limit, signal);
  }

  /**
   * Does `work` and then has the process close its files, so that it is in nobody's way (leaving WAL mode, VACUUM) and is not
   * taken for a user of the database while it waits.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const released =
        this.#child && (await this.#ask({ kind: 'release' }, RELEASE_LIMIT, new AbortController().signal));
      if (released && 'failure' in released) await this.close();
    }
  }

  /** Ends the process and resolves when it is gone, so that it holds no lock any more. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child) await kill(child);
  }

  #ask<T extends QueryAnswer>(request: QueryRequest, limit: number, signal: AbortSignal): Promise<Answered<T>> {
    const asked = this.#queue.then(() => this.#send<T>(request, limit, signal));
    this.#queue = asked.catch(() => {});
    return asked;
  }

  async #send<T extends QueryAnswer>(request: QueryRequest, limit: number, signal: AbortSignal): Promise<Answered<T>> {
    signal.throwIfAborted();
    if (this.#child && hasEnded(this.#child)) this.#child = undefined;
    const child = this.#child ?? (await this.#start(signal));
    const id = ++this.#lastId;
    const reply = await settle<T>(child, id, limit, signal, (failed) =>
      child.send({ id, request }, (error) => error && failed(error)),
    );
    if ('failure' in reply && reply.failure === 'timeout') await this.close();
    signal.throwIfAborted();
    return reply;
  }

  async #start(signal: AbortSignal): Promise<ChildProcess> {
    const child = fork(ENTRY, [String(this.#busyTimeout)], {
      execPath: process.execPath,
      execArgv: ['--no-warnings'],
      // Its own standard streams stay closed: what it has to say goes through the channel.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // Nothing of ours but where temporary files go: secrets in the environment are none of its business.
      env: process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR },
    });
    this.#child = child;
    const ready = await settle(child, 0, START_LIMIT, signal, () => {});
    // Waiting for an answer keeps us alive through its timer; an idle process must not.
    child.unref();
    child.channel?.unref();
    if ('failure' in ready) {
      await this.close();
      signal.throwIfAborted();
      throw new PitwallError('SQLITE_QUERY_PROCESS', { reason: ready.why });
    }
    return child;
  }
}

/** The message with that id, or why there is none. Always takes its listeners away again. */
function settle<T extends QueryAnswer>(
  child: ChildProcess,
  id: number,
  limit: number,
  signal: AbortSignal,
  send: (failed: (error: Error) => void) => void,
): Promise<Answered<T>> {
  return new Promise((resolve) => {
    const finish = (result: Answered<T>) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      resolve(result);
    };
    const onMessage = (message: unknown) => {
      const { id: of, answer } = message as { id: number; answer: QueryAnswer };
      if (of !== id) return;
      if (answer?.kind === 'error') finish({ failure: 'error', why: answer.message, errcode: answer.errcode });
      else finish({ answer: answer as T });
    };
    const onExit = (code: number | null, by: string | null) =>
      finish({ failure: 'error', why: `the query process ended (${by ?? `exit ${code}`})` });
    const onError = (error: Error) => finish({ failure: 'error', why: error.message });
    const onAbort = () => finish({ failure: 'timeout', why: 'interrupted' });
    const timer = setTimeout(
      () => finish({ failure: 'timeout', why: `it gave no answer within ${Number(limit.toFixed(1))} s` }),
      limit * 1000,
    );
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else send(onError);
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill('SIGKILL');
  await gone;
}

/** Values of SQLite as JSON: integers that fit become numbers, others text; blobs only say how long they are. */
export function jsonOf(value: SqlValue | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value instanceof Uint8Array ? `blob of ${value.length} bytes` : value;
}
