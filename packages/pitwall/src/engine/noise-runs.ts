import type { Calibration, RunComparison } from '../model/comparison.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { FEWEST_RUNS, type NoiseRuns } from '../verify/between-runs.ts';
import { seriesOfRun } from '../verify/calibrate.ts';
import { likenessOf, loadRefusals } from '../verify/likeness.ts';
import { conditionsOf, isClosedKind, kindOf, loadTargetOf, seriesOfReport } from './run-kind.ts';

/** What is known of how runs differ when nothing is changed. */
export interface KnownNoise {
  readonly runs: NoiseRuns;
  readonly about: NonNullable<RunComparison['noise']>;
  /** Distances of shapes of pairs of unchanged runs, by endpoint. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Calibrations that are looked at, newest first. */
const MOST_CALIBRATIONS = 50;
/** Earlier runs that serve as a history, and how many are looked at to find them. */
const MOST_HISTORY = 20;
const MOST_LOOKED_AT = 60;

/**
 * The newest calibration of the same load on the same host; else, with at least FEWEST_RUNS of them, the newest saved runs that are like
 * `a` (with it and without `b`: were `a` the odd one, its history has to know); else null.
 */
export async function knownNoise(store: Store, a: Report, b: Report): Promise<KnownNoise | null> {
  if (a.run.host.name !== b.run.host.name) return null;
  return (await calibrationFor(store, a)) ?? (await historyFor(store, a, b));
}

async function calibrationFor(store: Store, a: Report): Promise<KnownNoise | null> {
  if (a.load === null) return null;
  const kind = kindOf(a.load);
  for (const { id } of await store.listRuns({ command: 'calibrate', limit: MOST_CALIBRATIONS })) {
    const report = await store.loadReport(id);
    const calibration = report?.calibration;
    if (!report || !calibration || calibration.host !== a.run.host.name) continue;
    if (calibration.target !== loadTargetOf(a) || loadRefusals(calibration.load, kind).length > 0) continue;
    return {
      ...noiseOf(calibration),
      about: { ...about(report), source: 'calibration', runs: calibration.runs.length },
    };
  }
  return null;
}

function noiseOf(calibration: Calibration): Omit<KnownNoise, 'about'> {
  const of = { target: calibration.target, closed: isClosedKind(calibration.load) };
  return {
    runs: { source: 'calibration', runs: calibration.runs.map((run) => seriesOfRun(run, of)) },
    shapes: new Map(calibration.shapes.map(({ endpoint, distances }) => [endpoint, distances])),
  };
}

async function historyFor(store: Store, a: Report, b: Report): Promise<KnownNoise | null> {
  const like: Report[] = [];
  const { command } = a.run;
  if (b.run.command !== command) return null;
  for (const { id, service } of await store.listRuns({ command, limit: MOST_LOOKED_AT })) {
    if (like.length === MOST_HISTORY) break;
    if (id === b.run.id || service !== a.run.service) continue;
    const report = await store.loadReport(id);
    if (!report || report.load?.valid === false || report.load?.partial) continue;
    if (report.run.host.name !== a.run.host.name || report.run.replayedFrom !== undefined) continue;
    if (likenessOf(conditionsOf(a, a.run.id), conditionsOf(report, id)).refusals.length === 0) like.push(report);
  }
  if (like.length < FEWEST_RUNS) return null;
  const newest = like[0]!;
  // Oldest first: what counts is how one run differs from the next.
  const runs = like.reverse().map(seriesOfReport);
  return {
    runs: { source: 'history', runs },
    about: { ...about(newest), source: 'history', runs: runs.length },
    shapes: new Map(),
  };
}

function about({ run }: Report): { readonly id: string; readonly startedAt: string } {
  return { id: run.id, startedAt: run.startedAt };
}
