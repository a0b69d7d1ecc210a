import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../config/load.ts';
import { SECTIONS } from '../config/schema.ts';
import { REGISTRY } from '../config/testing.ts';
import { shapeProblem } from '../load/shapes/index.ts';
import type { LoadConfig } from '../model/config.ts';
import { type LoadOverrides, loadOptionsOf } from './load-options.ts';
import type { Session } from './session.ts';

const { config } = await parseConfig(
  'version: 1\ntargets: { shop: { url: "http://127.0.0.1:1" } }\n',
  '/srv/pitwall.yaml',
  {
    environment: {},
    registry: REGISTRY,
  },
);
const DEFAULTS: LoadConfig = config.load;

/** The options of a load whose configuration says this, under these flags. */
async function optionsOf(written: Partial<LoadConfig>, flags: LoadOverrides) {
  const url = 'http://127.0.0.1:1';
  const endpoints = [{ name: 'GET /', method: 'GET', path: '/', headers: {}, weight: 1 }];
  const session = {
    config: { load: { ...DEFAULTS, ...written, given: Object.keys(written) } },
    targets: [
      {
        target: { id: 'web' },
        configured: { options: {} },
        connection: null,
        integration: { loadTarget: () => ({ url, endpoints }) },
      },
    ],
  } as unknown as Session;
  const { options } = await loadOptionsOf(session, flags);
  return options;
}

/** A file of arrivals at 0, 0.5 and 1.5 s. */
function traceFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-trace-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'trace.jsonl');
  writeFileSync(file, [0, 0.5, 1.5].map((at) => `{"at":${at}}\n`).join(''));
  return file;
}

test('a trace is replayed from its beginning: it has no warm-up unless somebody asks for one', async (t) => {
  const file = traceFile(t);
  const lengths = async (written: Partial<LoadConfig>, flags: LoadOverrides) => {
    const { shape, warmup, duration } = await optionsOf(written, flags);
    return [shape, warmup, Math.round(duration * 100) / 100];
  };
  assert.deepEqual(await lengths({}, { traceFile: file }), ['trace', 0, 1.5]);
  assert.deepEqual(await lengths({ shape: 'trace', trace: file }, {}), ['trace', 0, 1.5]);
  assert.deepEqual(await lengths({}, { traceFile: file, warmup: 1 }), ['trace', 1, 0.5]);
  assert.deepEqual(await lengths({ warmup: 0.5 }, { traceFile: file }), ['trace', 0.5, 1]);
  // A preset warms up its own users.
  assert.deepEqual((await lengths({ preset: 'normal' }, { traceFile: file })).slice(0, 2), ['trace', 0]);
});

test('other shapes keep the warm-up that the configuration has', async () => {
  assert.equal((await optionsOf({}, {})).warmup, 2);
  assert.equal((await optionsOf({}, { rate: 5 })).warmup, 2);
  assert.equal((await optionsOf({ warmup: 0 }, { rate: 5 })).warmup, 0);
});

test('users who wait, in the file, are no limit of connections for a rate of the flags', async () => {
  assert.equal((await optionsOf({ users: 4 }, { rate: 50 })).users, 100);
  assert.equal((await optionsOf({ users: 4 }, { rate: 50, users: 7 })).users, 7);
  assert.equal((await optionsOf({ users: 4, shape: 'constant-rate', rate: 50 }, { rate: 80 })).users, 4);
  assert.equal((await optionsOf({ users: 4 }, { duration: 3 })).users, 4);
});

test('a number of iterations has ten minutes and no warm-up, unless somebody says otherwise', async () => {
  const course = async (written: Partial<LoadConfig>, flags: LoadOverrides = {}) => {
    const { iterations, duration, warmup } = await optionsOf(written, flags);
    return [iterations, duration, warmup];
  };
  assert.deepEqual(await course({}, { iterations: 50 }), [50, 600, 0]);
  assert.deepEqual(await course({ iterations: 50 }), [50, 600, 0]);
  assert.deepEqual(await course({ iterations: 50 }, { iterations: 70 }), [70, 600, 0]);
  // In one place: at most that long. A flag over the file's number: that long instead.
  assert.deepEqual(await course({ iterations: 50, duration: 20 }), [50, 20, 0]);
  assert.deepEqual(await course({}, { iterations: 50, duration: 5 }), [50, 5, 0]);
  assert.deepEqual(await course({ iterations: 50 }, { duration: 5 }), [undefined, 5, 2]);
  assert.deepEqual(await course({ iterations: 50 }, { iterations: 70, duration: 5 }), [70, 5, 0]);
  // The file's duration was meant for its own course: it still is the longest.
  assert.deepEqual(await course({ duration: 30, warmup: 1 }, { iterations: 50 }), [50, 30, 1]);
  assert.deepEqual(await course({ iterations: 50 }, { rate: 10 }), [undefined, 10, 2]);
  // Presets have both of them.
  assert.deepEqual(await course({ preset: 'light' }), [50, 600, 0]);
  assert.deepEqual(await course({ preset: 'light', iterations: 20 }), [20, 600, 0]);
  assert.deepEqual(await course({ preset: 'normal' }, { iterations: 20 }), [20, 300, 10]);
});

test('of fewer iterations than the default of users, so many users; users that somebody asked for stay, and are refused', async () => {
  const users = async (written: Partial<LoadConfig>, flags: LoadOverrides = {}) =>
    (await optionsOf(written, flags)).users;
  assert.equal(await users({}, { iterations: 3 }), 3);
  assert.equal(await users({ iterations: 3 }), 3);
  assert.equal(await users({}, { iterations: 50 }), 10);
  const asked = await optionsOf({ users: 5 }, { iterations: 3 });
  assert.equal(asked.users, 5);
  assert.match(shapeProblem(asked) ?? '', /^3 iterations are fewer than the 5 users/);
  assert.equal(await users({ iterations: 3 }, { users: 5 }), 5);
  assert.equal(await users({ preset: 'light' }, { iterations: 3 }), 10);
});

test('options that were worked out stay as they are when they are worked out again', async () => {
  for (const [written, flags] of [
    [{ iterations: 50 }, {}],
    [{ iterations: 3 }, {}],
    [{ iterations: 50 }, { duration: 5 }],
    [{ iterations: 50 }, { rate: 10 }],
  ] as const) {
    const once = await optionsOf(written, flags);
    assert.deepEqual(await optionsOf(written, once), once);
  }
});

test('a rate in the file has no number of iterations', async () => {
  const options = await optionsOf({ shape: 'constant-rate', rate: 10 }, { iterations: 50 });
  assert.match(shapeProblem(options)!, /the shape constant-rate has no number of iterations/);
});

test('the configuration allows what the generator can do, and no more', () => {
  const isAllowed = (key: string, value: number) => SECTIONS.load.safeParse({ [key]: value }).success;
  const canBe = (change: object) =>
    shapeProblem({ shape: 'closed', users: 1, duration: 9, warmup: 0, ...change }) === null;
  const trace = { at: Float64Array.of(0, 1e-9), flow: Uint16Array.of(0, 0) };
  for (const speed of [1e-4, 0.001, 1, 1000, 1000.5]) {
    assert.equal(isAllowed('speed', speed), canBe({ shape: 'trace', trace, speed }), `speed ${speed}`);
  }
  for (const iterations of [0, 1, 1e9, 1e9 + 1]) {
    assert.equal(isAllowed('iterations', iterations), canBe({ iterations }), `iterations ${iterations}`);
  }
});
