import { rollBackKept } from '../engine/take-back.ts';
import { EXIT } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, withWorkspace } from './context.ts';
import { recoveredLine, takenBackLine } from './lines.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store }) => {
    const { done, back } = await rollBackKept(session, store, invocation.positionals[0]!, {
      signal: invocation.signal,
      allowRestart: flag(invocation, 'allow-restart'),
    });
    if (flag(invocation, 'json')) {
      const takenBackBefore = back && { id: back.id, at: back.updatedAt };
      print(`${JSON.stringify({ rolledBack: done, takenBackBefore }, null, 2)}\n`);
    } else {
      for (const one of done) print(`${recoveredLine(one)}\n`);
      if (back !== null && !done.some(({ entry }) => entry.id === back.id)) print(`${takenBackLine(back)}\n`);
      else if (done.length === 0) print('There is nothing to take back.\n');
    }
    return done.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
  });
