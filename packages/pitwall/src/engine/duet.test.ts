import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { configFromFlags } from '../config/from-flags.ts';
import { PitwallError } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import { toJson } from '../report/json.ts';
import { reportSchema } from '../report/schema.ts';
import { duet } from './duet.ts';
import { realEnvironment } from './platform.ts';
import { openSession, type Session } from './session.ts';

const signal = AbortSignal.timeout(60_000);
const servers: Server[] = [];
const delays = [5, 20];
let urls: string[];
let session: Session;

/** Answers after so many milliseconds; the second service is slower. */
function service(delay: number): Promise<string> {
  const server = createServer((_, response) => setTimeout(() => response.end('ok'), delay));
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

before(async () => {
  urls = await Promise.all(delays.map(service));
  const registry = { ids: integrationIds(), load: loadIntegration };
  const loaded = await configFromFlags({ url: urls[0], sqlite: undefined, endpoints: [], directory: '/' }, registry);
  session = await openSession(loaded, realEnvironment, signal);
});
after(async () => {
  await session.close();
  for (const server of servers) server.close().closeAllConnections();
});

const overrides = { shape: 'closed', users: 4, duration: 0.3, warmup: 0.05, workers: 1 } as const;

test('a duet: both at once, each with half the users; the slower one is worse', async () => {
  const pairs: number[] = [];
  const report = await duet(session, {
    signal,
    a: urls[0]!,
    b: urls[1]!,
    overrides: { ...overrides, duration: 0.8, warmup: 0 },
    timing: { block: 0.1, settle: 0.05 },
    onPair: (pair) => pairs.push(pair),
  });
  const { comparison } = report;
  assert.ok(comparison);
  assert.equal(comparison.verdict, 'worse', comparison.because);
  assert.deepEqual([comparison.design, comparison.a.id, comparison.b.id], ['duet', ...urls]);
  assert.equal(comparison.a.load!.users, 2);
  assert.equal(pairs.at(-1), 8);
  const p50 = comparison.comparisons.find(({ indicator }) => indicator === 'load.response.duration.p50')!;
  assert.ok(p50.ratio > 2 && p50.interval![0] > 1.5, JSON.stringify(p50));
  assert.equal(p50.spread, 'pairs');
  assert.deepEqual(reportSchema.parse(JSON.parse(toJson(report))).comparison, comparison);
});

test('a duet of a ramp is refused; a service that is not there ends both sides', async () => {
  const run = (b: string, more: object) =>
    duet(session, {
      signal,
      a: urls[0]!,
      b,
      overrides: { ...overrides, ...more },
      timing: { block: 0.1, settle: 0.05 },
    });
  const code = (expected: string) => (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
  const stages = [{ rate: 10, over: 1, hold: 0 }];
  await assert.rejects(run(urls[1]!, { shape: 'ramping-rate', stages }), code('LOAD_OPTIONS_INVALID'));
  await assert.rejects(run('http://127.0.0.1:1', {}), code('LOAD_UNREACHABLE'));
  await assert.rejects(run('http://192.0.2.1', {}), code('LOAD_NOT_ALLOWED'));
});
