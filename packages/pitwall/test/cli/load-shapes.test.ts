import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LoadResult } from '../../src/model/load.ts';
import { writeConfig } from './bad-support.ts';
import { assertReported, load, shopHere } from './load-support.ts';
import { inFolder } from './support.ts';

/** Every shape as it is asked for with flags: what is planned is what was asked for. */

/** Flags, and what has to be true of the result. Rates are low: whether this host keeps them is not what is tested. */
const SHAPES: Readonly<Record<string, readonly [flags: readonly string[], holds: (result: LoadResult) => void]>> = {
  closed: [
    ['--users', '3', '--think-time', '50ms', '--ramp-up', '200ms'],
    ({ shape, users, rate, sent, planned }) => {
      assert.deepEqual([shape, users, rate], ['closed', 3, null]);
      assert.ok(sent === planned && sent > 3 && sent <= 63, `${sent} sent`);
    },
  ],
  'constant-rate': [
    ['--rate', '20/s'],
    ({ shape, rate, planned }) => assert.deepEqual([shape, rate, planned], ['constant-rate', 20, 20]),
  ],
  poisson: [
    ['--shape', 'poisson', '--rate', '40', '--seed', '0'],
    ({ shape, rate, planned }) => {
      assert.deepEqual([shape, rate], ['poisson', 40]);
      assert.ok(planned > 15 && planned < 75, `${planned} planned`);
    },
  ],
  'ramping-rate': [
    ['--stage', '1s:40', '--stage', '500ms:40'],
    // 0 to 40/s within a second, and half a second of 40/s.
    ({ shape, duration, planned }) => {
      assert.deepEqual([shape, duration], ['ramping-rate', 1.5]);
      assert.ok(Math.abs(planned - 40) <= 1, `${planned} planned`);
    },
  ],
  'steps of users': [
    ['--shape', 'steps', '--stage', '600ms:2', '--stage', '400ms:4', '--think-time', '50ms'],
    ({ shape, duration, rate, peakUsers }) =>
      assert.deepEqual([shape, duration, rate, peakUsers], ['steps', 1, null, 4]),
  ],
  'steps of rates': [
    ['--shape', 'steps', '--stage', '500ms:20/s', '--stage', '500ms:40/s'],
    ({ shape, duration, planned, peakUsers }) =>
      assert.deepEqual([shape, duration, planned, peakUsers], ['steps', 1, 30, undefined]),
  ],
  'spike of users': [
    ['--shape', 'spike', '--users', '2', '--peak', '6', '--think-time', '50ms'],
    ({ shape, users, peakUsers }) => assert.deepEqual([shape, users, peakUsers], ['spike', 2, 6]),
  ],
  spike: [
    ['--rate', '20', '--peak', '60', '--shape', 'spike'],
    // A fifth of the second at 60/s.
    ({ shape, planned }) => assert.deepEqual([shape, planned], ['spike', 28]),
  ],
  soak: [['--shape', 'soak', '--rate', '20'], ({ shape, planned }) => assert.deepEqual([shape, planned], ['soak', 20])],
  trace: [
    ['--trace', 'trace.jsonl', '--speed', '2'],
    ({ shape, planned, duration }) => {
      assert.deepEqual([shape, planned], ['trace', 11]);
      assert.ok(Math.abs(duration - 1) < 0.01, `${duration} s`);
    },
  ],
};

describe('shapes', { concurrency: 2, timeout: 120_000 }, () => {
  for (const [name, [flags, holds]] of Object.entries(SHAPES)) {
    it(name, (t) =>
      inFolder(async (cwd) => {
        const shop = await shopHere(t);
        writeFileSync(join(cwd, 'trace.jsonl'), Array.from({ length: 11 }, (_, i) => `{"at":${i / 5}}\n`).join(''));
        const own = flags.includes('--stage') || flags.includes('--trace');
        const args = ['--url', shop.url, '--warmup', '0', '--json', ...(own ? [] : ['--duration', '1s']), ...flags];
        const ended = await load(args, { cwd });
        // On a busy host a rate may be missed: then the run is not valid, and all else holds.
        assert.ok(ended.status === 0 || ended.status === 3, ended.stderr);
        const result = await assertReported(ended, cwd);
        assert.deepEqual([result.endedBy, result.errors], ['plan', {}]);
        holds(result);
      }),
    );
  }

  it('flags over a configuration of another shape', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const configure = (more: object) =>
        writeConfig(cwd, {
          targets: { web: { integration: 'http', url: shop.url } },
          load: { warmup: '0s', duration: '500ms', ...more },
        });
      const shapeOf = async (...flags: readonly string[]) => {
        const ended = await load(['--json', ...flags], { cwd });
        const { shape, planned } = await assertReported(ended, cwd);
        return [shape, planned];
      };
      configure({ users: 3, thinkTime: '100ms', rampUp: '100ms' });
      assert.deepEqual(await shapeOf('--rate', '20'), ['constant-rate', 10]);
      configure({ shape: 'soak', rate: 10 });
      assert.deepEqual(await shapeOf('--rate', '30'), ['soak', 15], 'a soak at another rate is a soak');
      configure({ shape: 'steps', stages: [{ users: 2, hold: '500ms' }], thinkTime: '50ms' });
      assert.deepEqual((await shapeOf('--shape', 'closed', '--users', '1'))[0], 'closed');
      configure({ preset: 'light' });
      assert.deepEqual(await shapeOf('--rate', '20'), ['constant-rate', 10]);
      const [shape, planned] = await shapeOf('--duration', '300ms', '--think-time', '100ms');
      assert.ok(shape === 'closed' && Number(planned) > 10 && Number(planned) <= 40, `${shape}, ${planned} planned`);
    }));
});
