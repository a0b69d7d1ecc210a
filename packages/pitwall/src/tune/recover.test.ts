import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openStore } from '../store/sqlite.ts';
import { apply } from './apply.ts';
import { recover } from './recover.ts';
import { bench, change, number, withCode } from './testing.ts';
import { undo } from './undo.ts';

test('an undo that fails stays pending and is tried again by recovery', async (t) => {
  const { content, contextWith, file, store } = await bench(t, openStore);
  let works = false;
  const stubborn = number({
    undo: async () => {
      if (!works) throw new Error('held by somebody');
      writeFileSync(file, '1');
    },
  });
  const context = contextWith(stubborn);
  const entry = await apply(context, change, 'p1');
  await assert.rejects(undo(context, entry), withCode('UNDO_BLOCKED', /held by somebody/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'undoing');
  assert.equal((await recover(context))[0]?.outcome, 'blocked');
  works = true;
  assert.equal((await recover(context))[0]?.outcome, 'rolled-back');
  assert.equal(content(), '1');
});

test('a change of running state that a reboot has undone is not written again', async (t) => {
  const { content, contextWith, file } = await bench(t, openStore);
  const running = number({}, { persistence: 'runtime' });
  await apply(contextWith(running), change, 'p1');
  writeFileSync(file, '9');
  const [result] = await recover(contextWith(running, { bootId: 'boot-2' }));
  assert.equal(result?.outcome, 'rolled-back');
  assert.match(result?.because ?? '', /reboot/);
  assert.equal(content(), '9');
});

test('a durable change outlives a reboot and is taken back; an unknown boot id proves nothing', async (t) => {
  const { content, contextWith } = await bench(t, openStore);
  await apply(contextWith(number()), change, 'p1');
  await recover(contextWith(number(), { bootId: 'boot-2' }));
  assert.equal(content(), '1');
  const running = number({}, { persistence: 'runtime' });
  await apply(contextWith(running), change, 'p2');
  await recover(contextWith(running, { bootId: 'unknown' }));
  assert.equal(content(), '1');
});
