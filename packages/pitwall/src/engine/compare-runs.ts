import { PitwallError } from '../errors.ts';
import type { IndicatorHistory, RunComparison, ShapeComparison } from '../model/comparison.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { compareRuns } from '../verify/compare-runs.ts';
import { likenessOf } from '../verify/likeness.ts';
import { isMoving, unseenPercentiles } from '../verify/run-series.ts';
import { compareShapes } from '../verify/shape-test.ts';
import { NOTHING_ASSESSED } from './assess.ts';
import { makeReport, startRun } from './make-report.ts';
import { type KnownNoise, knownNoise } from './noise-runs.ts';
import { type NamedRun, referredRun } from './refer-to-run.ts';
import { comparedRun, conditionsOf, loadTargetOf, responseTimes, seriesOfReport } from './run-kind.ts';

/** Relative change below which two runs are the same, where nothing else is said; as in trials. */
export const DEFAULT_TOLERANCE = 0.05;
/** Of the permutations: the same two runs always compare the same. */
const SEED = 1;
/** Days after which a calibration is called old. [judgement] */
const OLD_CALIBRATION = 7;

export interface CompareOptions {
  /** Where calibrations and earlier runs are looked up; null: nothing is known of the noise but what the two runs show. */
  readonly store: Store | null;
  /** 0–1. Default DEFAULT_TOLERANCE. */
  readonly tolerance?: number | undefined;
  /** Compare also what was measured under different loads; what differs is then among the cautions. */
  readonly anyway?: boolean;
}

/**
 * Compares two saved runs: the load block by block, everything else with one value a run, and the shapes of the distributions.
 * @throws PitwallError COMPARE_SAME_RUN, COMPARE_INVALID (exit 3), COMPARE_UNLIKE (unless `anyway`)
 */
async function compareReports(a: NamedRun, b: NamedRun, options: CompareOptions): Promise<RunComparison> {
  if (a.report.run.id === b.report.run.id) throw new PitwallError('COMPARE_SAME_RUN', { a: a.name, b: b.name });
  for (const run of [a, b]) refuseInvalid(run);
  const { refusals, cautions } = likenessOf(conditionsOf(a.report, a.name), conditionsOf(b.report, b.name));
  if (refusals.length > 0 && !options.anyway) {
    throw new PitwallError('COMPARE_UNLIKE', { differences: refusals.join('; ') });
  }
  const noise = options.store && (await knownNoise(options.store, a.report, b.report));
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE;
  const [before, after] = [seriesOfReport(a.report), seriesOfReport(b.report)];
  const shapes = shapesOf(a.report, b.report, noise);
  const moving = a.report.load !== null && isMoving(a.report.load.shape);
  const design = moving ? 'aligned' : 'sequential';
  const result = compareRuns({ design, a: before, b: after, noise: noise?.runs ?? null, tolerance, shapes });
  return {
    schemaVersion: 1,
    design: 'sequential',
    a: comparedRun(a.report, a.name),
    b: comparedRun(b.report, b.name),
    tolerance,
    ...result,
    shapes,
    cautions: [
      ...refusals.map((what) => `Compared although the load is not the same: ${what}.`),
      ...cautions,
      ...noiseCautions(a.report, b.report, noise),
      ...blockCautions(a.report),
    ],
    noise: noise?.about ?? null,
  };
}

function refuseInvalid({ name, report: { load } }: NamedRun): void {
  if (!load || load.valid) return;
  throw new PitwallError('COMPARE_INVALID', { run: name, reason: load.invalidBecause[0] ?? 'it was rejected.' });
}

/** Compares the runs that two references mean (see `referredRun`). Throws what that and `compareReports` throw. */
export async function compareSavedRuns(a: string, b: string, options: CompareOptions): Promise<RunComparison> {
  return compareReports(await referredRun(a, options.store), await referredRun(b, options.store), options);
}

/**
 * The saved run that a fresh one will be compared with (`--baseline NAME`): looked for before anything is measured, so that a wrong name
 * costs nothing.
 * @param withLoad whether the fresh run will have a load
 * @throws PitwallError RUN_UNKNOWN and the like, COMPARE_UNLIKE, COMPARE_INVALID
 */
export async function findBaseline(name: string, store: Store, withLoad: boolean): Promise<NamedRun> {
  const baseline = await referredRun(name, store);
  const { load } = baseline.report;
  if ((load !== null) !== withLoad) {
    const differences = withLoad ? `${name} has no load` : `only ${name} has a load`;
    throw new PitwallError('COMPARE_UNLIKE', { differences });
  }
  refuseInvalid(baseline);
  return baseline;
}

/** The fresh report with its comparison in it. Throws what `compareReports` throws. */
export async function withBaseline(report: Report, baseline: NamedRun, options: CompareOptions): Promise<Report> {
  return { ...report, comparison: await compareReports(baseline, { name: report.run.id, report }, options) };
}

/** A comparison of saved runs as a Report: no run of its own, and so not saved. */
export function comparisonReport(comparison: RunComparison): Report {
  return { ...emptyReport('compare', comparison.b.service), comparison };
}

/** As `comparisonReport`. */
export function historyReport(history: IndicatorHistory, service: string): Report {
  return { ...emptyReport('history', service), history };
}

function emptyReport(command: string, service: string): Report {
  return makeReport({ run: startRun(), command, service, targets: [], observations: [], assessment: NOTHING_ASSESSED });
}

function shapesOf(a: Report, b: Report, noise: KnownNoise | null): ShapeComparison[] {
  if (!a.load || !b.load) return [];
  return compareShapes(
    { blocks: a.load.blocks ?? [], distributions: responseTimes(a.load) },
    { blocks: b.load.blocks ?? [], distributions: responseTimes(b.load) },
    { target: loadTargetOf(a), still: noise?.shapes ?? new Map(), seed: SEED },
  );
}

/** What the reader has to know of the noise between runs. */
function noiseCautions(a: Report, b: Report, noise: KnownNoise | null): string[] {
  if (noise?.about.source === 'calibration') {
    const days = (Date.parse(b.run.startedAt) - Date.parse(noise.about.startedAt)) / 86_400_000;
    if (Math.abs(days) <= OLD_CALIBRATION) return [];
    return [
      `The calibration is ${Math.round(Math.abs(days))} days away from the second run; the machine may be another by now.`,
    ];
  }
  if (noise?.about.source === 'history') {
    return [
      `Not calibrated: how much runs differ is taken from ${noise.about.runs} earlier ones, each against the next. \`pitwall load --calibrate\` measures it.`,
    ];
  }
  if (a.load === null && b.load === null) return [];
  return [
    'Not calibrated: how much runs differ when nothing is changed is estimated from how blocks within each run differ, with an allowance. `pitwall load --calibrate` measures it.',
  ];
}

function blockCautions({ load }: Report): string[] {
  if (!load) return [];
  const blocks = load.blocks ?? [];
  if (blocks.length === 0)
    return ['The first run was saved without blocks (by an earlier version): its load cannot be judged.'];
  const unseen = unseenPercentiles(blocks);
  if (unseen === null) return [];
  return [
    `A block has about ${Math.round(unseen.requests)} requests an endpoint: too few for ${unseen.percentiles.join(', ')}. Longer runs or a higher rate show them.`,
  ];
}
