import type { LatencySummary, LoadResult, StepResult } from '../../../model/load.ts';
import { knownOf } from '../../../stats/enough.ts';
import { formatDuration, NOTHING } from '../../format.ts';

/** Kinds of errors that no answer has come with. */
const UNANSWERED: readonly string[] = ['timeout', 'connect', 'reset', 'protocol', 'template'];

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The latencies of a load or of one of its steps as they may be said: percentiles of too few requests are NaN (stats/enough.ts). */
export function knownLatency(part: LoadResult | StepResult): StepResult['latency'] {
  const steps = 'steps' in part ? part.steps : [part];
  const { response, service, slip, firstByte, server, database } = part.latency;
  const counted = (kind: keyof StepResult['distributions']): number =>
    total(steps.map(({ distributions }) => distributions[kind].count));
  const unanswered = total(UNANSWERED.map((kind) => part.errors[kind] ?? 0));
  const answered = Math.min(counted('service'), part.sent - unanswered);
  // Reports of earlier versions do not say how many answers said what they took: at most all of them.
  const said = (kind: 'server' | 'database'): number => total(steps.map((step) => step.said?.[kind] ?? step.ok));
  return {
    response: knownOf(response, counted('response')),
    service: knownOf(service, counted('service')),
    slip: knownOf(slip, counted('slip')),
    firstByte: knownOf(firstByte, answered),
    ...(server ? { server: knownOf(server, said('server')) } : {}),
    ...(database ? { database: knownOf(database, said('database')) } : {}),
  };
}

/** `p50 105 µs, p99 210 µs, max 240 µs`, without what `count` measurements cannot bear; a dash when nothing is known. */
export function spreadText(summary: LatencySummary, count: number): string {
  const known = knownOf(summary, count);
  const parts = (['p50', 'p99', 'max'] as const).filter((name) => Number.isFinite(known[name]));
  return parts.map((name) => `${name} ${formatDuration(known[name])}`).join(', ') || NOTHING;
}
