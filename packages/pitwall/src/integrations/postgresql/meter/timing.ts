import { z } from 'zod';
import { PitwallError } from '../../../errors.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { Sample } from '../../../model/observation.ts';
import { Histogram } from '../../../stats/histogram.ts';
import type { PostgresqlConnection } from '../connection.ts';

/** Runs that a block should have, so that its median is not one run's luck. */
const LEAST_RUNS = 3;
const MOST_RUNS = 50;
/** Seconds: so quick a statement always runs `LEAST_RUNS` times, whatever those before it took. */
const LEAST_BUDGET = 0.05;

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A statement to time, from a plan file that anyone may have edited: it is only ever run where it cannot write. */
export const timedStatement = z.strictObject({
  /** Of the workload; becomes the label `statement`. */
  statement: z.string().min(1).max(300),
  text: z.string().min(1).max(1_000_000),
  /** Sets of values by position, run in turn. */
  params: z.array(z.array(value).max(1000)).max(100),
});

/** A statement of the workload, with real calls of it. */
export interface StatementRuns {
  readonly statement: string;
  /** Run in turn; none: it has no sample. */
  readonly runs: readonly { readonly text: string; readonly params: readonly unknown[] }[];
}

export function runsOf({ statement, text, params }: z.infer<typeof timedStatement>): StatementRuns {
  return { statement, runs: (params.length === 0 ? [[]] : params).map((set) => ({ text, params: set })) };
}

/**
 * Times of reading statements, in seconds of execution as the server counts them, each with its part of the budget. The first
 * run never counts: it brings the pages into the cache, which the one after a change would otherwise gain from alone. What
 * might write, or fails, has no sample.
 */
export async function statementTimes(
  connection: PostgresqlConnection,
  statements: readonly StatementRuns[],
  budgetSeconds: number,
  context: CollectContext,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const until = performance.now() + budgetSeconds * 1000;
  for (const [index, statement] of statements.entries()) {
    // What quick statements leave of their part is for those after them.
    const left = Math.max(0, until - performance.now()) / 1000 / (statements.length - index);
    const histogram = await timesOf(connection, statement, Math.max(LEAST_BUDGET, left), context.signal);
    if (histogram === null) continue;
    const labels = { statement: statement.statement };
    const distribution = histogram.toDistribution();
    samples.push({ name: 'postgresql.statement.duration', labels, at: context.environment.now(), value: distribution });
  }
  return samples;
}

/** Nanoseconds. Null: it has none. */
async function timesOf(
  connection: PostgresqlConnection,
  { runs: sets }: StatementRuns,
  budgetSeconds: number,
  signal: AbortSignal,
): Promise<Histogram | null> {
  const histogram = new Histogram();
  if (sets.length === 0) return null;
  const startedAt = performance.now();
  const spent = () => (performance.now() - startedAt) / 1000;
  try {
    return await connection.analyse(async (session) => {
      const once = async (run: number): Promise<number | null> => {
        const { text, params } = sets[run % sets.length]!;
        const { json, ran } = await session.explain(text, params, { run: true, generic: false, bare: true });
        return ran ? Number(json['Execution Time']) * 1e6 : null;
      };
      const turns = Math.ceil(LEAST_RUNS / sets.length) * sets.length;
      // Each set of values has pages of its own.
      for (let run = 0; run < sets.length; run++) if ((await once(run)) === null) return null;
      // Whole turns: all sets count alike, in each block.
      for (let run = 0; run < MOST_RUNS || run < turns; run++) {
        if (run >= turns && run % sets.length === 0 && spent() >= budgetSeconds) break;
        histogram.record((await once(run)) ?? Number.NaN);
      }
      return histogram;
    }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PitwallError)) throw error;
    if (error.code !== 'POSTGRESQL_SLOW') return null;
    // As a request does, it counts with the time after which it was given up: or the slowest would be the one without a time.
    const slow = new Histogram();
    slow.record(spent() * 1e9);
    return slow;
  }
}
