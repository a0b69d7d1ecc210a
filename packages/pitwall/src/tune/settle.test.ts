import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import { openStore } from '../store/sqlite.ts';
import { apply } from './apply.ts';
import { recover } from './recover.ts';
import { keep, switchTo } from './settle.ts';
import { bench, change, number, withCode } from './testing.ts';
import { undo } from './undo.ts';

test('keeping releases what only an unproved change needs, and recovery leaves it alone', async (t) => {
  const { content, contextWith } = await bench(t, openStore);
  const released: Json[] = [];
  const context = contextWith(
    number({
      release: async (_file, { captured }) => {
        released.push(captured);
      },
    }),
  );
  const kept = await keep(context, await apply(context, change, 'p1'), 'it is faster');
  assert.deepEqual([kept.state, kept.because, released], ['kept', 'it is faster', ['copy']]);
  assert.deepEqual(await recover(context), []);
  assert.equal(content(), '2');
  assert.ok(existsSync(join(context.keepDirectory, 'p1-c1')), 'a later roll-back may need it');
});

test('switched to and fro: each state as it was, and unfinished all the time', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const context = contextWith(number());
  let entry = await apply(context, change, 'p1');
  for (const [to, expected] of [
    ['original', '1'],
    ['original', '1'],
    ['changed', '2'],
    ['changed', '2'],
  ] as const) {
    entry = await switchTo(context, entry, to);
    assert.equal(content(), expected);
    assert.equal((await store.journal.unfinished()).length, 1);
  }
});

test('somebody who was faster while it was switched keeps what he made', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  let beaten = false;
  const racing = number({
    write: async (file, { to }) => {
      writeFileSync(file, String(to));
      if (beaten) throw new PitwallError('DRIFT', { subject: 'the number', difference: 'somebody was faster' });
    },
  });
  const context = contextWith(racing);
  const entry = await switchTo(context, await apply(context, change, 'p1'), 'original');
  beaten = true;
  await assert.rejects(switchTo(context, entry, 'changed'), withCode('DRIFT', /faster/));
  assert.equal((await undo(context, entry)).state, 'conflict');
  assert.equal(content(), '2');
  assert.equal((await store.journal.get('p1-c1'))?.state, 'conflict');
});
