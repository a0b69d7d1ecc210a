import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { PitwallError } from '../errors.ts';
import type { Change } from '../model/change.ts';
import { defineTunable } from '../model/define.ts';
import type { AnyIntegration, Tunable } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/sqlite.ts';
import { apply } from './apply.ts';
import type { TuneContext } from './context.ts';
import { recover } from './recover.ts';
import { keep } from './settle.ts';
import { undo } from './undo.ts';

/** A number in a file: a real tunable, small enough to make each of its functions fail. */
const number = (overrides: Partial<Tunable<string>> = {}, meta: Partial<Tunable['meta']> = {}) =>
  defineTunable<string>({
    id: 'file/number',
    meta: {
      title: 'A number',
      why: '',
      effect: 'now',
      persistence: 'durable',
      risk: 'low',
      locks: '',
      undo: '',
      toggles: true,
      sources: [],
      ...meta,
    },
    to: z.number(),
    read: async (file) => Number(readFileSync(file, 'utf8')),
    achieved: (state, { to }) => state === to,
    preview: () => ({ apply: '', undo: '' }),
    validate: async () => {},
    capture: async (file, _change, { keepDirectory }) => {
      writeFileSync(join(keepDirectory, 'copy'), readFileSync(file));
      return 'copy';
    },
    write: async (file, { to }) => writeFileSync(file, String(to)),
    undo: async (file, _change, { state }) => writeFileSync(file, String(state)),
    ...overrides,
  });

let directory: string;
let file: string;
let store: Store;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-tune-'));
  file = join(directory, 'number');
  writeFileSync(file, '1');
  store = await openStore(join(directory, 'state'));
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const change: Change = {
  id: 'c1',
  target: 'numbers',
  tunable: 'file/number',
  subject: 'the number',
  to: 2,
  from: 1,
  reason: '',
  rules: [],
  affects: [],
  effect: 'now',
  risk: 'low',
  needsRestart: false,
  preview: { apply: '', undo: '' },
};

function contextWith(tunable: Tunable<string>, more: Partial<TuneContext> = {}): TuneContext {
  const integration = { id: 'file', tunables: [tunable] } as unknown as AnyIntegration;
  return {
    journal: store.journal,
    resolve: async () => ({ integration, connection: file, raw: { file }, close: async () => {} }),
    bootId: 'boot-1',
    now: () => new Date(0),
    signal: new AbortController().signal,
    keepDirectory: join(directory, 'originals'),
    allowRestart: false,
    exclusive: null,
    ...more,
  };
}

const content = () => readFileSync(file, 'utf8');
const withCode =
  (code: string, text = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };

test('the steps, in order, with the journal written before the change', async () => {
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

test('the original is on disk before anything is written, and that it is being taken back before that is', async () => {
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

test('a write that throws before it wrote: recorded as failed', async () => {
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

test('a write that throws after it wrote, or does not take: taken back', async () => {
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

test('a write that ends in a third state is shown and left alone', async () => {
  const wild = number({ write: async () => writeFileSync(file, '77') });
  await assert.rejects(apply(contextWith(wild), change, 'p1'), withCode('UNDO_BLOCKED', /reads 77/));
  assert.equal((await store.journal.get('p1-c1'))?.state, 'conflict');
  assert.equal(content(), '77');
});

test('what the tunable refuses is passed on, and the journal stays empty', async () => {
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

test('a bug in a tunable is not dressed up as a refusal', async () => {
  const broken = number({
    validate: async () => {
      throw new TypeError('x is not a function');
    },
  });
  await assert.rejects(apply(contextWith(broken), change, 'p1'), TypeError);
});

test('the state changing while the original is kept is drift', async () => {
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

test('a restart is asked about here and now, and the service started again also when the work fails', async () => {
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

test('a service that does not come up with the change: taken back, and started again', async () => {
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

test('an undo that fails stays pending and is tried again by recovery', async () => {
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

test('a change of running state that a reboot has undone is not written again', async () => {
  const running = number({}, { persistence: 'runtime' });
  await apply(contextWith(running), change, 'p1');
  writeFileSync(file, '9');
  const [result] = await recover(contextWith(running, { bootId: 'boot-2' }));
  assert.equal(result?.outcome, 'rolled-back');
  assert.match(result?.because ?? '', /reboot/);
  assert.equal(content(), '9');
});

test('a durable change outlives a reboot and is taken back; an unknown boot id proves nothing', async () => {
  await apply(contextWith(number()), change, 'p1');
  await recover(contextWith(number(), { bootId: 'boot-2' }));
  assert.equal(content(), '1');
  const running = number({}, { persistence: 'runtime' });
  await apply(contextWith(running), change, 'p2');
  await recover(contextWith(running, { bootId: 'unknown' }));
  assert.equal(content(), '1');
});

test('keeping releases what only an unproved change needs, and recovery leaves it alone', async () => {
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
