import { check, replay, savedObservation, unmeasuredTargets } from '../engine/check.ts';
import { saveObservation } from '../engine/observation-file.ts';
import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import type { Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import { parseDuration } from '../model/units.ts';
import type { Command, Invocation } from './command.ts';
import { allOf, configOf, emitReport, flag, numberFlag, TARGET_OPTIONS, text, withWorkspace } from './context.ts';
import { dataWithoutSecrets } from './secrets.ts';

const DEFAULT_WINDOW = 2;

export const command: Command = {
  name: 'check',
  summary: 'measure, judge and diagnose; changes nothing',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'One assessment: measures every target of the configuration, judges the numbers against the objectives, runs the rules and says what to do. Reads only: what rules are not sure of is tried out on a copy.',
  examples: [
    ['pitwall check', 'assess what pitwall.yaml describes'],
    ['pitwall check --url http://127.0.0.1:8080 --sqlite app.db', 'without a configuration file'],
    ['pitwall check --json | jq .verdicts', 'the Report as JSON'],
    ['pitwall check --out report.html --strict', 'write a page, and fail also on warnings'],
    ['pitwall check --save-observation o.json', 'keep what was seen, to judge it again elsewhere'],
    ['pitwall check --from-observation o.json', 'judge and diagnose it again, without the target'],
  ],
  options: {
    ...TARGET_OPTIONS,
    window: { value: 'DURATION', help: 'over which rates are taken (default 2s)' },
    'no-confirm': { help: 'try nothing out on copies; findings stay unconfirmed' },
    strict: { help: 'exit 1 also when an objective is only in warning' },
    details: { help: 'also list every rule that found nothing, and why' },
    'save-observation': { value: 'FILE', help: 'write all that was seen to FILE' },
    'from-observation': { value: 'FILE', help: 'judge FILE instead of measuring' },
    'save-baseline': { value: 'NAME', help: 'give this run a name in the store' },
  },
  async run(invocation) {
    const from = text(invocation, 'from-observation');
    if (from !== undefined) return judgeAgain(from, invocation);
    const window = numberFlag(invocation, 'window', parseDuration, 'a duration such as 2s') ?? DEFAULT_WINDOW;
    return withWorkspace(invocation, async ({ session, store, progress }) => {
      const { report, observations } = await check(session, {
        signal: invocation.signal,
        store,
        window,
        confirm: !flag(invocation, 'no-confirm'),
        onProgress: (step) => progress.step(step),
      });
      progress.done();
      const baseline = text(invocation, 'save-baseline');
      const file = text(invocation, 'save-observation');
      await allOf(
        () => emitReport(report, invocation),
        async () => {
          if (file !== undefined)
            await saveObservation(file, dataWithoutSecrets(savedObservation(session, observations)));
        },
        async () => {
          await store.saveRun(report, observations);
          if (baseline !== undefined) await store.nameBaseline(report.run.id, baseline);
        },
      );
      const unfinished = await store.journal.unfinished();
      if (unfinished.length > 0) {
        process.stderr.write(
          'pitwall: a change was interrupted and is neither kept nor taken back; run `pitwall recover`.\n',
        );
      }
      return exitCodeOf(report, observations, flag(invocation, 'strict'));
    });
  },
};

async function judgeAgain(file: string, invocation: Invocation): Promise<ExitCode> {
  const config = text(invocation, 'config') === undefined ? null : await configOf(invocation);
  const { report, observations } = await replay(file, config);
  await emitReport(report, invocation);
  return exitCodeOf(report, observations, flag(invocation, 'strict'));
}

/** 1 for critical verdicts (with strict: also warnings), else 0. Throws UNMEASURED when a target could not be measured. */
function exitCodeOf(report: Report, observations: readonly Observation[], strict: boolean): ExitCode {
  refuseUnmeasured(observations, report);
  const bad = strict ? ['critical', 'warning'] : ['critical'];
  return report.verdicts.some(({ status }) => bad.includes(status)) ? EXIT.critical : EXIT.ok;
}

/** Throws UNMEASURED for the first target that could not be measured, with the others in `also`. */
export function refuseUnmeasured(observations: readonly Observation[], { verdicts }: Pick<Report, 'verdicts'>): void {
  const errors = unmeasuredTargets(observations, verdicts).map(({ target, failure }) => ({
    target: target.id,
    reason: failure.message.replace(/\.$/, ''),
    hint: failure.hint ?? 'See what the report says is not measurable.',
  }));
  if (errors.length === 0) return;
  const also = errors.slice(1).map((details) => new PitwallError('UNMEASURED', details).message);
  throw new PitwallError('UNMEASURED', errors[0], { also });
}
