import { recoverUnfinished } from '../engine/take-back.ts';
import { EXIT } from '../errors.ts';
import type { Command } from './command.ts';
import { flag, TARGET_OPTIONS, withWorkspace } from './context.ts';
import { recoveredLine } from './lines.ts';

export const command: Command = {
  name: 'recover',
  summary: 'take back what an interrupted apply left unfinished',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'After a crash, a kill or a power cut during `apply`: takes back every change that the journal knows as begun and not proved, newest first, until the target is exactly what it was. `apply` and `rollback` do this by themselves before anything else.',
  examples: [['pitwall recover', 'take back what was left; exit 4 when something is in the way']],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'allow stopping the service for a moment where that is needed' },
  },
  run: (invocation) =>
    withWorkspace(invocation, async ({ session, store }) => {
      const recovered = await recoverUnfinished(session, store, {
        signal: invocation.signal,
        allowRestart: flag(invocation, 'allow-restart'),
      });
      if (flag(invocation, 'json')) process.stdout.write(`${JSON.stringify({ recovered }, null, 2)}\n`);
      else if (recovered.length === 0) process.stdout.write('Nothing was left unfinished.\n');
      else for (const one of recovered) process.stdout.write(`${recoveredLine(one)}\n`);
      return recovered.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
    }),
};
