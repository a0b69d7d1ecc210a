import { PitwallError } from '../errors.ts';
import type { Calibration, CalibrationRun } from '../model/comparison.ts';
import type { LoadResult } from '../model/load.ts';
import type { Report } from '../model/report.ts';
import { FEWEST_RUNS } from '../verify/between-runs.ts';
import { calibrated, seriesOfRun, shapesOfRuns } from '../verify/calibrate.ts';
import { isClosed } from '../verify/run-series.ts';
import { NOTHING_ASSESSED } from './assess.ts';
import { assessSession } from './check.ts';
import { type LoadRunOptions, runConfiguredLoad } from './load.ts';
import { type LoadOverrides, loadOptionsOf } from './load-options.ts';
import { makeReport, startRun } from './make-report.ts';
import { costIndicators, kindOf, responseTimes } from './run-kind.ts';
import type { Session } from './session.ts';

/**
 * Runs of a calibration where nothing else is said. Ten know the spread of runs to a quarter; twice as many would make intervals
 * narrower by a fourteenth (t₀.₉₇₅ of 19 instead of 9 degrees of freedom).
 */
export const DEFAULT_RUNS = 10;
export { FEWEST_RUNS };

/** Share of the runs that has to be valid: with fewer, what is left was picked by the machine's good moments. [judgement] */
const LEAST_VALID = 2 / 3;

export interface CalibrateOptions {
  readonly signal: AbortSignal;
  /** ≥ FEWEST_RUNS. */
  readonly runs: number;
  readonly overrides: LoadOverrides;
  /** Called before each run, from 1. */
  onRun?(run: number): void;
  onTick?: LoadRunOptions['onTick'];
}

/**
 * A/A: the configured load, again and again, against the service as it is; nothing is changed in between. What the runs differ by is the
 * noise that comparisons on this host have to exceed.
 *
 * Each run is a whole one (new connections, new worker threads, its own warm-up), as the ones that will be compared.
 * @throws PitwallError CALIBRATION_SPOILED, and what a load throws
 */
export async function calibrate(session: Session, options: CalibrateOptions): Promise<Report> {
  const run = startRun();
  const { plan } = await loadOptionsOf(session, options.overrides);
  const { signal } = options;
  const runs: CalibrationRun[] = [];
  const results: LoadResult[] = [];
  let reason = '';
  for (let number = 1; number <= options.runs; number++) {
    signal.throwIfAborted();
    options.onRun?.(number);
    const startedAt = new Date().toISOString();
    const { result, observations, ledger } = await runConfiguredLoad(session, {
      signal,
      watch: true,
      overrides: options.overrides,
      ...(options.onTick ? { onTick: options.onTick } : {}),
    });
    if (!result.valid || result.partial !== null) {
      reason ||= result.invalidBecause[0] ?? result.partial ?? '';
      continue;
    }
    const { indicators } = assessSession(session, observations);
    const others = indicators.filter(({ name, value }) => value !== null && !name.startsWith('load.'));
    runs.push({ startedAt, blocks: result.blocks, indicators: [...others, ...costIndicators(ledger)] });
    results.push(result);
  }
  const needed = Math.max(FEWEST_RUNS, Math.ceil(LEAST_VALID * options.runs));
  const last = results.at(-1);
  if (runs.length < needed || !last) {
    throw new PitwallError('CALIBRATION_SPOILED', { valid: runs.length, runs: options.runs, needed, reason });
  }
  const target = plan.target.target.id;
  const about = { target, closed: isClosed(last) };
  const report = makeReport({
    run,
    command: 'calibrate',
    service: session.config.service.name,
    targets: session.targets.map((one) => one.target),
    observations: [],
    assessment: NOTHING_ASSESSED,
  });
  const calibration: Calibration = {
    host: report.run.host.name,
    load: kindOf(last),
    target,
    runs,
    indicators: calibrated(runs.map((one) => seriesOfRun(one, about))),
    shapes: shapesOfRuns(results.map(responseTimes)),
    leftOut: options.runs - runs.length,
  };
  return { ...report, calibration };
}
