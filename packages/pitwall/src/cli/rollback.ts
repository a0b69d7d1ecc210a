import { rollBackKept } from '../engine/take-back.ts';
import { EXIT } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, withWorkspace } from './context.ts';
import { recoveredLine } from './lines.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store }) => {
    const done = await rollBackKept(session, store, invocation.positionals[0]!, {
      signal: invocation.signal,
      allowRestart: flag(invocation, 'allow-restart'),
    });
    if (flag(invocation, 'json')) print(`${JSON.stringify({ rolledBack: done }, null, 2)}\n`);
    else if (done.length === 0) print('There is nothing to take back.\n');
    else for (const one of done) print(`${recoveredLine(one)}\n`);
    return done.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
  });
