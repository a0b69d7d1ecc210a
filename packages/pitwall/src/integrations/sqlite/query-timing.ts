import type { Labels, Sample } from '../../model/observation.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { SqliteConnection } from './connection.ts';
import type { QueryParameters } from './options.ts';
import type { PlanRow } from './query-protocol.ts';

export interface Query {
  readonly sql: string;
  readonly params: readonly QueryParameters[];
}

export interface Timing {
  /** Nanoseconds of each run that counts. */
  readonly durations: readonly number[];
  readonly plan: readonly PlanRow[];
  readonly rows: number;
}

export type TimingResult = { readonly timing: Timing } | { readonly refused: string } | { readonly unanswered: string };

/** Seconds beyond the budget for which a run that has begun may go on. */
interface Effort {
  readonly runs: { readonly least: number; readonly most: number };
  readonly budgetSeconds: number;
  readonly timeoutSeconds: number;
}

/**
 * Times a query on the live file, read-only. The first run finds out what it costs and fills our page cache: it counts only
 * when it used up the budget, so that what is reported is how the query runs in an application that asks it often.
 */
export async function timeQuery(
  connection: SqliteConnection,
  query: Query,
  effort: Effort,
  signal: AbortSignal,
): Promise<TimingResult> {
  const databases = [connection.path];
  const first = await connection
    .runner()
    .time({ databases, ...query, rounds: { least: 1, most: 1 }, budgetSeconds: 0 }, effort.timeoutSeconds, signal);
  if ('failure' in first) return { unanswered: first.why };
  const { refused, plans, durations, rows } = first.answer;
  if (refused !== null) return { refused };
  const plan = plans[0] ?? [];
  const spent = (durations[0]?.[0] ?? 0) / 1e9;
  if (spent >= effort.budgetSeconds) return { timing: { durations: durations[0]!, plan, rows } };
  const more = await connection
    .runner()
    .time(
      { databases, ...query, rounds: effort.runs, budgetSeconds: effort.budgetSeconds - spent },
      effort.budgetSeconds + effort.timeoutSeconds,
      signal,
    );
  if ('failure' in more) return { unanswered: more.why };
  return { timing: { durations: more.answer.durations[0] ?? [], plan, rows: more.answer.rows } };
}

export function durationSample(labels: Labels, at: number, durations: readonly number[]): Sample {
  const histogram = new Histogram();
  for (const duration of durations) histogram.record(duration);
  return { name: 'sqlite.query.duration', labels, at, value: histogram.toDistribution() };
}
