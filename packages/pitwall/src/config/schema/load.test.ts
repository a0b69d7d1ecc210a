import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { LoadConfig } from '../../model/config.ts';
import { configJsonSchema } from '../json-schema.ts';
import { parseConfig } from '../load.ts';
import { REGISTRY } from '../testing.ts';

const FILE = '/srv/vending/pitwall.yaml';
const MINIMAL = 'version: 1\ntargets:\n  shop: { url: "http://127.0.0.1:1" }\n';

/** `load:` with these keys, on line 4. */
async function load(keys: string): Promise<LoadConfig> {
  const text = `${MINIMAL}load: { ${keys} }\n`;
  return (await parseConfig(text, FILE, { environment: {}, registry: REGISTRY })).config.load;
}

/** What is wrong, without the file and line that are always the same. */
async function mistakes(keys: string): Promise<readonly string[]> {
  try {
    await load(keys);
    return [];
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    return [error.message, ...error.also].map((line) => line.replace(/^.*?:4:\d+: load\./, ''));
  }
}

describe('shapes', () => {
  it('are found out by what is given', async () => {
    const shape = async (keys: string) => (await load(keys)).shape;
    assert.equal(await shape(''), 'closed');
    assert.equal(await shape('rate: 10'), 'constant-rate');
    assert.equal(await shape('rate: 10, peak: 100'), 'spike');
    assert.equal(await shape('trace: t.jsonl'), 'trace');
    assert.equal(await shape('rate: 10, shape: poisson'), 'poisson');
    assert.equal(await shape('rate: 10, shape: soak'), 'soak');
  });

  it('take their options, in SI units', async () => {
    const { rampUp, thinkTime, users } = await load('users: 50000, rampUp: 1m, thinkTime: { exponential: 500ms }');
    assert.deepEqual([rampUp, thinkTime, users], [60, { distribution: 'exponential', mean: 0.5 }, 50_000]);
    const ramp = await load(
      'shape: ramping-rate, stages: [{ rate: 100/s, over: 30s }, { rate: 0, over: 10s, hold: 5s }]',
    );
    assert.deepEqual(ramp.stages, [
      { rate: 100, over: 30, hold: 0 },
      { rate: 0, over: 10, hold: 5 },
    ]);
    assert.equal(ramp.duration, 45, 'as long as the stages');
    const steps = await load('shape: steps, duration: 1m, stages: [{ users: 10, hold: 10s }], arrivals: poisson');
    assert.deepEqual(
      [steps.stages, steps.duration, steps.arrivals],
      [[{ users: 10, over: 0, hold: 10 }], 60, 'poisson'],
    );
    const spike = await load('rate: 10, peak: 200, peakAt: 5s, peakFor: 2s');
    assert.deepEqual([spike.peak, spike.peakAt, spike.peakFor], [200, 5, 2]);
  });

  it('of users may count their iterations', async () => {
    const { iterations, shape, given } = await load('users: 50, iterations: 1000');
    assert.deepEqual([iterations, shape, given], [1000, 'closed', ['users', 'iterations']]);
    assert.deepEqual(await mistakes('preset: per-endpoint, iterations: 50'), []);
  });

  it('of recorded arrivals say which keys were given, because the trace knows the rest', async () => {
    const { trace, speed, given, duration } = await load('trace: logs/t.jsonl, speed: 2.5');
    assert.deepEqual([trace, speed, given, duration], ['/srv/vending/logs/t.jsonl', 2.5, ['trace', 'speed'], 10]);
  });

  it('have no keys without a value', async () => {
    const { rampUp: _, given, ...rest } = await load('rampUp: 1s');
    assert.deepEqual({ ...rest, given: [] }, await load(''));
    assert.deepEqual(given, ['rampUp']);
    assert.ok(!Object.values(await load('')).includes(undefined as never));
  });
});

describe('where and how', () => {
  it('protocol, connections, socket, access log, preset', async () => {
    const it = await load('protocol: http2, connections: 4, socket: run/web.sock, accessLog: /var/log/access.log');
    assert.deepEqual(
      [it.protocol, it.connections, it.socket, it.accessLog],
      ['http2', 4, '/srv/vending/run/web.sock', '/var/log/access.log'],
    );
    const format = '$remote_addr $msec "$request" $status $request_time';
    assert.equal((await load(`accessLog: a.log, accessLogFormat: '${format}'`)).accessLogFormat, format);
    const preset = await load('preset: heavy, users: 20');
    assert.deepEqual([preset.preset, preset.users, preset.given], ['heavy', 20, ['preset', 'users']]);
  });

  it('a preset need not be complete', async () => {
    assert.deepEqual(await mistakes('preset: heavy, shape: poisson'), []);
    assert.deepEqual(await mistakes('preset: ramp, stages: [{ rate: 10, over: 5s }]'), []);
    assert.deepEqual(await mistakes('preset: ramp, rampUp: 5s, peak: 10'), []);
  });
});

describe('what cannot be', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'users: 50001': ['users: expected at most 50000, found 50001.'],
    'rate: 0': ['rate: expected a rate above 0 and of at most 1000000/s, found 0.'],
    'iterations: 0': ['iterations: expected at least 1, found 0.'],
    'iterations: 1.5': ['iterations: expected a whole number, found 1.5.'],
    'rate: 5, iterations: 10': ['iterations: it belongs to the shape closed, and the shape here is constant-rate.'],
    'shape: soak, iterations: 10': ['iterations: it belongs to the shape closed, and the shape here is soak.'],
    'trace: t.jsonl, speed: 1001': ['speed: expected at most 1000, found 1001.'],
    'rate: fast': ['rate: expected a rate above 0 and of at most 1000000/s, found "fast".'],
    'protocol: http3': [
      'protocol: HTTP/3 is not supported, because Node has no stable QUIC yet: expected http1 or http2.',
    ],
    'protocol: h2': ['protocol: expected one of http1, http2, found "h2".'],
    'shape: poisson': ['rate: it is missing: poisson needs the requests per second.'],
    'shape: ramping-rate': ['stages: it is missing: ramping-rate needs stages such as [{ rate: 200, over: 1m }].'],
    'shape: spike': ['peak: it is missing: spike needs the height of the peak.'],
    'shape: trace': ['trace: it is missing: trace needs the file of the recorded arrivals.'],
    'shape: sine': [
      'shape: expected one of closed, constant-rate, poisson, ramping-rate, steps, spike, soak, trace, found "sine".',
    ],
    'stages: [{ rate: 1, hold: 1s }]': ['stages: they need a shape: ramping-rate, or steps.'],
    'shape: closed, stages: [{ rate: 1, hold: 1s }], speed: 2': [
      'stages: it belongs to the shape ramping-rate or steps, and the shape here is closed.',
      'speed: it belongs to the shape trace, and the shape here is closed.',
    ],
    'shape: poisson, rate: 1, rampUp: 1s': [
      'rampUp: it belongs to the shape closed or soak, and the shape here is poisson.',
    ],
    'shape: steps, stages: [{ rate: 1, hold: 1s }, { users: 1, hold: 1s }]': [
      'stages: each has either a rate or users, and all of them the same.',
    ],
    'shape: steps, stages: [{ hold: 1s }]': ['stages: each has either a rate or users, and all of them the same.'],
    'shape: ramping-rate, stages: [{ users: 1, over: 1s }]': [
      'stages: ramping-rate has rates; for users take the shape steps.',
    ],
    'shape: steps, stages: [{ users: 1 }]': ['stages: together they take no time: give them over or hold.'],
    'rate: 5, thinkTime: 1s': [
      'thinkTime: only users think, and this load sends at planned times; leave out the rate, or the think time.',
    ],
    'accessLogFormat: combined': ['accessLogFormat: it says how the lines of accessLog look, and there is none.'],
    'connections: 2': ['connections: with http1 every user has a connection of its own; this is for protocol: http2.'],
    'protocol: http2, connections: 11': ['connections: expected at most as many as there are users (10).'],
    'endpoints: [/], scenario: { steps: [{ get: / }] }': [
      'endpoints: the scenario says what to request: leave out one of the two.',
    ],
    'abort: { errors: 0 }': ['abort.errors: expected a ratio above 0 and below 100%, found 0.'],
    'abort: { error: 1% }': ['abort.error: there is no key "error" here (did you mean "errors"?).'],
    'thinkTime: soon': ['thinkTime: expected a duration such as 500ms or 2s, found "soon".'],
    'scenrio: a': ['scenrio: there is no key "scenrio" here (did you mean "scenario"?).'],
  };
  for (const [keys, expected] of Object.entries(cases)) {
    it(keys, async () => assert.deepEqual(await mistakes(keys), expected));
  }

  it('mistakes of the load and of its scenario are said together', async () => {
    const lines = await mistakes('users: 0, scenario: { steps: [{ get: x }, { thnk: 1s }] }');
    assert.deepEqual(
      lines.map((line) => line.split(': ')[0]),
      ['users', 'scenario.steps[0].get', 'scenario.steps[1].thnk'],
    );
  });
});

it('the JSON Schema for editors has the scenario in full', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of it is what is asserted
  const { load: section } = (configJsonSchema([]) as any).properties;
  const scenario = section.properties.scenario.anyOf.find(({ type }: { type: string }) => type === 'object');
  const step = scenario.properties.flows.items.properties.steps.items;
  assert.equal(step.additionalProperties, false);
  assert.equal(step.properties.get.type, 'string');
  assert.ok(step.properties.think.anyOf.some((each: object) => 'properties' in each));
  assert.equal(section.properties.abort.additionalProperties, false);
});
