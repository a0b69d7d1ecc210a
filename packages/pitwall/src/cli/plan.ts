import { check } from '../engine/check.ts';
import { planFrom } from '../engine/plan.ts';
import { EXIT } from '../errors.ts';
import { refuseUnmeasured } from './check.ts';
import type { Run } from './command.ts';
import { allOf, flag, print, terminalWidth, texts, wantsColor, withWorkspace, writeTextFile } from './context.ts';
import { dataWithoutSecrets } from './secrets.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store, progress }) => {
    const { report, observations, assessment } = await check(session, {
      signal: invocation.signal,
      store,
      window: 1,
      confirm: true,
      onProgress: (step) => progress.step(step),
    });
    const plan = dataWithoutSecrets(
      await planFrom(session, assessment.recommendations, { allowRestart: flag(invocation, 'allow-restart') }),
    );
    progress.done();
    const json = `${JSON.stringify(plan, null, 2)}\n`;
    const { renderPlan } = await import('../report/plan.ts');
    const asText = () => renderPlan(plan, { color: wantsColor(invocation), width: terminalWidth() });
    await allOf(
      async () => {
        print(flag(invocation, 'json') ? json : asText());
        const advice = assessment.recommendations.filter(({ changes }) => changes.length === 0).length;
        if (advice > 0 && !flag(invocation, 'json')) {
          print(`\n${advice} more are advice, no changes that Pitwall can make: see pitwall check\n`);
        }
      },
      ...texts(invocation, 'out').map((file) => async () => {
        writeTextFile(file, json);
        if (flag(invocation, 'json')) return;
        const next = plan.changes.length > 0 ? ` Review it, then: pitwall apply ${file}` : '';
        print(`\nWritten to ${file}.${next}\n`);
      }),
      () => store.saveRun(report, observations),
    );
    refuseUnmeasured(observations, report);
    return EXIT.ok;
  });
