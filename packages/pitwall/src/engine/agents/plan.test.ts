import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { LoadOptions } from '../../model/load.ts';
import type { Scenario } from '../../model/scenario.ts';
import { FORMAT, readPlan, writePlan } from './plan.ts';
import { OPTIONS } from './testing.ts';

const SCENARIO: Scenario = {
  name: 'shop',
  flows: [
    {
      name: 'buy',
      weight: 2,
      steps: [
        {
          name: 'basket',
          method: 'POST',
          path: '/basket/{{id}}',
          headers: { authorization: 'Bearer {{token}}' },
          body: { kind: 'json', value: { a: [1, null, { b: 'ü' }] } },
          thinkTime: { distribution: 'lognormal', mean: 1, sigma: 0.5 },
          expected: null,
          extract: [{ from: 'jsonpath', path: '$.id', as: 'id', fallback: '0' }],
          checks: [
            { kind: 'status', name: 'ok', in: [200] },
            { kind: 'jsonpath', name: 'has', path: '$.x', equals: { y: 1 } },
          ],
          tags: { page: 'basket' },
        },
      ],
    },
  ],
  feeders: [{ name: 'users', order: 'unique', rows: [{ user: 'ann' }, { user: 'bob' }] }],
  variables: { token: 't' },
  headers: {},
  cookies: true,
  oncePerUser: [],
  cleanUp: [],
};

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError);
  assert.equal(error.code, 'SHARE_REFUSED');
  assert.match(error.message, pattern);
  return true;
};

test('a plan is read back as it was: scenario, rules, TLS', () => {
  const options: LoadOptions = {
    ...OPTIONS,
    scenario: SCENARIO,
    protocol: 'http2',
    abort: { errorRatio: 0.1, p99: null, over: 5, danger: true },
    stages: [{ rate: 1, over: 1, hold: 2 }],
    thinkTime: { distribution: 'uniform', min: 1, max: 2 },
  };
  const tls = { ca: '-----BEGIN CERTIFICATE-----', servername: 'shop', rejectUnauthorized: false };
  assert.deepEqual(readPlan(writePlan({ options, tls })), { options, tls });
  assert.deepEqual(readPlan(writePlan({ options: OPTIONS })), { options: OPTIONS });
});

test('a trace keeps every instant to the bit', () => {
  const at = Float64Array.from({ length: 1000 }, (_, i) => i / 3);
  const flow = Uint16Array.from({ length: 1000 }, (_, i) => i % 7);
  const { options } = readPlan(writePlan({ options: { ...OPTIONS, shape: 'trace', trace: { at, flow } } }));
  assert.deepEqual(options.trace, { at, flow });
});

test('what somebody wrote into the store is no plan', () => {
  const written = JSON.parse(writePlan({ options: OPTIONS })) as { options: Record<string, unknown> };
  const withOption = (name: string, value: unknown) =>
    JSON.stringify({ ...written, options: { ...written.options, [name]: value } });
  assert.throws(() => readPlan('{'), refusal(/not JSON/));
  assert.throws(() => readPlan('null'), refusal(/not one/));
  assert.throws(() => readPlan('[]'), refusal(/not one/));
  assert.throws(
    () => readPlan(JSON.stringify({ ...written, format: 1 })),
    refusal(/format 1, and this Pitwall reads format 2/),
  );
  assert.throws(() => readPlan(JSON.stringify({ ...written, run: 'rm -rf /' })), refusal(/run/));
  for (const [name, value] of [
    ['url', 17],
    ['shape', '__proto__'],
    ['users', 1e300],
    ['users', -1],
    ['rate', 'fast'],
    ['duration', 1e12],
    ['endpoints', [{ name: 'x', method: 'GET', path: '/', headers: { a: 1 }, weight: 1 }]],
    ['endpoints', [{ name: 'x', method: 'GET', path: '/', headers: {}, weight: -1 }]],
    ['scenario', { ...SCENARIO, flows: 'none' }],
    ['scenario', { ...SCENARIO, command: 'x' }],
    ['trace', { at: [0, 1], flow: [0] }],
    ['trace', { at: [0], flow: [70_000] }],
    ['exec', 'sh'],
  ] as const) {
    assert.throws(() => readPlan(withOption(name, value)), refusal(/its plan is not one/), name);
  }
});

test('a plan that is nested without end breaks nothing', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const step = { ...SCENARIO.flows[0]!.steps[0]!, body: { kind: 'json', value: 'HERE' } };
  const scenario = { ...SCENARIO, flows: [{ ...SCENARIO.flows[0]!, steps: [step] }] };
  const nested = JSON.stringify({ format: FORMAT, options: { ...OPTIONS, scenario } }).replace('"HERE"', deep);
  assert.throws(() => readPlan(nested), refusal(/nested too deeply|not JSON/));
  assert.throws(() => readPlan(deep), refusal(/./));
});

test('a message about it is one printable line', () => {
  const nasty = JSON.stringify({ format: FORMAT, options: OPTIONS, '\u001b[2J\nkey': 1 });
  assert.throws(
    () => readPlan(nasty),
    (error: unknown) => !/[\u0000-\u001f]/.test((error as Error).message),
  );
});

test('data that is larger than agents take is refused before it is sent', () => {
  const rows = Array.from({ length: 70 }, () => ({ text: 'x'.repeat(1_000_000) }));
  const scenario = { ...SCENARIO, feeders: [{ name: 'big', order: 'random' as const, rows }] };
  assert.throws(() => writePlan({ options: { ...OPTIONS, scenario } }), { code: 'LOAD_OPTIONS_INVALID' });
});
