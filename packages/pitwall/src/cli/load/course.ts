import { peakUsersOf } from '../../engine/load-options.ts';
import type { LoadOptions, LoadResult } from '../../model/load.ts';
import { countOf, formatDuration, formatNumber } from '../../report/format.ts';

/** What a load is to do, for those who watch it. */
export interface LoadCourse {
  /** Whether an iteration has several requests. */
  readonly flows: boolean;
  /** How many loads it is, one after the other: endpoints, or flows of a scenario. Otherwise 1. */
  readonly parts: number;
  readonly partsAre: 'endpoint' | 'flow';
  /** Iterations after which all of it is over; null: when its time is. */
  readonly count: number | null;
  /** The most users at a time, where their number changes; else null. */
  readonly peakUsers: number | null;
}

/** `each`: every endpoint, or flow, is loaded by itself. */
export function loadCourse(options: LoadOptions, each: boolean): LoadCourse {
  const { scenario, endpoints, iterations } = options;
  const parts = each ? (scenario?.flows ?? endpoints).length : 1;
  return {
    flows: scenario?.flows.some(({ steps }) => steps.length > 1) ?? false,
    parts,
    partsAre: scenario ? 'flow' : 'endpoint',
    count: iterations === undefined ? null : iterations * parts,
    peakUsers: peakUsersOf(options),
  };
}

/** `50 requests`. */
export const countText = (count: number, { flows }: Pick<LoadCourse, 'flows'>): string =>
  countOf(count, flows ? 'iteration' : 'request');

/** `4 endpoints`. */
export const partsText = ({ parts, partsAre }: LoadCourse): string => countOf(parts, partsAre);

/** What to say of a load whose time was over before its iterations were; null when they were done, or something else ended it. */
export function unfinishedText({ count, flows }: LoadCourse, result: LoadResult): string | null {
  const done = result.iterations?.started ?? result.sent;
  if (count === null || result.endedBy !== 'plan' || done >= count) return null;
  const was = flows ? 'begun' : 'sent';
  return `The time was over first: ${formatNumber(done)} of ${countText(count, { flows })} were ${was} within ${formatDuration(result.duration)}.`;
}
