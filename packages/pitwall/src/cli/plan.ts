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
      async () => print(flag(invocation, 'json') ? json : asText()),
      ...texts(invocation, 'out').map((file) => async () => {
        writeTextFile(file, json);
        if (!flag(invocation, 'json')) print(`\nWritten to ${file}. Review it, then: pitwall apply ${file}\n`);
      }),
      () => store.saveRun(report, observations),
    );
    refuseUnmeasured(observations, report);
    return EXIT.ok;
  });
