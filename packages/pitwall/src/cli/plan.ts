import { check } from '../engine/check.ts';
import { planFrom } from '../engine/plan.ts';
import { EXIT } from '../errors.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { Run } from './command.ts';
import {
  allOf,
  flag,
  numberFlag,
  print,
  terminalWidth,
  texts,
  wantsColor,
  wholeNumber,
  withWorkspace,
} from './context.ts';
import { planWithoutSecrets, printPlan, writePlanFile } from './plan-output.ts';
import { refuseUnmeasured } from './unmeasured.ts';

export const run: Run = async (invocation) => {
  const limit = numberFlag(invocation, 'limit', wholeNumber, 'a whole number');
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    const { report, observations, assessment } = await check(session, {
      signal: invocation.signal,
      store,
      window: 1,
      confirm: true,
      onProgress: (step) => progress.step(step),
    });
    const plan = planWithoutSecrets(
      await planFrom(session, assessment.recommendations, {
        allowRestart: flag(invocation, 'allow-restart'),
        observations,
        rules: assessment.rules,
        ...(limit === undefined ? {} : { limit }),
      }),
    );
    progress.done();
    const { renderPlan } = await import('../report/plan.ts');
    const asText = () => renderPlan(plan, { color: wantsColor(invocation), width: terminalWidth() });
    await allOf(
      async () => {
        if (flag(invocation, 'json')) printPlan(plan);
        else print(asText());
        const advice = assessment.recommendations.filter(isOpenAdvice).length;
        if (advice > 0 && !flag(invocation, 'json')) {
          print(`\n${advice} more are advice, no changes that Pitwall can make: see pitwall check\n`);
        }
      },
      ...texts(invocation, 'out').map((file) => async () => {
        writePlanFile(file, plan);
        if (flag(invocation, 'json')) return;
        const next = plan.changes.length > 0 ? ` Review it, then: pitwall apply ${file}` : '';
        print(`\nWritten to ${file}.${next}\n`);
      }),
      () => store.saveRun(report, observations),
    );
    refuseUnmeasured(observations, report);
    return EXIT.ok;
  });
};

function isOpenAdvice({ changes, status }: Recommendation): boolean {
  return changes.length === 0 && status !== 'dismissed';
}
