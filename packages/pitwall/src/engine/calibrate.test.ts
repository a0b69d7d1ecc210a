import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { configFromFlags } from '../config/from-flags.ts';
import { PitwallError } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import { toJson } from '../report/json.ts';
import { reportSchema } from '../report/schema.ts';
import { calibrate } from './calibrate.ts';
import { realEnvironment } from './platform.ts';
import { openSession, type Session } from './session.ts';

const signal = AbortSignal.timeout(60_000);
const servers: Server[] = [];
let url: string;
let session: Session;

/** Answers after so many milliseconds. */
function service(delay: number): Promise<string> {
  const server = createServer((_, response) => setTimeout(() => response.end('ok'), delay));
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

before(async () => {
  url = await service(5);
  const registry = { ids: integrationIds(), load: loadIntegration };
  const loaded = await configFromFlags({ url, sqlite: undefined, endpoints: [], directory: '/' }, registry);
  session = await openSession(loaded, realEnvironment, signal);
});
after(async () => {
  await session.close();
  for (const server of servers) server.close().closeAllConnections();
});

const overrides = { shape: 'closed', users: 4, duration: 0.3, warmup: 0.05, workers: 1 } as const;

test('a calibration: runs of the unchanged service, and the noise of each indicator', async () => {
  const seen: number[] = [];
  const report = await calibrate(session, { signal, runs: 5, overrides, onRun: (run) => seen.push(run) });
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  const { calibration } = report;
  assert.ok(calibration);
  assert.equal(report.run.command, 'calibrate');
  assert.equal(report.load, null);
  assert.deepEqual([calibration.load.shape, calibration.load.users, calibration.leftOut], ['closed', 4, 0]);
  assert.equal(calibration.runs.length, 5);
  assert.ok(calibration.runs.every(({ blocks }) => blocks.length >= 15));
  const p50 = calibration.indicators.find(({ indicator }) => indicator === 'load.response.duration.p50');
  assert.ok(p50 && p50.level > 0.004 && p50.noiseFloor > 0 && p50.runs === 5, JSON.stringify(p50));
  assert.equal(calibration.shapes[0]!.distances.length, 10);
  assert.deepEqual(reportSchema.parse(JSON.parse(toJson(report))).calibration, calibration);
});

test('it can be ended from outside', async () => {
  const end = new AbortController();
  const onRun = () => setTimeout(() => end.abort(new PitwallError('INTERRUPTED')), 50);
  const both = AbortSignal.any([signal, end.signal]);
  await assert.rejects(calibrate(session, { signal: both, runs: 50, overrides, onRun }), /Interrupted/);
});
