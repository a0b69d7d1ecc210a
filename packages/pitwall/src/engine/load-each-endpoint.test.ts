import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { configFromFlags } from '../config/from-flags.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import { runEachEndpoint } from '../load/each-endpoint.ts';
import { runLoad } from '../load/engine.ts';
import { endpoint, listen } from '../load/testing.ts';
import { folderFor } from '../load/transport-testing.ts';
import type { LoadOptions } from '../model/load.ts';
import { plannedSeconds, runConfiguredLoad } from './load.ts';
import { realEnvironment } from './platform.ts';
import { openSession, type Session } from './session.ts';

const FORMAT = '$msec|$request_method|$request_uri|$status|$request_time|$http_user_agent';

test("one endpoint after the other: the service's log tells of the last one too, in spite of the time between them", async (t) => {
  const log = join(await folderFor(t), 'access.log');
  writeFileSync(log, '');
  const port = await listen(
    t,
    createServer((request, response) => {
      const began = Date.now();
      setTimeout(() => {
        const now = Date.now();
        const { method, url, headers } = request;
        const took = ((now - began) / 1000).toFixed(3);
        appendFileSync(log, `${(now / 1000).toFixed(3)}|${method}|${url}|200|${took}|${headers['user-agent']}\n`);
        response.end('ok');
      }, 10);
    }),
  );
  const { signal } = new AbortController();
  const registry = { ids: integrationIds(), load: loadIntegration };
  const url = `http://127.0.0.1:${port}`;
  const flags = await configFromFlags({ url, sqlite: undefined, endpoints: [], directory: '/' }, registry);
  const load = { ...flags.config.load, accessLog: log, accessLogFormat: FORMAT };
  const session = await openSession({ ...flags, config: { ...flags.config, load } }, realEnvironment, signal);
  t.after(() => session.close());
  const endpoints = ['/a', '/b', '/c', '/d'].map((path) => endpoint(path));
  const { ledger, result } = await runConfiguredLoad(session, {
    signal,
    watch: true,
    generate: runEachEndpoint,
    overrides: { endpoints, users: 2, workers: 1, iterations: 16, duration: 20, warmup: 0 },
  });
  assert.equal(result.ok, 64);
  const told = ledger!.serverTruth.map(({ step, client, server }) => [step, client, server]);
  assert.deepEqual(told, [
    ['/a', 16, 16],
    ['/b', 16, 16],
    ['/c', 16, 16],
    ['/d', 16, 16],
  ]);
});

test('a load is watched for as long as all its parts take, with the warm-ups between them', () => {
  const options = { duration: 10, warmup: 2, endpoints: ['/a', '/b', '/c'].map((path) => endpoint(path)) } as unknown;
  const timed = options as LoadOptions;
  assert.equal(plannedSeconds(timed, runEachEndpoint), 34);
  assert.equal(plannedSeconds(timed, runLoad), 10);
  assert.equal(plannedSeconds(timed, undefined), 10);
  assert.equal(plannedSeconds({ ...timed, iterations: 100 }, runEachEndpoint), 10);
});

test('what endpoints that are loaded one after the other cost is without the warm-ups between them', async (t) => {
  let served = 0;
  const port = await listen(
    t,
    createServer((_, response) => {
      served++;
      setTimeout(() => response.end('ok'), 10);
    }),
  );
  const { signal } = new AbortController();
  const registry = { ids: integrationIds(), load: loadIntegration };
  const url = `http://127.0.0.1:${port}`;
  const flags = await configFromFlags({ url, sqlite: undefined, endpoints: [], directory: '/' }, registry);
  const session = await openSession(flags, realEnvironment, signal);
  t.after(() => session.close());
  // A target that counts requests: each costs one, and those of a warm-up no request that is measured.
  const counting = {
    ...session.targets[0]!,
    target: { id: 'counter', integration: 'counter', title: 'counter' },
    integration: {
      collectors: [],
      counters: async () => [{ name: 'requests', title: 'Requests', unit: '{count}', labels: {}, value: served }],
    },
  } as unknown as Session['targets'][number];
  const endpoints = ['/a', '/b', '/c'].map((path) => endpoint(path));
  for (const more of [
    { duration: 1, warmup: 1 },
    { duration: 20, warmup: 0, iterations: 50 },
  ]) {
    const { ledger, result, series } = await runConfiguredLoad(
      { ...session, targets: [...session.targets, counting] },
      { signal, watch: true, generate: runEachEndpoint, overrides: { endpoints, users: 2, workers: 1, ...more } },
    );
    const row = ledger!.rows.find(({ name }) => name === 'requests')!;
    assert.ok(Math.abs(row.perRequest - 1) < 0.1, `${row.perRequest} a request, ${row.total} of ${served}`);
    // All of the endpoints are in it.
    assert.ok(row.total > 0.8 * result.sent, `${row.total} of ${result.sent}`);
    const fastest = Math.max(
      ...series.filter(({ name }) => name === 'requests').flatMap(({ points }) => points.map(([, rate]) => rate)),
    );
    assert.ok(fastest < 400, `${fastest}/s by two users who wait 10 ms and more for each`);
  }
});
