import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { openStore } from '../store/sqlite.ts';
import { apply } from './apply.ts';
import type { TuneContext } from './context.ts';
import { recover, rollBack } from './recover.ts';
import { keep } from './settle.ts';
import { bench, change, number, withCode } from './testing.ts';
import { undo } from './undo.ts';

test('the original is on disk before anything is written, and that it is being taken back before that is', async (t) => {
  const { content, contextWith, directory, file } = await bench(t, openStore);
  const seen: unknown[] = [];
  // A second store on the same file: what is only in memory is not there.
  const other = await openStore(join(directory, 'state'));
  const note = async () => {
    const entry = await other.journal.get('p1-c1');
    seen.push([entry?.state, entry?.original, content()]);
  };
  const watching = number({
    write: async (_file, { to }) => {
      await note();
      writeFileSync(file, String(to));
    },
    undo: async () => {
      await note();
      writeFileSync(file, '1');
    },
  });
  const context = contextWith(watching);
  await undo(context, await apply(context, change, 'p1'));
  await other.close();
  const original = { state: 1, captured: 'copy' };
  assert.deepEqual(seen, [
    ['intent', original, '1'],
    ['undoing', original, '2'],
  ]);
});

/** Its undo needs the target alone, and says so with `code`. */
const needy = (code: 'TARGET_IN_USE' | 'TARGET_LOCKED', effect: 'now' | 'restart') =>
  number(
    {
      undo: async (file, _change, { state }, { exclusive }) => {
        if (!exclusive) throw new PitwallError(code, { path: file, seconds: 1, holders: 'x', action: 'this' });
        writeFileSync(file, String(state));
      },
    },
    { effect },
  );

/** A service whose command fails; says what was called. */
function service(fails: 'start' | 'stop' | null, calls: string[] = []): NonNullable<TuneContext['exclusive']> {
  const failure = () => new PitwallError('SERVICE_CONTROL_FAILED', { action: fails ?? '', reason: 'it is odd' });
  return async (work) => {
    calls.push('stop');
    if (fails === 'stop') throw failure();
    const result = await work();
    calls.push('start');
    if (fails === 'start') throw failure();
    return result;
  };
}

test('the service is stopped for it only when the target is needed alone, not for a lock that passes', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const calls: string[] = [];
  const more = { allowRestart: true, exclusive: service(null, calls) };
  const locked = contextWith(needy('TARGET_LOCKED', 'now'), more);
  await assert.rejects(undo(locked, await apply(locked, change, 'p1')), withCode('UNDO_BLOCKED', /is locked by/));
  assert.deepEqual([calls, content()], [[], '2']);
  assert.equal((await store.journal.get('p1-c1'))?.state, 'undoing');
  for (const tunable of [needy('TARGET_IN_USE', 'now'), needy('TARGET_LOCKED', 'restart')]) {
    writeFileSync((await locked.resolve({ target: '' })).connection as string, '1');
    calls.length = 0;
    const context = contextWith(tunable, more);
    assert.equal((await undo(context, await apply(context, change, 'p2'))).state, 'rolled-back');
    assert.deepEqual([calls, content()], [['stop', 'start'], '1']);
  }
});

test('taken back, and the service does not come up: recorded as taken back, and the message is the service', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const context = contextWith(needy('TARGET_IN_USE', 'now'), { allowRestart: true, exclusive: service('start') });
  const entry = await apply(context, change, 'p1');
  await assert.rejects(undo(context, entry, { because: 'slower' }), withCode('SERVICE_CONTROL_FAILED', /it is odd/));
  const settled = await store.journal.get('p1-c1');
  assert.deepEqual([settled?.state, settled?.because, content()], ['rolled-back', 'slower', '1']);
  assert.ok(!existsSync(join(context.keepDirectory, 'p1-c1')));
});

test('a service that cannot be stopped: not taken back, and still to be', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const context = contextWith(needy('TARGET_IN_USE', 'now'), { allowRestart: true, exclusive: service('stop') });
  await assert.rejects(undo(context, await apply(context, change, 'p1')), withCode('UNDO_BLOCKED', /it is odd/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'undoing');
  assert.equal(content(), '2');
});

test('rolling back or recovering: the other changes are taken back as well, then the service is the message', async (t) => {
  const { contextWith, store } = await bench(t, openStore);
  const context = contextWith(needy('TARGET_IN_USE', 'now'), { allowRestart: true, exclusive: service('start') });
  const kept = [await keep(context, await apply(context, change, 'p1'))];
  kept.push(await keep(context, await apply(context, { ...change, id: 'c2', from: 2, to: 3 }, 'p1')));
  await assert.rejects(rollBack(context, kept), withCode('SERVICE_CONTROL_FAILED', /it is odd/));
  assert.deepEqual(
    (await store.journal.list()).map(({ state }) => state),
    ['rolled-back', 'rolled-back'],
  );
  await apply(context, change, 'p2');
  const [recovered] = await recover(context);
  assert.equal(recovered?.outcome, 'rolled-back');
  assert.match(recovered?.because ?? '', /it is odd/);
});

test('an original that turns out to be needed is not deleted, and the change becomes a conflict', async (t) => {
  const { content, contextWith, file, store } = await bench(t, openStore);
  const damaged = number({
    release: async () => {
      throw new PitwallError('ORIGINAL_NEEDED', { path: file, reason: 'page 7 is broken' });
    },
  });
  const context = contextWith(damaged);
  const entry = await apply(context, change, 'p1');
  const back = await undo(context, entry);
  assert.equal(back.state, 'conflict');
  assert.match(back.because ?? '', /page 7/);
  writeFileSync(file, '2');
  assert.equal((await undo(context, entry)).state, 'conflict', 'nothing more is done to it');
  assert.deepEqual(await recover(context), []);
  assert.equal(content(), '2');
  assert.equal((await store.journal.get('p1-c1'))?.state, 'conflict');
  assert.ok(existsSync(join(context.keepDirectory, 'p1-c1', 'copy')));
});
