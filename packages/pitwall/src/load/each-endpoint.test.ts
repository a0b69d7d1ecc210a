import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runEachEndpoint } from './each-endpoint.ts';
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
  assert.equal(result.valid, false, 'nothing of the third came back');
  assert.match(result.invalidBecause[0]!, /^\/c: None of the 40/);
  assert.deepEqual(
    ticks,
    ticks.toSorted((a, b) => a - b),
  );
});
