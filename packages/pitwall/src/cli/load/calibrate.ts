import { calibrate, DEFAULT_RUNS, FEWEST_RUNS } from '../../engine/calibrate.ts';
import { runnableLoad } from '../../engine/load.ts';
import { EXIT, PitwallError } from '../../errors.ts';
import { MOST_CALIBRATION_RUNS } from '../../model/comparison.ts';
import type { LoadOptions } from '../../model/load.ts';
import { formatDuration } from '../../report/format.ts';
import { knownOf } from '../../stats/enough.ts';
import type { Invocation, Run } from '../command.ts';
import { allOf, emitReport, numberFlag, text, wholeNumber, withWorkspace } from '../context.ts';
import { refuseExports } from '../emit.ts';
import { countText, loadCourse } from './course.ts';
import { overridesOf } from './overrides.ts';
import { refuseBesideMode, refuseEachEndpoint, refuseUnheard } from './refusals.ts';
import { interruptionOf, stoppingOf } from './stopping.ts';

const ENDING = 'Ending: the run that is under way is not counted. Once more ends at once, and nothing is kept.';

/** `pitwall load --calibrate`: how small a change can be seen here. */
export const run: Run = async (invocation) => {
  refuseExports(invocation);
  const runs = runsOf(invocation);
  const overrides = await overridesOf(invocation);
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    refuseEachEndpoint('calibrate', text(invocation, 'preset') ?? session.config.load.preset);
    const options = await runnableLoad(session, overrides, true);
    refuseUnheard(invocation, options);
    progress.say(announced(options, runs));
    const stopping = stoppingOf(invocation, () => progress.say(ENDING));
    let number = 0;
    let early: PitwallError | null = null as PitwallError | null;
    try {
      const report = await calibrate(session, {
        signal: stopping.signal,
        stop: stopping.stop,
        runs,
        overrides: options,
        onRun: (run) => {
          number = run;
          progress.step(`run ${run} of ${runs}`);
        },
        onTick: ({ at, completed, ...tick }) => {
          const { p50, p99 } = knownOf({ p50: tick.p50, p99: tick.p99 }, completed);
          progress.step(
            `run ${number} of ${runs}  ${at.toFixed(0)} s  p50 ${formatDuration(p50)}  p99 ${formatDuration(p99)}`,
          );
        },
        onEndedEarly: (made) => {
          early = new PitwallError('CALIBRATION_INTERRUPTED', { made, runs });
        },
      });
      progress.done();
      await allOf(
        () => emitReport(report, invocation),
        () => store.saveRun(report, []),
      );
      if (early !== null) throw early;
      return EXIT.ok;
    } catch (error) {
      throw interruptionOf(error, stopping, 'before the first run') ?? error;
    } finally {
      stopping.dispose();
    }
  });
};

/** How many runs are asked for. Throws USAGE, also for what a calibration has no place for. */
function runsOf(invocation: Invocation): number {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  if (text(invocation, 'baseline') !== undefined) throw usage('--calibrate and --baseline exclude each other.');
  if (text(invocation, 'save-baseline') !== undefined) {
    throw usage(
      'A calibration needs no name: comparisons find the newest one of the same load; leave out --save-baseline.',
    );
  }
  refuseBesideMode(invocation, 'calibrate', ['stream', 'strict']);
  const runs = numberFlag(invocation, 'runs', wholeNumber, 'a whole number of runs, at least 5') ?? DEFAULT_RUNS;
  if (runs >= FEWEST_RUNS && runs <= MOST_CALIBRATION_RUNS) return runs;
  throw usage(`--runs ${runs}: a calibration has ${FEWEST_RUNS} to ${MOST_CALIBRATION_RUNS} runs.`);
}

/** What is going to happen, and how long it takes: a second of each run goes into its start and its end. */
function announced(options: LoadOptions, runs: number): string {
  const { iterations, duration, warmup } = options;
  const each = iterations === undefined ? formatDuration(duration) : countText(iterations, loadCourse(options, false));
  const takes = iterations === undefined ? `: about ${formatDuration(runs * (duration + warmup + 1))}` : '';
  return `${runs} runs of ${each} against the service as it is${takes}. Change nothing meanwhile.`;
}
