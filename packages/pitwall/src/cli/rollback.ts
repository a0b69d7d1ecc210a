import { tuneContext, withLock } from '../engine/tuning.ts';
import { EXIT, PitwallError } from '../errors.ts';
import type { JournalEntry } from '../model/change.ts';
import { closest } from '../model/closest.ts';
import { rollBack } from '../tune/recover.ts';
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
      const tune = tuneContext(session, store, {
        signal: invocation.signal,
        allowRestart: flag(invocation, 'allow-restart'),
      });
      return withLock(session, tune, async (recovered) => {
        const wanted = invocation.positionals[0]!;
        const kept = (await store.journal.list()).filter(({ state }) => state === 'kept');
        const chosen = wanted === 'all' ? kept : [oneOf(kept, wanted)];
        const done = [...recovered, ...(await rollBack(tune, chosen))];
        if (flag(invocation, 'json')) process.stdout.write(`${JSON.stringify({ rolledBack: done }, null, 2)}\n`);
        else if (done.length === 0) process.stdout.write('There is nothing to take back.\n');
        else for (const one of done) process.stdout.write(`${recoveredLine(one)}\n`);
        return done.every(({ outcome }) => outcome === 'rolled-back') ? EXIT.ok : EXIT.refused;
      });
    }),
};

function oneOf(kept: readonly JournalEntry[], wanted: string): JournalEntry {
  const entry = kept.find(({ id }) => id === wanted);
  if (entry) return entry;
  const ids = kept.map(({ id }) => id);
  const meant = closest(wanted, ids);
  const hint = meant ? ` Did you mean ${meant}?` : ids.length > 0 ? ` Kept: ${ids.join(', ')}.` : ' None is kept.';
  throw new PitwallError('USAGE', { what: `There is no kept change ${wanted}.${hint}`, command: 'rollback' });
}
