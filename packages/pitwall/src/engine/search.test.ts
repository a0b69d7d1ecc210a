import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { configFromFlags } from '../config/from-flags.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Environment } from '../model/integration.ts';
import { realEnvironment } from './platform.ts';
import { type SearchOptions, type SearchOutcome, searchRate } from './search.ts';
import { openSession } from './session.ts';

/** Searches on a service that answers after 50 ms, so that a busy machine matters little. */
async function searchOn(
  environment: Partial<Environment>,
  options: (server: Server) => Partial<SearchOptions>,
  status = 200,
): Promise<SearchOutcome> {
  const server = createServer((_request, response) => {
    response.statusCode = status;
    void setTimeout(50).then(() => response.end('ok'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const directory = await mkdtemp(join(tmpdir(), 'pitwall-search-'));
  const { signal } = new AbortController();
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const loaded = await configFromFlags({ url, directory }, { ids: integrationIds(), load: loadIntegration });
    const session = await openSession(loaded, { ...realEnvironment, ...environment }, signal);
    try {
      return await searchRate(session, {
        plan: { from: 40, stepDuration: 3 },
        objectives: { p99: 2 },
        overrides: { warmup: 0.2 },
        signal,
        stop: signal,
        ...options(server),
      });
    } finally {
      await session.close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  }
}

/** Both wait more than they work. */
describe('a search', { concurrency: true }, () => {
  it('stops at once when the host is in danger, and what passed before is kept', { timeout: 60_000 }, async () => {
    const proc = await mkdtemp(join(tmpdir(), 'pitwall-proc-'));
    const vmstat = (kills: number) => writeFile(join(proc, 'vmstat'), `pswpout 0\noom_kill ${kills}\n`);
    await vmstat(0);
    try {
      const seconds: number[] = [];
      const { result, run } = await searchOn({ proc }, () => ({
        onBegin: ({ rate }) => {
          if (rate > 40) void setTimeout(1200).then(() => vmstat(1));
        },
        onTick: ({ at }) => seconds.push(at),
      }));
      assert.equal(result.end, 'danger');
      assert.deepEqual([result.highestPassing, result.lowestFailing], [40, 80]);
      assert.deepEqual(result.broke, ['The kernel killed a process for lack of memory.']);
      assert.equal(run!.result.rate, 40);
      // Three seconds of the first step, and not all of the second.
      assert.ok(seconds.length < 6, seconds.join());
    } finally {
      await rm(proc, { recursive: true });
    }
  });

  it('does not go on when the service does not come back from a step', { timeout: 60_000 }, async () => {
    const { verdicts, result } = await searchOfDyingService();
    assert.deepEqual(verdicts, ['pass', 'fail']);
    assert.equal(result.end, 'danger');
    assert.deepEqual([result.highestPassing, result.lowestFailing], [40, 80]);
    assert.match(result.warnings.join(), /After 80\/s the service did not come back to rest within a minute/);
  });

  it('says what the invalid load is that is shown beside an answer', { timeout: 60_000 }, async () => {
    const enough = new AbortController();
    const options = () => ({ stop: enough.signal, onStep: () => enough.abort() });
    const { result, run } = await searchOn({}, options, 500);
    assert.deepEqual([result.steps.length, result.highestPassing, run!.result.valid], [1, null, false]);
    assert.match(result.warnings.at(-1)!, /^The load beside this, .* INVALID, is the step at 40\/s, the last that ran/);
  });
});

/** It goes away a second into the first step above 40/s. */
async function searchOfDyingService() {
  // A minute of patience passes in no time: twenty seconds with every look at the clock.
  let [waiting, passed] = [false, 0];
  const now = () => {
    if (waiting) passed += 20;
    return Date.now() / 1000 + passed;
  };
  const verdicts: string[] = [];
  const { result } = await searchOn({ now }, (server) => ({
    onBegin: ({ rate }) => {
      if (rate <= 40) return;
      void setTimeout(1000).then(() => {
        server.close();
        server.closeAllConnections();
      });
    },
    onStep: ({ verdict }) => verdicts.push(verdict),
    onRecover: () => {
      waiting = true;
    },
  }));
  return { verdicts, result };
}
