import { calibrate, DEFAULT_RUNS, FEWEST_RUNS } from '../../engine/calibrate.ts';
import { loadOptionsOf } from '../../engine/load-options.ts';
import { EXIT, PitwallError } from '../../errors.ts';
import { formatDuration } from '../../report/format.ts';
import type { Run } from '../command.ts';
import { allOf, emitReport, numberFlag, text, wholeNumber, withWorkspace } from '../context.ts';
import { refuseExports } from '../emit.ts';
import { overridesOf } from './overrides.ts';

/** More than a day of ten-second runs is a mistake. */
const MOST_RUNS = 1000;

/** `pitwall load --calibrate`: how small a change can be seen here. */
export const run: Run = async (invocation) => {
  refuseExports(invocation);
  const runs = numberFlag(invocation, 'runs', wholeNumber, 'a whole number of runs') ?? DEFAULT_RUNS;
  if (runs < FEWEST_RUNS || runs > MOST_RUNS) {
    const what = `--runs ${runs}: a calibration has ${FEWEST_RUNS} to ${MOST_RUNS} runs.`;
    throw new PitwallError('USAGE', { what, command: 'load' });
  }
  if (text(invocation, 'baseline') !== undefined) {
    throw new PitwallError('USAGE', { what: '--calibrate and --baseline exclude each other.', command: 'load' });
  }
  const overrides = await overridesOf(invocation);
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    const { options } = await loadOptionsOf(session, overrides);
    const each = options.duration + options.warmup;
    progress.say(
      `${runs} runs of ${formatDuration(options.duration)} against the service as it is: about ${formatDuration(runs * (each + 1))}. Change nothing meanwhile.`,
    );
    let number = 0;
    const report = await calibrate(session, {
      signal: invocation.signal,
      runs,
      overrides,
      onRun: (run) => {
        number = run;
        progress.step(`run ${run} of ${runs}`);
      },
      onTick: ({ at, p50, p99 }) =>
        progress.step(
          `run ${number} of ${runs}  ${at.toFixed(0)} s  p50 ${formatDuration(p50)}  p99 ${formatDuration(p99)}`,
        ),
    });
    progress.done();
    const name = text(invocation, 'save-baseline');
    await allOf(
      () => emitReport(report, invocation),
      async () => {
        await store.saveRun(report, []);
        if (name !== undefined) await store.nameBaseline(report.run.id, name);
      },
    );
    return EXIT.ok;
  });
};
