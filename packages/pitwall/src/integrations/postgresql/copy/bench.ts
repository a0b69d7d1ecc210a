import { createHash } from 'node:crypto';
import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import { whyNotRun } from '../side-effects.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import type { BuiltIndexes } from './built-indexes.ts';

/** Seconds for one run of one statement, and after which a comparison makes no more rounds than an interval needs. */
const RUN_LIMIT = 10;
const COMPARISON_LIMIT = 90;
const FEWEST_ROUNDS = 6;

/** Seconds of a run beside which reading the catalogue is nothing. */
const SHORT = 0.05;

/** Rounds of a statement whose plans are the same with every set: there is nothing to compare. */
const SAME_PLAN_ROUNDS = 2;

/**
 * Seconds of planning for an index more on a table, and what runs of some tens of microseconds differ by: measured on PostgreSQL 15,
 * a row by its key takes 30 to 60 µs with its planning, and 3 to 6 more for each index of the table.
 */
const SLACK = 20e-6;

/** What is known of one set in a comparison, by statement: seconds of its runs, and the plan of each call. */
interface Turn {
  readonly runs: Map<string, readonly number[]>;
  readonly plans: Map<string, readonly string[]>;
}

interface Call {
  readonly text: string;
  readonly params: readonly unknown[];
}

/**
 * Runs statements on a copy as the server's executor does, timed by the server itself, so that nothing but its own work counts.
 * Writes are rolled back. Sets of indexes take turns within each round, in an order that changes. A read that is planned alike
 * with two sets is run once for both.
 */
export class CopyBench implements Bench {
  readonly slack = SLACK;
  readonly #indexes: BuiltIndexes;
  readonly #statements: ReadonlyMap<string, PlannedStatement>;
  readonly #signal: AbortSignal;
  readonly #calls = new Map<string, readonly Call[]>();
  readonly #failures = new Map<string, string>();

  constructor(indexes: BuiltIndexes, statements: readonly PlannedStatement[], signal: AbortSignal) {
    this.#indexes = indexes;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#signal = signal;
  }

  /** Why statements were not run, by id. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  async measure(indexes: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    return (await this.compare([indexes], statements, rounds))[0]!;
  }

  async compare(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]> {
    await this.#indexes.build(sets.flat());
    const turns = sets.map((): Turn => ({ runs: new Map(), plans: new Map() }));
    for (const [at, turn] of turns.entries()) {
      await this.#indexes.within(sets[at]!, () => this.#findPlans(statements, turn));
    }
    const until = performance.now() + COMPARISON_LIMIT * 1000;
    const order = sets.map((_, i) => i);
    const isSame = (id: string) =>
      turns.length > 1 && new Set(turns.map(({ plans }) => plans.get(id)?.join())).size === 1;
    const same = new Set(statements.filter((id) => turns[0]!.plans.has(id) && isSame(id)));
    for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < until); round++) {
      /** Runs of this round, by statement and plan: what is planned alike takes the same time, whatever else exists. */
      const shared = new Map<string, number>();
      for (const at of round % 2 === 0 ? order : order.toReversed()) {
        await this.#indexes.within(sets[at]!, () => this.#round(statements, { round, same, shared }, turns[at]!));
      }
    }
    return sets.map((set, at) => ({
      seconds: new Map(statements.map((id) => [id, this.#median(id, turns[at]!.runs.get(id))])),
      samples: turns[at]!.runs,
      bytes: new Map(set.flatMap((spec) => bytesOf(spec, this.#indexes))),
    }));
  }

  /** How the set has its reads planned. Writes have none: what they cost is not in their plans. */
  async #findPlans(statements: readonly string[], { plans }: Turn): Promise<void> {
    for (const id of statements) {
      this.#signal.throwIfAborted();
      const own: string[] = [];
      for (const { text, params } of await this.#callsOf(id)) {
        const plan = await this.#alone(() => this.#plan('COSTS off, ', text, params));
        const told = JSON.stringify(plan);
        if (told.includes('"ModifyTable"')) break;
        own.push(createHash('sha256').update(told).digest('base64'));
      }
      if (own.length > 0 && own.length === this.#calls.get(id)!.length) plans.set(id, own);
    }
  }

  async #round(
    statements: readonly string[],
    { round, same, shared }: { round: number; same: ReadonlySet<string>; shared: Map<string, number> },
    { runs, plans }: Turn,
  ): Promise<void> {
    for (const id of statements) {
      this.#signal.throwIfAborted();
      const calls = await this.#callsOf(id);
      const call = calls[round % calls.length];
      if (call === undefined || this.#failures.has(id)) continue;
      const before = runs.get(id) ?? [];
      const plan = plans.get(id)?.[round % calls.length];
      const name = `${id} ${plan}`;
      const enough = Math.max(SAME_PLAN_ROUNDS, calls.length);
      const known = same.has(id) && round >= enough ? before[round % enough] : plan && shared.get(name);
      const run = typeof known === 'number' ? known : await this.#timed(call, (before.at(-1) ?? 0) < SHORT);
      if (typeof run === 'string') {
        this.#failures.set(id, run);
        continue;
      }
      shared.set(name, run);
      runs.set(id, [...before, run]);
    }
  }

  /** Whoever dropped an index reads the catalogue anew: that is not what is measured. It matters to short statements only. */
  async #timed(call: Call, isShort: boolean): Promise<number | string> {
    if (isShort) await this.#alone(() => this.#run(call));
    return this.#alone(() => this.#run(call));
  }

  /** Of one that failed anywhere nothing is told: runs that are missing on one side would compare other calls. */
  #median(id: string, seconds: readonly number[] | undefined): number | null {
    return this.#failures.has(id) || seconds === undefined || seconds.length === 0 ? null : median(seconds);
  }

  async #callsOf(id: string): Promise<readonly Call[]> {
    return this.#calls.get(id) ?? (await this.#findCalls(id));
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
    }
    if (calls.length === 0) this.#failures.set(id, why);
    this.#calls.set(id, calls);
    return calls;
  }

  async #refusal({ text, params }: Call): Promise<string | null> {
    const [plan] = await this.#plan('VERBOSE, ', text, params);
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
    const sql = `EXPLAIN /* pitwall */ (${options}FORMAT JSON) ${text}`;
    const asked = { text: sql, values: [...params], queryMode: 'extended' };
    const { rows } = await this.#indexes.client.query<{ 'QUERY PLAN': Record<string, unknown>[] }>(asked as never);
    return rows[0]!['QUERY PLAN'];
  }

  /** What it did, or why it failed; taken back either way. */
  async #alone<T>(work: () => Promise<T>): Promise<T | string> {
    const { client } = this.#indexes;
    await client.query('SAVEPOINT pitwall');
    await client.query(`SET LOCAL statement_timeout = '${RUN_LIMIT}s'`);
    try {
      return await work();
    } catch (error) {
      if (!('severity' in (error as object))) throw error;
      return (error as Error).message;
    } finally {
      await client.query('ROLLBACK TO SAVEPOINT pitwall');
    }
  }
}

function bytesOf(spec: IndexSpec, indexes: BuiltIndexes): [string, number][] {
  const built = indexes.of(spec);
  return built === null ? [] : [[keyOf(spec), built.bytes]];
}
