import { check } from '../engine/check.ts';
import { planFrom } from '../engine/plan.ts';
import { EXIT } from '../errors.ts';
import { refuseUnmeasured } from './check.ts';
import type { Command } from './command.ts';
import {
  allOf,
  flag,
  print,
  TARGET_OPTIONS,
  terminalWidth,
  texts,
  wantsColor,
  withWorkspace,
  writeTextFile,
} from './context.ts';
import { dataWithoutSecrets } from './secrets.ts';

export const command: Command = {
  name: 'plan',
  summary: 'recommendations as reviewable, reversible changes',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Runs a check and turns what it recommends into a plan: each change with what it does, how it is taken back, what it is predicted to gain, its risk, and whether anything has to be restarted. Changes nothing. The file is JSON, meant to be read and edited: delete the changes you do not want.',
  examples: [
    ['pitwall plan', 'show the plan'],
    ['pitwall plan -o plan.json', 'and write it, for `pitwall apply plan.json`'],
    [
      'pitwall plan --allow-restart -o plan.json',
      'with changes that need a restart, or the service stopped for a moment',
    ],
  ],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'include changes that need the service stopped for a moment' },
    limit: { value: 'N', help: 'only the N most worthwhile recommendations' },
  },
  run: (invocation) =>
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
    }),
};
