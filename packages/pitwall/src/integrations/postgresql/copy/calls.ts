import { createHash } from 'node:crypto';
import { median } from '../../../stats/quantile.ts';
import { withCasts } from '../parse/typed-parameters.ts';
import { whyNotRun } from '../side-effects.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import type { BuiltIndexes } from './built-indexes.ts';
import { whyTooLarge } from './large-write.ts';

/**
 * Seconds for one run of one call. One that takes longer counts as so long, so that what is given up is still worth an index;
 * with new indexes it is given up after so many times what it took without them: it need not be known any better.
 */
const RUN_LIMIT = 15;
const SLOWER = 2;
const GIVEN_UP = 0.5;
/** Where another set makes it so much quicker, this many seconds say enough: it takes that at least. */
const SAYS_ENOUGH = 5;
const QUICKER = 20;

/** Calls of a statement that are run: a pass over them is one measurement of it. */
const MOST_CALLS = 6;

/** Seconds of a run beside which reading the catalogue is nothing. */
const SHORT = 0.05;
/** Below this many seconds a run is made so often. */
const SHORTEST = 0.001;
const REPEATS = 5;

/** SQLSTATE query_canceled: statement_timeout, as nobody else cancels what runs on a copy of ours. */
const TIMEOUT = '57014';

interface Call {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** One call of a statement, and how it is planned: null for what writes, whose cost is not in its plan. */
export interface CallRun {
  readonly id: string;
  /** Its place among the statement's calls. */
  readonly at: number;
  readonly plan: string | null;
  /** Number of the set of indexes that is there; 0: none but what exists. */
  readonly set: number;
}

/** Runs calls of statements on a copy as the server's executor does, timed by the server itself. Writes are rolled back. */
export class CopyCalls {
  readonly #indexes: BuiltIndexes;
  readonly #statements: ReadonlyMap<string, PlannedStatement>;
  readonly #signal: AbortSignal;
  readonly #calls = new Map<string, readonly Call[]>();
  readonly #failures = new Map<string, string>();
  /** Statements that write. */
  readonly #writes = new Set<string>();
  /** Hash of a plan by statement, call and set. */
  readonly #plans = new Map<string, string>();
  /** Seconds that a call takes without new indexes, by statement and call. */
  readonly #without = new Map<string, number>();
  /** And the least that it took with any set. */
  readonly #quickest = new Map<string, number>();
  /** Calls that were given up: the seconds that they were given. */
  readonly #givenUp = new Map<string, number>();

  constructor(indexes: BuiltIndexes, statements: readonly PlannedStatement[], signal: AbortSignal) {
    this.#indexes = indexes;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#signal = signal;
  }

  /** Why statements are not run, by id. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** Nothing is told of it from now on: runs that are missing on one side would compare other calls. */
  fail(id: string, why: string): void {
    this.#failures.set(id, why);
  }

  /** How many calls of it may be run; 0: see `failures`. */
  async countOf(id: string): Promise<number> {
    return (this.#calls.get(id) ?? (await this.#findCalls(id))).length;
  }

  /** Runs no more than the first so many calls of it from now on. */
  keepFirst(id: string, count: number): void {
    this.#calls.set(id, this.#calls.get(id)!.slice(0, count));
  }

  /** How a call is planned with the set, which has to be there; null for what writes. */
  async planOf(id: string, at: number, set: number): Promise<string | null> {
    if (this.#writes.has(id)) return null;
    const name = `${id} ${at} ${set}`;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    this.#signal.throwIfAborted();
    const { text, params } = this.#calls.get(id)![at]!;
    const told = JSON.stringify(await this.#alone(() => this.#plan('COSTS off, ', text, params)));
    if (told.includes('"ModifyTable"')) {
      this.#writes.add(id);
      return null;
    }
    const plan = createHash('sha256').update(told).digest('base64');
    this.#plans.set(name, plan);
    return plan;
  }

  /**
   * Seconds of a run, or what the call was given where it takes longer; null where it failed, which is noted.
   * @param last seconds of its run before; null: there was none
   */
  async once(run: CallRun, last: number | null): Promise<number | null> {
    this.#signal.throwIfAborted();
    const name = nameOf(run);
    const given = this.#givenUp.get(name);
    if (given !== undefined) return given;
    const call = `${run.id} ${run.at}`;
    const limit = this.#limitOf(call);
    const timed = await this.#timed(this.#calls.get(run.id)![run.at]!, (last ?? 0) < SHORT, limit);
    if (timed === 'timeout') this.#givenUp.set(name, limit);
    else if (typeof timed === 'string') {
      this.#failures.set(run.id, timed);
      return null;
    }
    const seconds = timed === 'timeout' ? limit : timed;
    if (run.set === 0) this.#without.set(call, seconds);
    this.#quickest.set(call, Math.min(seconds, this.#quickest.get(call) ?? Number.POSITIVE_INFINITY));
    return seconds;
  }

  /** Seconds that a call is given. */
  #limitOf(call: string): number {
    const without = this.#without.get(call) ?? RUN_LIMIT;
    const quickest = this.#quickest.get(call) ?? RUN_LIMIT;
    return Math.min(RUN_LIMIT, Math.max(GIVEN_UP, SLOWER * without), Math.max(SAYS_ENOUGH, QUICKER * quickest));
  }

  /** Whether its time is the limit at which it was given up: it takes as long at least. */
  isGivenUp(run: CallRun): boolean {
    return this.#givenUp.has(nameOf(run));
  }

  /**
   * Whoever dropped an index reads the catalogue anew: that is not what is measured, and matters to short statements only. The
   * shortest are run several times, because one stall is as long as they are: their middle run counts.
   */
  async #timed(call: Call, isShort: boolean, limit: number): Promise<number | string> {
    const once = () => this.#alone(() => this.#run(call), limit);
    const warm = isShort ? await once() : null;
    if (typeof warm === 'string' || (warm !== null && warm >= SHORT)) return warm;
    const first = await once();
    if (typeof first === 'string' || first >= SHORTEST) return first;
    const runs = [first];
    while (runs.length < REPEATS) {
      const run = await once();
      if (typeof run === 'string') return run;
      runs.push(run);
    }
    return median(runs);
  }

  /** Calls that may be run: those whose values are known, and that do nothing that a roll-back does not take back. */
  async #findCalls(id: string): Promise<readonly Call[]> {
    const statement = this.#statements.get(id);
    const plain = statement !== undefined && !/\$\d/.test(statement.text) ? [{ text: statement.text, params: [] }] : [];
    const candidates = statement === undefined ? [] : [...(statement.samples.length > 0 ? statement.samples : plain)];
    const calls: Call[] = [];
    let why = 'no call of it with its values is known';
    for (const call of candidates) {
      const refused = await this.#alone(() => this.#refusal(call));
      if (refused === null) calls.push(call);
      else why = refused;
      if (calls.length === MOST_CALLS) break;
    }
    if (calls.length === 0) this.#failures.set(id, why);
    this.#calls.set(id, calls);
    return calls;
  }

  async #refusal({ text, params }: Call): Promise<string | null> {
    const [plan] = await this.#plan('VERBOSE, ', text, params);
    const tooLarge = whyTooLarge(plan!);
    if (tooLarge !== null) return tooLarge;
    return whyNotRun(
      plan!,
      text,
      async (sql, values) => (await this.#indexes.client.query<Record<string, unknown>>(sql, [...values])).rows,
      true,
    );
  }

  async #run({ text, params }: Call): Promise<number> {
    const [plan] = await this.#plan('ANALYZE, TIMING OFF, ', text, params);
    return (Number(plan!['Planning Time']) + Number(plan!['Execution Time'])) / 1000;
  }

  async #plan(options: string, text: string, params: readonly unknown[]) {
    const sql = `EXPLAIN /* pitwall */ (${options}FORMAT JSON) ${withCasts(text)}`;
    const asked = { text: sql, values: [...params], queryMode: 'extended' };
    const { rows } = await this.#indexes.client.query<{ 'QUERY PLAN': Record<string, unknown>[] }>(asked as never);
    return rows[0]!['QUERY PLAN'];
  }

  /** What it did, `timeout`, or why it failed; taken back either way. @param limit seconds */
  async #alone<T>(work: () => Promise<T>, limit = RUN_LIMIT): Promise<T | string> {
    const { client } = this.#indexes;
    await client.query('SAVEPOINT pitwall');
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(limit * 1000)}`);
    const startedAt = performance.now();
    try {
      return await work();
    } catch (error) {
      if (!('severity' in (error as object))) throw error;
      return (error as { code?: string }).code === TIMEOUT ? 'timeout' : (error as Error).message;
    } finally {
      await client.query('ROLLBACK TO SAVEPOINT pitwall');
      await this.#indexes.rest((performance.now() - startedAt) / 1000);
    }
  }
}

/** What is planned alike takes the same time, whatever set is there. */
function nameOf({ id, at, plan, set }: CallRun): string {
  return `${id} ${at} ${plan ?? set}`;
}
