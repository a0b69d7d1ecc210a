import { check, replay, savedObservation, unmeasuredTargets } from '../engine/check.ts';
import { saveObservation } from '../engine/observation-file.ts';
import { stoppedServiceNotice } from '../engine/state.ts';
import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import type { Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import { parseDuration } from '../model/units.ts';
import { baselineNameOf, baselineOf, comparedWith, nameBaseline } from './baseline.ts';
import type { Invocation, Run } from './command.ts';
import { allOf, configOf, emitReport, flag, numberFlag, text, withWorkspace } from './context.ts';
import { dataWithoutSecrets } from './secrets.ts';
import { refuseUnmeasured } from './unmeasured.ts';

const DEFAULT_WINDOW = 2;
/** Flags of a measurement that is kept. */
const OF_A_RUN = ['baseline', 'save-baseline', 'save-observation'] as const;

export const run: Run = async (invocation) => {
  baselineNameOf(invocation);
  const from = text(invocation, 'from-observation');
  if (from !== undefined) return judgeAgain(from, invocation);
  const window = numberFlag(invocation, 'window', parseDuration, 'a duration such as 2s') ?? DEFAULT_WINDOW;
  return withWorkspace(invocation, async ({ config, session, store, progress }) => {
    const notice = stoppedServiceNotice(config);
    if (notice !== null) process.stderr.write(`pitwall: ${notice}\n`);
    const before = await baselineOf(invocation, store, false);
    const { report: measured, observations } = await check(session, {
      signal: invocation.signal,
      store,
      window,
      confirm: !flag(invocation, 'no-confirm'),
      onProgress: (step) => progress.step(step),
    });
    progress.done();
    const { report, failure } = await comparedWith(before, measured, store, invocation);
    const file = text(invocation, 'save-observation');
    await allOf(
      () => emitReport(report, invocation),
      async () => {
        if (file !== undefined)
          await saveObservation(file, dataWithoutSecrets(savedObservation(session, observations)));
      },
      async () => {
        await store.saveRun(report, observations);
        const lacks = unmeasuredTargets(observations, report.verdicts).length > 0 ? 'measured all its targets' : null;
        await nameBaseline(invocation, { report, store, lacks, say: (said) => progress.say(said) });
      },
    );
    const unfinished = await store.journal.unfinished();
    if (unfinished.length > 0) {
      process.stderr.write(
        'pitwall: a change was interrupted and is neither kept nor taken back; run `pitwall recover`.\n',
      );
    }
    if (failure !== null) throw failure;
    return exitCodeOf(report, observations, flag(invocation, 'strict'));
  });
};

async function judgeAgain(file: string, invocation: Invocation): Promise<ExitCode> {
  const odd = OF_A_RUN.find((name) => invocation.values[name] !== undefined);
  if (odd) {
    const what = `--${odd} does nothing beside --from-observation: nothing is measured, and nothing is kept.`;
    throw new PitwallError('USAGE', { what, command: 'check' });
  }
  const loaded = text(invocation, 'config') === undefined ? null : await configOf(invocation);
  const { report, observations } = await replay(file, loaded?.config ?? null);
  await emitReport(report, invocation);
  return exitCodeOf(report, observations, flag(invocation, 'strict'));
}

/**
 * 1 for critical verdicts (with strict: also warnings) and when it is worse than its baseline, else 0. Throws UNMEASURED when a
 * target could not be measured.
 */
function exitCodeOf(report: Report, observations: readonly Observation[], strict: boolean): ExitCode {
  refuseUnmeasured(observations, report);
  if (report.comparison?.verdict === 'worse') return EXIT.critical;
  const bad = strict ? ['critical', 'warning'] : ['critical'];
  return report.verdicts.some(({ status }) => bad.includes(status)) ? EXIT.critical : EXIT.ok;
}
