import { findBaseline, withBaseline } from '../engine/compare-runs.ts';
import type { NamedRun } from '../engine/refer-to-run.ts';
import { PitwallError } from '../errors.ts';
import { isBaselineName } from '../model/baseline-name.ts';
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

/**
 * The name that --save-baseline gives the run; undefined without it. Call before anything is measured.
 * @throws PitwallError BASELINE_NAME
 */
export function baselineNameOf(invocation: Invocation): string | undefined {
  const name = text(invocation, 'save-baseline');
  if (name !== undefined && !isBaselineName(name)) throw new PitwallError('BASELINE_NAME', { name });
  return name;
}

/**
 * Gives a run that has been saved the name that --save-baseline asks for. `lacks`: why no later run should be compared with
 * it, as the end of "only one that …"; null when nothing speaks against it. What is not named is said instead.
 */
export async function nameBaseline(
  invocation: Invocation,
  run: { readonly report: Report; readonly store: Store; readonly lacks: string | null; say(said: string): void },
): Promise<void> {
  const name = baselineNameOf(invocation);
  if (name === undefined) return;
  if (run.lacks === null) await run.store.nameBaseline(run.report.run.id, name);
  else run.say(`This run is not called ${name}: only one that ${run.lacks} can be a baseline.`);
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
