import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { openStore } from '../store/sqlite.ts';
import { apply } from './apply.ts';
import type { TuneContext } from './context.ts';
import { recover } from './recover.ts';
import { bench, change, number, withCode } from './testing.ts';
import { undo } from './undo.ts';

test('the steps, in order, with the journal written before the change', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const steps: string[] = [];
  const context = contextWith(number(), { onStep: (step) => steps.push(`${step} ${content()}`) });
  const entry = await apply(context, change, 'p1');
  assert.deepEqual(steps, [
    'read 1',
    'validate 1',
    'capture 1',
    'journal-intent 1',
    'write 1',
    're-read 2',
    'journal-written 2',
    'applied 2',
  ]);
  assert.deepEqual(await store.journal.get('p1-c1'), entry);
  assert.deepEqual([entry.state, entry.original, entry.written], ['written', { state: 1, captured: 'copy' }, 2]);
  assert.deepEqual(readdirSync(context.keepDirectory), ['p1-c1']);
  assert.equal((await undo(context, entry)).state, 'rolled-back');
  assert.equal(content(), '1');
  assert.deepEqual(readdirSync(context.keepDirectory), []);
  assert.equal((await undo(context, entry)).state, 'rolled-back', 'again does nothing');
});

test('a write that throws before it wrote: recorded as failed', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const context = contextWith(
    number({
      write: async () => {
        throw new Error('no');
      },
    }),
  );
  await assert.rejects(apply(context, change, 'p1'), withCode('CHANGE_FAILED', /no/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'failed');
  assert.equal(content(), '1');
});

test('a write that throws after it wrote, or does not take: taken back', async (t) => {
  const { content, contextWith, file, store } = await bench(t, openStore);
  const thrower = number({
    write: async () => {
      writeFileSync(file, '2');
      throw new Error('too late');
    },
  });
  await assert.rejects(apply(contextWith(thrower), change, 'p1'), withCode('CHANGE_FAILED', /too late/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'rolled-back');
  const deaf = number({ write: async () => {} });
  await assert.rejects(apply(contextWith(deaf), change, 'p2'), withCode('CHANGE_FAILED', /reads 1/));
  assert.equal(content(), '1');
  assert.deepEqual(await store.journal.unfinished(), []);
});

test('a write that ends in a third state is shown and left alone', async (t) => {
  const { content, contextWith, file, store } = await bench(t, openStore);
  const wild = number({ write: async () => writeFileSync(file, '77') });
  await assert.rejects(apply(contextWith(wild), change, 'p1'), withCode('UNDO_BLOCKED', /reads 77/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'conflict');
  assert.equal(content(), '77');
});

test('what the tunable refuses is passed on, and the journal stays empty', async (t) => {
  const { contextWith, store } = await bench(t, openStore);
  const picky = number({
    validate: async () => {
      throw new PitwallError('CHANGE_REFUSED', { subject: 'the number', reason: 'it is odd' });
    },
  });
  await assert.rejects(apply(contextWith(picky), change, 'p1'), withCode('CHANGE_REFUSED', /odd/));
  const full = number({
    capture: async () => {
      throw Object.assign(new Error('no space left on device'), { syscall: 'write' });
    },
  });
  await assert.rejects(apply(contextWith(full), change, 'p1'), withCode('CHANGE_REFUSED', /no space left/));
  await assert.rejects(
    apply(contextWith(number()), { ...change, tunable: 'file/x' }, 'p1'),
    withCode('CHANGE_REFUSED'),
  );
  assert.deepEqual(await store.journal.list(), []);
});

test('a bug in a tunable is not dressed up as a refusal', async (t) => {
  const { contextWith } = await bench(t, openStore);
  const broken = number({
    validate: async () => {
      throw new TypeError('x is not a function');
    },
  });
  await assert.rejects(apply(contextWith(broken), change, 'p1'), TypeError);
});

test('the state changing while the original is kept is drift', async (t) => {
  const { contextWith, file } = await bench(t, openStore);
  const racing = number({
    capture: async () => {
      writeFileSync(file, '5');
      return null;
    },
  });
  await assert.rejects(apply(contextWith(racing), change, 'p1'), withCode('DRIFT', /was 1 and is 5/));
  const context = contextWith(racing);
  assert.deepEqual(await recover(context), []);
  assert.deepEqual(readdirSync(context.keepDirectory), [], 'originals of what never began are deleted');
});

test('a restart is asked about here and now, and the service started again also when the work fails', async (t) => {
  const { contextWith, file } = await bench(t, openStore);
  const restarting = number({
    restartReason: async () => 'it is old',
    write: async (_file, { to }, { exclusive }) => {
      if (!exclusive) throw new Error('not alone');
      writeFileSync(file, String(to));
    },
  });
  await assert.rejects(apply(contextWith(restarting), change, 'p1'), withCode('RESTART_NOT_ALLOWED', /it is old/));
  const calls: string[] = [];
  const exclusive: TuneContext['exclusive'] = async (work) => {
    calls.push('stop');
    try {
      return await work();
    } finally {
      calls.push('start');
    }
  };
  const context = contextWith(restarting, { allowRestart: true, exclusive });
  assert.equal((await apply(context, change, 'p1')).state, 'written');
  await assert.rejects(apply(context, { ...change, from: 7 }, 'p2'), withCode('DRIFT'));
  assert.deepEqual(calls, ['stop', 'start'], 'what is refused does not stop the service');
});

test('a service that does not come up with the change: taken back, and started again', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const calls: string[] = [];
  const exclusive: TuneContext['exclusive'] = async (work) => {
    const result = await work();
    calls.push(`start with ${content()}`);
    if (content() === '2') throw new PitwallError('SERVICE_CONTROL_FAILED', { action: 'start', reason: 'it crashed' });
    return result;
  };
  const context = contextWith(number({ restartReason: async () => 'yes' }), { allowRestart: true, exclusive });
  await assert.rejects(apply(context, change, 'p1'), withCode('SERVICE_CONTROL_FAILED', /it crashed/));
  assert.deepEqual(calls, ['start with 2', 'start with 1']);
  assert.equal((await store.journal.get('p1-c1'))?.state, 'rolled-back');
});

for (const code of ['DRIFT', 'CHANGE_REFUSED', 'TARGET_LOCKED', 'TARGET_IN_USE'] as const) {
  test(`${code} out of the write: what somebody else has made meanwhile is not taken for ours`, async (t) => {
    const { content, contextWith, store } = await bench(t, openStore);
    const beaten = number({
      write: async (file) => {
        // The very change, by somebody else, while ours waited for the lock.
        writeFileSync(file, '2');
        throw new PitwallError(code, { subject: 'the number', reason: 'too late' });
      },
    });
    const context = contextWith(beaten);
    await assert.rejects(apply(context, change, 'p1'), withCode(code));
    assert.equal(content(), '2');
    assert.equal((await store.journal.get('p1-c1'))?.state, 'failed');
    assert.deepEqual(readdirSync(context.keepDirectory), []);
  });
}

test('Ctrl-C while the write waits, before it wrote: nothing is taken back', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const interrupt = new AbortController();
  const waiting = number({
    write: async (file, _change, { signal }) => {
      writeFileSync(file, '2');
      interrupt.abort();
      signal.throwIfAborted();
    },
  });
  const context = contextWith(waiting, { signal: interrupt.signal });
  await assert.rejects(apply(context, change, 'p1'), withCode('INTERRUPTED'));
  assert.equal(content(), '2', 'somebody else’s');
  assert.equal((await store.journal.get('p1-c1'))?.state, 'failed');
});

test('`failed` is for what was not written, also where the state cannot tell (a VACUUM in the same mode)', async (t) => {
  const { contextWith, store } = await bench(t, openStore);
  const same = { ...change, to: 1 };
  const stop = (at: string) => (step: string) => {
    if (step === at) throw new Error('stopped');
  };
  const repeated = (more: Parameters<typeof number>[0] = {}) => number(more, { repeatable: true });
  const stateAfter = async (context: TuneContext, plan: string) => {
    await assert.rejects(apply(context, same, plan));
    return (await store.journal.get(`${plan}-c1`))?.state;
  };
  assert.equal(await stateAfter(contextWith(repeated(), { onStep: stop('write') }), 'p1'), 'failed');
  const locked = repeated({
    write: async () => {
      throw new PitwallError('TARGET_LOCKED', { path: 'x', seconds: 1, holders: '' });
    },
  });
  assert.equal(await stateAfter(contextWith(locked), 'p2'), 'failed');
  assert.equal(await stateAfter(contextWith(repeated(), { onStep: stop('re-read') }), 'p3'), 'rolled-back');
  const broken = repeated({
    write: async () => {
      throw new Error('somewhere on the way');
    },
  });
  assert.equal(await stateAfter(contextWith(broken), 'p4'), 'rolled-back');
});

test('a write that did harm: a conflict, and its original stays', async (t) => {
  const { content, contextWith, store } = await bench(t, openStore);
  const harmful = number({
    write: async (file) => {
      writeFileSync(file, '0');
      throw new PitwallError('ORIGINAL_NEEDED', { path: file, reason: 'it is broken' });
    },
  });
  const context = contextWith(harmful);
  await assert.rejects(apply(context, change, 'p1'), withCode('ORIGINAL_NEEDED', /it is broken/));
  const entry = await store.journal.get('p1-c1');
  assert.equal(entry?.state, 'conflict');
  assert.match(entry?.because ?? '', /it is broken/);
  assert.deepEqual(await recover(context), []);
  assert.equal(content(), '0');
  assert.ok(existsSync(join(context.keepDirectory, 'p1-c1', 'copy')));
});
