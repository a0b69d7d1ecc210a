import { rollBackKept } from '../engine/take-back.ts';
import { EXIT } from '../errors.ts';
import type { Command } from './command.ts';
import { flag, TARGET_OPTIONS, withWorkspace } from './context.ts';
import { recoveredLine } from './lines.ts';

export const command: Command = {
  name: 'rollback',
  summary: 'take kept changes back',
  positionals: 'CHANGE|all',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Takes back a change that was kept, by its id from `pitwall history`, or all of them in reverse order. What a person has changed since is not overwritten: it is shown as a conflict and left alone.',
  examples: [
    ['pitwall rollback p1a2b3-c2', 'one change'],
    ['pitwall rollback all', 'everything that Pitwall ever kept here'],
  ],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'allow stopping the service for a moment where that is needed' },
  },
  run: (invocation) =>
    withWorkspace(invocation, async ({ session, store }) => {
      const done = await rollBackKept(session, store, invocation.positionals[0]!, {
        signal: invocation.signal,
        allowRestart: flag(invocation, 'allow-restart'),
      });
      if (flag(invocation, 'json')) process.stdout.write(`${JSON.stringify({ rolledBack: done }, null, 2)}\n`);
      else if (done.length === 0) process.stdout.write('There is nothing to take back.\n');
      else for (const one of done) process.stdout.write(`${recoveredLine(one)}\n`);
      return done.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
    }),
};
