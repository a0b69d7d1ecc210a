/** Times statements on copies: interleaved over the peers, in rounds. */
import { median } from '../table.ts';
import type { BenchStatement, Copy } from './types.ts';

/** Short statements are run again until they took so long together, or so often: one run of them says little. Seconds. */
const ENOUGH = 0.02;
const REPEATS = 60;
/** Above this a run before the first, to warm caches, is not worth its time. Seconds. */
const LONG = 2;
/** Writes of one round: as many with each peer, so that their data stay alike. */
const WRITES = 20;

/** A copy with the indexes of one peer, or of several with the same. */
export interface Contestant {
  readonly name: string;
  readonly copy: Copy;
}

/** Seconds of one call, by contestant, by statement: one number a round. */
export type Rounds = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * Runs every statement with every contestant, `rounds` times. Contestants take turns statement by statement, beginning with
 * another one each round, so that what disturbs the machine disturbs all of them. Each round has sessions of its own: where a
 * process happens to have its memory makes the same plan some per cent slower for as long as it lives.
 * @param told after each round
 */
export async function measureRounds(
  contestants: readonly Contestant[],
  statements: readonly BenchStatement[],
  cap: number,
  rounds: number,
  told: (round: number) => void = () => {},
): Promise<Rounds> {
  const times = new Map(
    contestants.map(({ name }) => [name, new Map(statements.map((statement) => [statement.name, [] as number[]]))]),
  );
  /** Parameter sets that were given up: they would be again. */
  const hopeless = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const { copy } of contestants) await copy.release();
    for (const statement of statements) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const { name, copy } = contestants[(turn + round) % contestants.length]!;
        const seconds =
          statement.kind === 'select'
            ? await timeReads(copy, statement, cap, hopeless, name)
            : await timeWrites(copy, statement, cap, round);
        times.get(name)!.get(statement.name)!.push(seconds);
      }
    }
    told(round + 1);
  }
  return times;
}

/** Mean over the sets of values, each the median of its repeats; what was given up counts as the cap. */
async function timeReads(
  copy: Copy,
  { name, text, params }: BenchStatement,
  cap: number,
  hopeless: Set<string>,
  contestant: string,
): Promise<number> {
  let sum = 0;
  for (const [i, values] of params.entries()) {
    const key = `${contestant} ${name} ${i}`;
    sum += hopeless.has(key) ? cap : await timeRead(copy, text, values, cap, () => hopeless.add(key));
  }
  return sum / params.length;
}

async function timeRead(
  copy: Copy,
  text: string,
  values: BenchStatement['params'][number],
  cap: number,
  givenUp: () => void,
): Promise<number> {
  const run = async (): Promise<number> => {
    const seconds = await copy.run(text, values, cap);
    if (seconds === null) givenUp();
    return seconds ?? cap;
  };
  const warm = await run();
  if (warm >= LONG) return warm;
  const times: number[] = [];
  for (let all = 0; times.length === 0 || (all < ENOUGH && times.length < REPEATS); ) {
    const seconds = await run();
    all += seconds;
    times.push(seconds);
  }
  return median(times);
}

async function timeWrites(copy: Copy, { text, params }: BenchStatement, cap: number, round: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < Math.min(WRITES, params.length); i++) {
    const values = params[(round * WRITES + i) % params.length]!;
    times.push((await copy.run(text, values, cap)) ?? cap);
  }
  return median(times);
}

/** Seconds of the workload's hour in each round: each statement's time by its calls. */
export function workloadRounds(
  times: ReadonlyMap<string, readonly number[]>,
  statements: readonly BenchStatement[],
  of: (statement: BenchStatement) => boolean = () => true,
): number[] {
  const rounds = Math.max(0, ...[...times.values()].map((values) => values.length));
  return Array.from({ length: rounds }, (_, round) =>
    statements.filter(of).reduce((sum, { name, calls }) => sum + calls * times.get(name)![round]!, 0),
  );
}

/** Median of a ÷ b, round by round: both were measured in the same minutes. */
export function pairedRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, i) => value / b[i]!));
}

/**
 * Slower by more than `tolerance` than before: the median of the rounds' ratios is, and every round has it slower (of five and
 * more: all but one), because a difference that comes and goes is the machine's.
 */
export function slower(after: readonly number[], before: readonly number[], tolerance: number): boolean {
  const ratios = after.map((value, i) => value / before[i]!).sort((a, b) => a - b);
  return median(ratios) > 1 + tolerance && ratios[ratios.length >= 5 ? 1 : 0]! > 1;
}
