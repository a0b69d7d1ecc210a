import { mean, median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import type { BuiltIndexes } from './built-indexes.ts';
import { type CallRun, CopyCalls } from './calls.ts';

/** Seconds after which a comparison makes no more rounds than an interval needs. */
const COMPARISON_LIMIT = 90;
const FEWEST_ROUNDS = 6;
/** Seconds of a round of a statement, from where on it is made no more often than that. */
const ENOUGH_ROUND = 0.05;

/** Seconds after which a comparison begins no more runs, all that was measured before counted: what is missing then is said. */
const ALL_LIMIT = 420;
const OVER = `measuring may take ${ALL_LIMIT} s in all, and they were over`;

/** A run of so many seconds averages the machine's noise by itself: in the contest it is made once for each call. */
const LONG = 0.25;
/** Seconds without new indexes after which no further call of a statement is looked at: all of them would take too long. */
const ENOUGH = 2;
/** And in a comparison, where the sets differ by such a factor: what else the machine does never makes so much of it. */
const FAR_APART = 3;

/**
 * Seconds of planning for an index more on a table, and what runs of some tens of microseconds differ by: measured on PostgreSQL 15,
 * a row by its key takes 30 to 60 µs with its planning, and 3 to 6 more for each index of the table.
 */
const SLACK = 20e-6;

/** What a comparison knows of one set: of each statement how its calls are planned, and the seconds of each in each round. */
interface Turn {
  readonly set: readonly IndexSpec[];
  readonly plans: Map<string, readonly (string | null)[]>;
  readonly passes: Map<string, (readonly number[])[]>;
}

/**
 * Times statements on a copy. A round of a statement is one run of each of its calls, and its time their mean, because a workload
 * pays for the rare slow ones too. Sets of indexes take turns within each round, in an order that changes. A call that is planned
 * alike with two sets is run once for both.
 */
export class CopyBench implements Bench {
  readonly slack = SLACK;
  readonly #indexes: BuiltIndexes;
  readonly #calls: CopyCalls;
  /** Numbers of sets of indexes by what is in them. */
  readonly #sets = new Map<string, number>([['', 0]]);
  /** Seconds of runs by statement, call and plan. */
  readonly #runs = new Map<string, readonly number[]>();
  /** Rounds that were asked for, by statement and set. */
  readonly #asked = new Map<string, number>();
  readonly #until: number;

  /** @param limit seconds in which all comparisons have to be made */
  constructor(
    indexes: BuiltIndexes,
    statements: readonly PlannedStatement[],
    signal: AbortSignal,
    limit: number = ALL_LIMIT,
  ) {
    this.#until = performance.now() + limit * 1000;
    this.#indexes = indexes;
    this.#calls = new CopyCalls(indexes, statements, signal);
  }

  /** Why statements were not run, by id. */
  get failures(): ReadonlyMap<string, string> {
    return this.#calls.failures;
  }

  /** Reads whose plan was run before, with whatever set, are not run again: sets are told apart by what they change. */
  async measure(set: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    await this.#indexes.build(set);
    const turn: Turn = { set, plans: new Map(), passes: new Map() };
    await this.#indexes.within(set, async () => {
      for (const id of statements) await this.#contestRounds(id, turn, rounds);
    });
    return this.#measured(turn, statements);
  }

  async #contestRounds(id: string, { set, plans, passes }: Turn, rounds: number): Promise<void> {
    const number = this.#numberOf(set);
    // Whoever asks again wants more runs, not the same ones.
    const from = this.#asked.get(`${id} ${number}`) ?? 0;
    this.#asked.set(`${id} ${number}`, from + rounds);
    plans.set(id, await this.#plansOf(id, number));
    if (number === 0 && from === 0) await this.#fewerOf(id, plans);
    for (let round = from; round < from + rounds && plans.get(id)!.length > 0; round++) {
      const pass: number[] = [];
      for (const [at, plan] of plans.get(id)!.entries()) {
        const known = plan === null ? [] : (this.#runs.get(`${id} ${at} ${plan}`) ?? []);
        const run =
          known[round] ??
          (known[0] !== undefined && known[0] >= LONG ? known[0] : null) ??
          (await this.#calls.once({ id, at, plan, set: number }, passes.get(id)?.at(-1)?.[at] ?? null));
        if (run === null) return;
        if (plan !== null && known.length === round) this.#runs.set(`${id} ${at} ${plan}`, [...known, run]);
        pass.push(run);
      }
      passes.set(id, [...(passes.get(id) ?? []), pass]);
    }
  }

  /** Of a long statement only as many calls as there is time for. */
  async #fewerOf(id: string, plans: Turn['plans']): Promise<void> {
    let sum = 0;
    for (const [at, plan] of plans.get(id)!.entries()) {
      const run = await this.#calls.once({ id, at, plan, set: 0 }, null);
      if (run === null) return;
      if (plan !== null) this.#runs.set(`${id} ${at} ${plan}`, [run]);
      sum += run;
      if (sum < ENOUGH) continue;
      this.#calls.keepFirst(id, at + 1);
      plans.set(id, plans.get(id)!.slice(0, at + 1));
      return;
    }
  }

  async compare(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]> {
    await this.#indexes.build(sets.flat());
    await this.#indexes.keepOnly(sets.flat());
    const turns = sets.map((set): Turn => ({ set, plans: new Map(), passes: new Map() }));
    for (const { set, plans } of turns) {
      await this.#indexes.within(set, async () => {
        for (const id of statements) plans.set(id, await this.#plansOf(id, this.#numberOf(set)));
      });
    }
    const until = performance.now() + COMPARISON_LIMIT * 1000;
    for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < until); round++) {
      /** Runs of this round, by statement, call and plan. */
      const shared = new Map<string, number>();
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
        await this.#indexes.within(turn.set, async () => {
          for (const id of statements) {
            if (!this.failures.has(id)) await this.#round(id, turn, { round, turns, shared });
          }
        });
      }
    }
    return turns.map((turn) => this.#measured(turn, statements));
  }

  async #round(
    id: string,
    { set, plans, passes }: Turn,
    { round, turns, shared }: { round: number; turns: readonly Turn[]; shared: Map<string, number> },
  ): Promise<void> {
    const before = passes.get(id) ?? [];
    if (round >= FEWEST_ROUNDS && turns.every((turn) => mean(turn.passes.get(id)?.at(0) ?? []) >= ENOUGH_ROUND)) return;
    const pass: number[] = [];
    for (const [at, plan] of plans.get(id)!.entries()) {
      const name = `${id} ${at} ${plan}`;
      const isSame = plan !== null && turns.every((other) => other.plans.get(id)![at] === plan);
      // Where all sets are alike, what was timed before does: there is nothing to compare.
      const known =
        (isSame ? this.#runs.get(name)?.[0] : undefined) ??
        (areFarApart(id, at, turns) ? before[0]?.[at] : undefined) ??
        (plan === null ? undefined : shared.get(name));
      if (known === undefined && !isSame && performance.now() >= this.#until) {
        // With fewer pairs of runs nothing can be said of it.
        if (round < FEWEST_ROUNDS) this.#calls.fail(id, OVER);
        return;
      }
      const run = known ?? (await this.#calls.once(this.#callRun(id, at, plan, set), before.at(-1)?.[at] ?? null));
      if (run === null) return;
      if (plan !== null) shared.set(name, run);
      if (isSame && !this.#runs.has(name)) this.#runs.set(name, [run]);
      pass.push(run);
    }
    if (pass.length > 0) passes.set(id, [...before, pass]);
  }

  /** How calls are planned within the set, one after the other. */
  async #plansOf(id: string, set: number): Promise<readonly (string | null)[]> {
    const plans: (string | null)[] = [];
    const count = await this.#calls.countOf(id);
    for (let at = 0; at < count; at++) plans.push(await this.#calls.planOf(id, at, set));
    return plans;
  }

  #callRun(id: string, at: number, plan: string | null, set: readonly IndexSpec[]): CallRun {
    return { id, at, plan, set: this.#numberOf(set) };
  }

  /** A short name for a set of indexes; 0: nothing but what exists. */
  #numberOf(set: readonly IndexSpec[]): number {
    const name = set.map(keyOf).sort().join('\n');
    const number = this.#sets.get(name) ?? this.#sets.size;
    this.#sets.set(name, number);
    return number;
  }

  #measured({ set, plans, passes }: Turn, statements: readonly string[]): Measured {
    const known = statements.filter((id) => !this.failures.has(id) && passes.has(id));
    const samples = new Map(known.map((id) => [id, passes.get(id)!.map(mean)]));
    const isGivenUp = (id: string) =>
      plans.get(id)!.some((plan, at) => this.#calls.isGivenUp(this.#callRun(id, at, plan, set)));
    return {
      seconds: new Map(statements.map((id) => [id, samples.has(id) ? median(samples.get(id)!) : null])),
      samples,
      atLeast: new Set(known.filter(isGivenUp)),
      bytes: new Map(set.flatMap((spec) => bytesOf(spec, this.#indexes))),
    };
  }
}

/** A long call that differs by so much with the sets that more runs would say nothing new. */
function areFarApart(id: string, at: number, turns: readonly Turn[]): boolean {
  const firsts = turns.map(({ passes }) => passes.get(id)?.[0]?.[at]);
  if (turns.length < 2 || !firsts.every((run) => run !== undefined)) return false;
  return Math.max(...firsts) >= LONG && Math.max(...firsts) > FAR_APART * Math.min(...firsts);
}

function bytesOf(spec: IndexSpec, indexes: BuiltIndexes): [string, number][] {
  const built = indexes.of(spec);
  return built === null ? [] : [[keyOf(spec), built.bytes]];
}
