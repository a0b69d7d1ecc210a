import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EarlyEnd } from '../load/abort-watch.ts';
import type { LoadTick } from '../model/load.ts';
import type { AbortRules } from '../model/scenario.ts';
import { guardDuet } from './duet-guard.ts';
import { realEnvironment } from './platform.ts';

const urls = { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2' };
const rules = (more: Partial<AbortRules>): AbortRules => ({
  errorRatio: null,
  p99: null,
  over: 3,
  danger: false,
  ...more,
});
const tick = (at: number, completed: number, errors: number, p99 = 0.01) =>
  ({ at, completed, errors, p99 }) as LoadTick;

/** After how many blocks of half a second it was ended, and why; null when it never was. */
async function blocksUntil(abort: AbortRules | undefined, of: (block: number) => LoadTick) {
  const guard = await guardDuet(realEnvironment, abort ? { abort } : {}, urls);
  for (let block = 1; block <= 40; block++) {
    guard.saw('a', tick(0.5, 50, 0));
    guard.saw('b', of(block));
    if (guard.signal.aborted) {
      const { end, message } = guard.signal.reason as EarlyEnd;
      return { block, end, message };
    }
  }
  await guard.end();
  return null;
}

test('an abort rule holds over seconds, whichever blocks they are of, and names the service', async () => {
  const failing = await blocksUntil(rules({ errorRatio: 0.1 }), () => tick(0.5, 50, 10));
  assert.deepEqual([failing?.block, failing?.end], [6, 'abort-rule'], 'three seconds');
  assert.match(failing!.message, /^http:\/\/127\.0\.0\.1:2: 20\.0 % of the requests failed over 3 s/);
  assert.equal(await blocksUntil(rules({ errorRatio: 0.3 }), () => tick(0.5, 50, 10)), null);
  assert.equal(await blocksUntil(undefined, () => tick(0.5, 50, 10)), null);
});

test('a p99 rule asks for all the blocks of a second', async () => {
  const slow = await blocksUntil(rules({ p99: 0.1, over: 2 }), () => tick(0.5, 50, 0, 0.2));
  assert.equal(slow?.block, 4);
  assert.equal(
    await blocksUntil(rules({ p99: 0.1, over: 2 }), (block) => tick(0.5, 50, 0, block % 2 ? 0.2 : 0.05)),
    null,
  );
});

test('a service without a success for five seconds of its blocks is gone, with or without rules', async () => {
  const gone = await blocksUntil(undefined, (block) => tick(0.5, 50, block > 4 ? 50 : 0));
  assert.deepEqual([gone?.block, gone?.end], [14, 'target-lost']);
});

test('seconds inside of longer blocks count as they are', async () => {
  const guard = await guardDuet(realEnvironment, { abort: rules({ errorRatio: 0.1 }) }, urls);
  for (const at of [1, 2, 2.5]) guard.saw('a', tick(at, 50, 10));
  assert.equal(guard.signal.aborted, false, 'a half is not a second yet');
  guard.saw('a', tick(1, 50, 10));
  assert.equal(guard.signal.aborted, true, 'with the first one of the next block it is one and a half');
});

/** A kernel with this share of its memory available. */
async function kernel(t: TestContext, available: number) {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-duet-guard-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'proc'));
  await mkdir(join(folder, 'sys'));
  await writeFile(join(folder, 'proc', 'meminfo'), `MemTotal: 1000 kB\nMemAvailable: ${available} kB\n`);
  return { ...realEnvironment, proc: join(folder, 'proc'), sys: join(folder, 'sys') };
}

test('a danger to this host that lasts ends it, where the rules say so and a service is on it', async (t) => {
  const guarded = async (available: number, danger: boolean, where = urls) => {
    const guard = await guardDuet(await kernel(t, available), { abort: rules({ danger }) }, where, 0.02);
    const ended = new Promise<string>((resolve) =>
      guard.signal.addEventListener('abort', () =>
        resolve(`${guard.signal.reason.end}: ${guard.signal.reason.message}`),
      ),
    );
    const said = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(resolve, 500, null))]);
    await guard.end();
    return said;
  };
  assert.match((await guarded(20, true)) ?? '', /^danger: Only 2 % of the memory is still available/);
  const elsewhere = { a: 'http://198.51.100.7', b: 'http://203.0.113.7' };
  assert.deepEqual(await Promise.all([guarded(200, true), guarded(20, false), guarded(20, true, elsewhere)]), [
    null,
    null,
    null,
  ]);
});
