import { PitwallError } from '../errors.ts';
import type { Calibration, CalibrationRun } from '../model/comparison.ts';
import type { LoadResult } from '../model/load.ts';
import type { Report } from '../model/report.ts';
import { FEWEST_RUNS } from '../verify/between-runs.ts';
import { calibrated, seriesOfRun, shapesOfRuns } from '../verify/calibrate.ts';
import { isClosed } from '../verify/run-series.ts';
import { NOTHING_ASSESSED } from './assess.ts';
import { assessSession } from './check.ts';
import { type LoadRun, type LoadRunOptions, runConfiguredLoad } from './load.ts';
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
  /** Ends at once: rejects with its reason. */
  readonly signal: AbortSignal;
  /** Ends in order: the calibration is that of the runs made so far, where they are enough. */
  readonly stop?: AbortSignal;
  /** ≥ FEWEST_RUNS. */
  readonly runs: number;
  readonly overrides: LoadOverrides;
  /** Called before each run, from 1. */
  onRun?(run: number): void;
  onTick?: LoadRunOptions['onTick'];
  /** Called before a calibration of fewer runs than asked for is given, with how many were whole. */
  onEndedEarly?(made: number): void;
}

/**
 * A/A: the configured load, again and again, against the service as it is; nothing is changed in between. What the runs differ by is the
 * noise that comparisons on this host have to exceed.
 *
 * Each run is a whole one (new connections, new worker threads, its own warm-up), as the ones that will be compared.
 * @throws PitwallError CALIBRATION_SPOILED, CALIBRATION_INTERRUPTED_EARLY (`stop` came before there were enough runs), and what a
 * load throws
 */
export async function calibrate(session: Session, options: CalibrateOptions): Promise<Report> {
  const run = startRun();
  const { plan } = await loadOptionsOf(session, options.overrides);
  const { signal, stop } = options;
  const runs: CalibrationRun[] = [];
  const results: LoadResult[] = [];
  let reason = '';
  let made = 0;
  const enough = Math.max(FEWEST_RUNS, Math.ceil(LEAST_VALID * options.runs));
  // Once too many are spoiled the rest would be for nothing.
  const hopeless = () => runs.length + options.runs - made < enough;
  while (made < options.runs && !stop?.aborted && !hopeless()) {
    signal.throwIfAborted();
    options.onRun?.(made + 1);
    const startedAt = new Date().toISOString();
    const loaded = await wholeRun(session, options);
    if (loaded === null) break;
    made++;
    const { result, observations, ledger } = loaded;
    if (!result.valid || result.partial !== null) {
      reason ||= result.invalidBecause[0] ?? result.partial ?? '';
      continue;
    }
    const { indicators } = assessSession(session, observations);
    const others = indicators.filter(({ name, value }) => value !== null && !name.startsWith('load.'));
    runs.push({ startedAt, blocks: result.blocks, indicators: [...others, ...costIndicators(ledger)] });
    results.push(result);
  }
  const early = made < options.runs && !hopeless();
  const needed = Math.max(FEWEST_RUNS, Math.ceil(LEAST_VALID * made));
  const last = results.at(-1);
  if (runs.length < needed || !last) {
    const counts = { valid: runs.length, made, runs: options.runs };
    if (early) throw new PitwallError('CALIBRATION_INTERRUPTED_EARLY', { ...counts, needed });
    throw new PitwallError('CALIBRATION_SPOILED', { ...counts, needed: enough, reason });
  }
  if (early) options.onEndedEarly?.(made);
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
    leftOut: made - runs.length,
  };
  return { ...report, calibration };
}

/** One load; null when it was stopped: half a run says nothing of how whole ones differ. */
async function wholeRun(session: Session, options: CalibrateOptions): Promise<LoadRun | null> {
  const { signal, stop, overrides, onTick } = options;
  try {
    const loaded = await runConfiguredLoad(session, {
      signal,
      watch: true,
      overrides,
      ...(stop ? { stop } : {}),
      ...(onTick ? { onTick } : {}),
    });
    return loaded.result.endedBy === 'interrupt' ? null : loaded;
  } catch (error) {
    signal.throwIfAborted();
    if (stop?.aborted) return null;
    throw error;
  }
}
