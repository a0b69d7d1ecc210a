import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadOptions } from '../model/load.ts';
import { Histogram } from '../stats/histogram.ts';
import { oneAfterTheOther, runEachEndpoint } from './each-endpoint.ts';
import { measureLoad } from './engine.ts';
import { mergeSlices } from './result.ts';
import { endpoint, serve } from './testing.ts';

test('each endpoint gets its requests by itself, one endpoint after the other', async (t) => {
  const seen: string[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.url!);
    response.statusCode = request.url === '/c' ? 404 : 200;
    response.end('ok');
  });
  const ticks: number[] = [];
  const result = await runEachEndpoint(
    {
      url,
      endpoints: ['/a', '/b', '/c'].map((path) => endpoint(path)),
      shape: 'closed',
      users: 5,
      iterations: 40,
      duration: 20,
      warmup: 0,
      timeout: 5,
      workers: 1,
      seed: 1,
      allow: [],
    },
    { signal: AbortSignal.timeout(30_000), onTick: ({ at }) => ticks.push(at) },
  );
  assert.deepEqual(
    seen,
    ['/a', '/b', '/c'].flatMap((path) => Array<string>(40).fill(path)),
  );
  assert.deepEqual(
    result.steps.map(({ endpoint: name, sent, ok }) => [name, sent, ok]),
    [
      ['/a', 40, 40],
      ['/b', 40, 40],
      ['/c', 40, 0],
    ],
  );
  assert.deepEqual([result.sent, result.ok, result.errors], [120, 80, { 'status-4xx': 40 }]);
  assert.deepEqual(result.counted, { iterations: 40, loads: 3 });
  assert.equal(result.valid, false, 'nothing of the third came back');
  assert.match(result.invalidBecause[0]!, /^\/c: None of the 40/);
  assert.ok(ticks.length >= 3, 'each endpoint tells of its time');
  assert.deepEqual(
    ticks,
    ticks.toSorted((a, b) => a - b),
  );
});

test('first byte, connecting, what the service says and the workers are those of all endpoints, not of the first', async (t) => {
  const url = await serve(t, (request, response) => {
    // Only the last one says what it took, lets the client wait for the first byte, and closes.
    if (request.url !== '/b') return response.end('ok');
    response.setHeader('Server-Timing', 'total;dur=12, db;dur=7').setHeader('Connection', 'close');
    setTimeout(() => response.end('ok'), 30);
  });
  const result = await runEachEndpoint(
    {
      url,
      endpoints: ['/a', '/b'].map((path) => endpoint(path)),
      shape: 'constant-rate',
      rate: 50,
      users: 20,
      duration: 0.4,
      warmup: 0,
      timeout: 5,
      workers: 2,
      seed: 1,
      allow: [],
    },
    { signal: AbortSignal.timeout(30_000) },
  );
  const { latency, connections, generator, steps } = result;
  assert.deepEqual([result.planned, result.sent, result.iterations], [40, 40, undefined]);
  assert.ok(latency.firstByte.max > 0.025 && latency.firstByte.p50 < 0.025, JSON.stringify(latency.firstByte));
  assert.deepEqual(
    [latency.server?.p50, latency.database?.p50].map((s) => Math.round(s! * 1000)),
    [12, 7],
  );
  assert.ok(connections.opened >= 20, `${connections.opened} connections`);
  assert.equal(generator.workers, 2);
  assert.equal(generator.eachWorker.length, 2);
  assert.deepEqual(
    [generator.loopUtilisation, generator.cpuUtilisation],
    [
      Math.max(...generator.eachWorker.map((each) => each.loopUtilisation)),
      Math.max(...generator.eachWorker.map((each) => each.cpuUtilisation)),
    ],
  );
  assert.equal(latency.response.max, Math.max(...steps.map((step) => step.latency.response.max)));
});

test('lateness is that of all the loads together, and so is what their threads did', async (t) => {
  const url = await serve(t, (_, response) => response.end('ok'));
  const lateness = (milliseconds: number, times: number) => {
    const histogram = new Histogram();
    histogram.record(milliseconds * 1e6, times);
    return histogram.toDistribution();
  };
  const parts = await Promise.all(
    (
      [
        [0.1, 98, '/a'],
        [5, 2, '/b'],
      ] as const
    ).map(async ([milliseconds, times, path], i) => {
      const options: LoadOptions = {
        url,
        endpoints: [endpoint(path)],
        shape: 'constant-rate',
        rate: 50,
        users: 5,
        duration: 0.1,
        warmup: 0,
        timeout: 5,
        workers: 1,
        seed: 1,
        allow: [],
      };
      const { slice, timeline } = await measureLoad(options, { signal: AbortSignal.timeout(30_000) });
      const gc = { pauses: 1 + i, seconds: 0.1, longest: 0.01 * i };
      const [worker] = slice.workers;
      const changed = {
        ...slice,
        stealRatio: 0.1 * i,
        workers: [{ ...worker!, lateness: lateness(milliseconds, times), late: i, health: { ...worker!.health, gc } }],
      };
      return { slice: changed, result: mergeSlices(options, [changed], timeline) };
    }),
  );
  const { generator } = oneAfterTheOther(parts);
  const rounded = [generator.lateness.p50, generator.lateness.p99, generator.lateness.max].map(
    (seconds) => Math.round(seconds * 1e5) / 100,
  );
  assert.deepEqual(rounded, [0.1, 5, 5]);
  assert.deepEqual([generator.late, generator.workers, generator.stealRatio], [1, 1, 0.1]);
  assert.deepEqual(generator.eachWorker[0]!.gc, { pauses: 3, seconds: 0.2, longest: 0.01 });
});
