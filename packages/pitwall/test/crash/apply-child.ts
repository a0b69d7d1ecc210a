/**
 * Makes a change in a process of its own and kills itself where it is told to.
 *
 *     apply-child.ts PLACE apply|apply-keep|apply-undo|recover [STEP | --hold STEP]
 *
 * STEP: SIGKILL when that step begins; with --hold it prints `held` and waits for the end of its input. Prints `ready` before it begins (the parent may then kill
 * it at any moment), the steps as they begin, and `done` at the end.
 */
import { readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../src/errors.ts';
import type { Change } from '../../src/model/change.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { apply } from '../../src/tune/apply.ts';
import type { TuneStep } from '../../src/tune/context.ts';
import { acquireLock } from '../../src/tune/lock.ts';
import { recover } from '../../src/tune/recover.ts';
import { keep } from '../../src/tune/settle.ts';
import { undo } from '../../src/tune/undo.ts';
import { contextOf } from './support.ts';

const [directory = '', mode = '', how = '', heldStep = ''] = process.argv.slice(2);
const place = { directory, database: join(directory, 'sales.db'), state: join(directory, 'state') };

function onStep(step: TuneStep): void {
  if (step === how) process.kill(process.pid, 'SIGKILL');
  // Synchronous: what was printed before a kill has to arrive.
  writeSync(1, `${step}\n`);
  if (how === '--hold' && step === heldStep) {
    writeSync(1, 'held\n');
    readSync(0, Buffer.alloc(1));
  }
}

try {
  const lock = acquireLock(place.state, join(directory, 'host'));
  const store = await openStore(place.state);
  const context = contextOf(place, store.journal, { onStep });
  writeSync(1, 'ready\n');
  if (mode === 'recover') {
    for (const { outcome, because } of await recover(context)) writeSync(1, `recovered ${outcome}: ${because}\n`);
  } else {
    const change = JSON.parse(readFileSync(join(directory, 'change.json'), 'utf8')) as Change;
    const entry = await apply(context, change, 'p1');
    if (mode === 'apply-keep') await keep(context, entry);
    if (mode === 'apply-undo') await undo(context, entry);
  }
  await store.close();
  lock.release();
  writeSync(1, 'done\n');
} catch (error) {
  writeSync(1, `failed ${(error as { code?: string }).code}: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
