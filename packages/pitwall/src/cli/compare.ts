import { compareSavedRuns, comparisonReport } from '../engine/compare-runs.ts';
import { isFileReference } from '../engine/refer-to-run.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { RunComparison } from '../model/comparison.ts';
import type { Store } from '../model/store.ts';
import { comparisonSection } from '../report/terminal/comparison.ts';
import type { Invocation, Run } from './command.ts';
import { flag, withStore } from './context.ts';
import { emitSection, refuseExports } from './emit.ts';
import { toleranceOf } from './tolerance.ts';
import { isConfigured, withStoreHere } from './unconfigured.ts';

export const run: Run = async (invocation) => {
  refuseExports(invocation);
  toleranceOf(invocation);
  const [a, b] = invocation.positionals as [string, string];
  // Two files need no store; where there is one it may know a calibration.
  const store = withStoreHere(invocation);
  const needed = !isFileReference(a) || !isFileReference(b) || isConfigured(store);
  return needed
    ? withStore(store, (opened) => compareAndShow(invocation, a, b, opened))
    : compareAndShow(invocation, a, b, null);
};

async function compareAndShow(invocation: Invocation, a: string, b: string, store: Store | null): Promise<ExitCode> {
  const comparison = await compareSavedRuns(a, b, {
    store,
    tolerance: toleranceOf(invocation),
    anyway: flag(invocation, 'anyway'),
  });
  await emitSection(comparisonReport(comparison), invocation, comparisonSection);
  return exitCodeOf(comparison);
}

/** 1 when B is worse than A. */
export function exitCodeOf(comparison: RunComparison | undefined): ExitCode {
  return comparison?.verdict === 'worse' ? EXIT.critical : EXIT.ok;
}
