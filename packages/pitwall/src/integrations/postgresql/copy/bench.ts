import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import { whyNotRun } from '../side-effects.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import type { BuiltIndexes } from './built-indexes.ts';

/** Seconds for one run of one statement, and for all that one comparison does. */
const RUN_LIMIT = 10;
const COMPARISON_LIMIT = 120;

/** Seconds of a run beside which reading the catalogue is nothing. */
const SHORT = 0.05;

interface Call {
  readonly text: string;
  readonly params: readonly unknown[];
}

/**
 * Runs statements on a copy as the server's executor does, timed by the server itself, so that nothing but its own work counts.
 * Writes are rolled back. Sets of indexes take turns within each round, in an order that changes.
 */
export class CopyBench implements Bench {
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
    const runs = sets.map(() => new Map<string, number[]>());
    const until = performance.now() + COMPARISON_LIMIT * 1000;
    const order = sets.map((_, i) => i);
    for (let round = 0; round < rounds && (round < 2 || performance.now() < until); round++) {
      for (const at of round % 2 === 0 ? order : order.toReversed()) {
        await this.#indexes.within(sets[at]!, () => this.#round(statements, round, runs[at]!));
      }
    }
    return sets.map((set, at) => ({
      seconds: new Map(statements.map((id) => [id, this.#median(id, runs[at]!.get(id))])),
      samples: runs[at]!,
      bytes: new Map(set.flatMap((spec) => bytesOf(spec, this.#indexes))),
    }));
  }

  async #round(statements: readonly string[], round: number, into: Map<string, number[]>): Promise<void> {
    for (const id of statements) {
      this.#signal.throwIfAborted();
      if (this.#failures.has(id)) continue;
      const calls = this.#calls.get(id) ?? (await this.#findCalls(id));
      const call = calls[round % calls.length];
      if (call === undefined) continue;
      // Whoever dropped an index reads the catalogue anew: that is not what is measured. It matters to short statements only.
      const isShort = (into.get(id)?.at(-1) ?? 0) < SHORT;
      if (isShort) await this.#alone(() => this.#run(call));
      const run = await this.#alone(() => this.#run(call));
      if (typeof run === 'string') this.#failures.set(id, run);
      else into.set(id, [...(into.get(id) ?? []), run]);
    }
  }

  /** Of one that failed anywhere nothing is told: runs that are missing on one side would compare other calls. */
  #median(id: string, seconds: readonly number[] | undefined): number | null {
    return this.#failures.has(id) || seconds === undefined || seconds.length === 0 ? null : median(seconds);
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
