import type { Labels, Sample } from '../../model/observation.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { SqliteConnection } from './connection.ts';
import type { QueryParameters } from './options.ts';
import type { PlanRow } from './query-protocol.ts';
import type { Answered } from './query-runner.ts';

export interface Query {
  readonly sql: string;
  readonly params: readonly QueryParameters[];
}

interface Timing {
  /** Nanoseconds of each run that counts. */
  readonly durations: readonly number[];
  readonly plan: readonly PlanRow[];
  readonly rows: number;
}

export type TimingResult =
  | { readonly timing: Timing }
  | { readonly refused: string }
  /** The engine had something against it: a mistake, a lock, damage. */
  | { readonly failed: string; readonly errcode: number | null }
  /** Given up on after so many seconds. */
  | { readonly unanswered: string; readonly afterSeconds: number; readonly plan: readonly PlanRow[] };

interface Effort {
  readonly runs: { readonly least: number; readonly most: number };
  readonly budgetSeconds: number;
  /**
   * Whether the first run counts when it alone used up the budget: a check wants to know at least that, and a comparison must
   * not compare a first run with later ones.
   */
  readonly firstCounts: boolean;
  /** A run is given up on after this time. */
  readonly timeoutSeconds: number;
}

/**
 * Times a query on the live file, read-only. The first run finds out what it costs and fills our page cache: it counts at
 * most when it used up the budget, so that what is reported is how the query runs in an application that asks it often.
 */
export async function timeQuery(
  connection: SqliteConnection,
  query: Query,
  effort: Effort,
  signal: AbortSignal,
): Promise<TimingResult> {
  const run = (least: number, most: number, budgetSeconds: number, limit: number) =>
    connection
      .runner()
      .time({ databases: [connection.path], ...query, rounds: { least, most }, budgetSeconds }, limit, signal);
  const explained = await run(0, 0, 0, effort.timeoutSeconds);
  if ('failure' in explained) return { failed: explained.why, errcode: explained.errcode ?? null };
  if (explained.answer.refused !== null) return { refused: explained.answer.refused };
  const plan = explained.answer.plans[0] ?? [];
  const giveUp = ({ failure, why, errcode = null }: Extract<Answered<never>, { failure: string }>): TimingResult =>
    failure === 'error' ? { failed: why, errcode } : { unanswered: why, afterSeconds: effort.timeoutSeconds, plan };

  const first = await run(1, 1, 0, effort.timeoutSeconds);
  if ('failure' in first) return giveUp(first);
  const spent = (first.answer.durations[0]?.[0] ?? 0) / 1e9;
  const late = spent >= effort.budgetSeconds;
  if (late && effort.firstCounts) {
    return { timing: { durations: first.answer.durations[0] ?? [], plan, rows: first.answer.rows } };
  }
  const { least, most } = late ? { least: 1, most: 1 } : effort.runs;
  const left = Math.max(0, effort.budgetSeconds - spent);
  const more = await run(least, most, left, left + effort.timeoutSeconds);
  if ('failure' in more) return giveUp(more);
  return { timing: { durations: more.answer.durations[0] ?? [], plan, rows: more.answer.rows } };
}

/**
 * The sample of a query's times. One without an answer counts with the time after which it was given up on, as a request
 * does: otherwise the slowest query would be the only one without a time. Null when there is none.
 */
export function timingSample(query: string, at: number, result: TimingResult): Sample | null {
  const durations = durationsOf(result);
  return durations && durationSample('sqlite.query.duration', { query }, at, durations);
}

/** Nanoseconds of each run that counts: of one without an answer the time after which it was given up on. Null: none. */
export function durationsOf(result: TimingResult): readonly number[] | null {
  if ('timing' in result) return result.timing.durations;
  return 'unanswered' in result ? [result.afterSeconds * 1e9] : null;
}

/** @param durations nanoseconds */
export function durationSample(name: string, labels: Labels, at: number, durations: readonly number[]): Sample {
  const histogram = new Histogram();
  for (const duration of durations) histogram.record(duration);
  return { name, labels, at, value: histogram.toDistribution() };
}
