import { recoverUnfinished } from '../engine/take-back.ts';
import { EXIT } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, withWorkspace } from './context.ts';
import { recoveredLine } from './lines.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store }) => {
    const recovered = await recoverUnfinished(session, store, {
      signal: invocation.signal,
      allowRestart: flag(invocation, 'allow-restart'),
    });
    if (flag(invocation, 'json')) print(`${JSON.stringify({ recovered }, null, 2)}\n`);
    else if (recovered.length === 0) print('Nothing was left unfinished.\n');
    else for (const one of recovered) print(`${recoveredLine(one)}\n`);
    return recovered.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
  });
