/**
 * Pressure stall information. We take the growth of `total` over our own window and ignore the kernel's averages, which
 * look back over 10 to 300 s that we did not measure.
 * Format: https://docs.kernel.org/accounting/psi.html
 */

import type { Gap, Sample } from '../../model/observation.ts';
import type { Reading } from './read.ts';
import { notMeasurable, readText } from './read.ts';
import type { Window } from './window.ts';
import { growth, sample } from './window.ts';

/** Seconds stalled since boot (or since the cgroup was made). */
export interface Pressure {
  /** At least one task waited for the resource. */
  readonly some: number;
  /** All tasks waited; null where the kernel does not write the line (CPU before 5.13). */
  readonly full: number | null;
}

/** Null when the text is not a pressure file. */
export function parsePressure(text: string): Pressure | null {
  const total = (kind: string): number | null => {
    const match = new RegExp(`^${kind} .*\\btotal=(\\d+)`, 'm').exec(text);
    return match ? Number(match[1]) / 1e6 : null;
  };
  const some = total('some');
  return some === null ? null : { some, full: total('full') };
}

export type PressureFiles = Readonly<Record<'cpu' | 'memory' | 'io', Reading>>;

/** Reads the three files; `pathOf` tells where they are. */
export async function readPressure(pathOf: (resource: string) => string): Promise<PressureFiles> {
  const [cpu, memory, io] = await Promise.all(['cpu', 'memory', 'io'].map((name) => readText(pathOf(name))));
  return { cpu: cpu!, memory: memory!, io: io! };
}

/**
 * Shares of the window, 0–1, as `<prefix>.<resource>.pressure` and, where it means something, `….pressure.full`.
 * "Full" for the CPU is left out: of a whole machine it is zero by definition.
 */
export function pressureSamples(
  prefix: string,
  window: Window<PressureFiles>,
): { readonly samples: readonly Sample[]; readonly gaps: readonly Gap[] } {
  const samples: Sample[] = [];
  const gaps: Gap[] = [];
  for (const resource of ['cpu', 'memory', 'io'] as const) {
    const name = `${prefix}.${resource}.pressure`;
    const [first, second] = [window.before[resource], window.after[resource]];
    if (first.text === null || second.text === null) {
      gaps.push(notMeasurable(name, first.why ?? second.why ?? 'no reading'));
      continue;
    }
    const [before, after] = [parsePressure(first.text), parsePressure(second.text)];
    const some = growth(before?.some, after?.some);
    if (some === null) {
      gaps.push(notMeasurable(name, 'the pressure file has no usable totals'));
      continue;
    }
    samples.push(sample(name, window.at, share(some, window.elapsed)));
    const full = growth(before?.full ?? undefined, after?.full ?? undefined);
    if (resource !== 'cpu' && full !== null) {
      samples.push(sample(`${name}.full`, window.at, share(full, window.elapsed)));
    }
  }
  return { samples, gaps };
}

/** The two files are read microseconds apart from the clock, so a fully stalled window may come out a little over 1. */
function share(stalled: number, elapsed: number): number {
  return Math.min(1, stalled / elapsed);
}
