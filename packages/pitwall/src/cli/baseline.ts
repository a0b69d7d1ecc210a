import { findBaseline, withBaseline } from '../engine/compare-runs.ts';
import type { NamedRun } from '../engine/refer-to-run.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import type { Invocation } from './command.ts';
import { text } from './context.ts';
import { toleranceOf } from './tolerance.ts';

/** What `--baseline NAME` names; null without it. Call before measuring: throws USAGE and what `findBaseline` throws. */
export async function baselineOf(invocation: Invocation, store: Store, withLoad: boolean): Promise<NamedRun | null> {
  toleranceOf(invocation);
  const name = text(invocation, 'baseline');
  return name === undefined ? null : findBaseline(name, store, withLoad);
}

export interface Compared {
  /** With its comparison, where there is one. */
  readonly report: Report;
  /** Why there is none although one was asked for; to be thrown after the report has been shown and kept. */
  readonly failure: unknown;
}

/** A fresh report compared with its baseline. Call before it is saved: its history is the runs before it. */
export async function comparedWith(
  baseline: NamedRun | null,
  report: Report,
  store: Store,
  invocation: Invocation,
): Promise<Compared> {
  if (baseline === null) return { report, failure: null };
  try {
    return {
      report: await withBaseline(report, baseline, { store, tolerance: toleranceOf(invocation) }),
      failure: null,
    };
  } catch (failure) {
    return { report, failure };
  }
}
