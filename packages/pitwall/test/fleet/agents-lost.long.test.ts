import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedPostgresql } from '../support/postgresql.ts';
import {
  optionsFor,
  runWithVictim,
  spawnAgent,
  startAgent,
  startRun,
  startRunOnProcesses,
  startService,
  until,
} from './agents-support.ts';

/** As agents-lost.test.ts, with what takes longer. */
const postgresql = sharedPostgresql({ settings: { max_connections: '100' } });
const { skip } = postgresql;

describe('agents that are lost', { skip, concurrency: 2 }, () => {
  test('when all are lost there is no result', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const victim = spawnAgent(t, store, 'victim');
    const run = startRunOnProcesses(t, store, optionsFor(service.url, { duration: 20, warmup: 0 }), { agents: 1 });
    await until(() => run.ticks.length >= 1, 'the load runs');
    victim.child.kill('SIGKILL');
    await assert.rejects(run.result, {
      code: 'AGENTS_LOST',
      message: /no agent handed in a result \(victim: no sign of life\)/,
    });
  });

  test('killed on the way and started again, it takes part in the next one', async (t) => {
    const { store, service, run } = await runWithVictim(t, postgresql.server);
    const again = spawnAgent(t, store, 'victim');
    assert.equal((await run.result).valid, false);
    const next = await startRunOnProcesses(t, store, optionsFor(service.url, { duration: 0.5, warmup: 0 })).result;
    assert.deepEqual(next.agents!.map(({ name, state }) => `${name} ${state}`).sort(), ['stays done', 'victim done']);
    assert.equal(next.valid, next.invalidBecause.length === 0);
    assert.equal(next.partial, null);
    assert.match(again.output, /Done: \d+ requests sent/);
  });

  test('one that is lost while others are waited for is replaced', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const victim = spawnAgent(t, store, 'victim');
    const run = startRunOnProcesses(t, store, optionsFor(service.url, { duration: 0.5, warmup: 0 }));
    await until(() => run.said.some((line) => line.includes('victim')), 'it came');
    victim.child.kill('SIGKILL');
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const result = await run.result;
    assert.deepEqual(result.agents!.map(({ name }) => name).sort(), ['a', 'b']);
    assert.equal(result.partial, null);
  });
});

describe('a store that goes away', { skip, concurrency: 1 }, () => {
  test('for a moment, with a load under way: nothing is lost', async (t) => {
    const { server } = postgresql;
    const [store, service] = await Promise.all([server.createDatabase(), startService(t)]);
    const agents = ['a', 'b'].map((name) => startAgent(t, store, name));
    const run = startRunOnProcesses(t, store, optionsFor(service.url, { duration: 4, warmup: 0 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    await server.stop('immediate');
    await server.start();
    const result = await run.result;
    assert.equal(result.partial, null);
    assert.deepEqual(
      result.agents!.map(({ state }) => state),
      ['done', 'done'],
    );
    assert.equal(result.planned, 400);
    assert.equal(result.timeline.length, 4);
    // They wait on, and are there for the next one.
    const next = await startRunOnProcesses(t, store, optionsFor(service.url, { duration: 0.5, warmup: 0 })).result;
    assert.equal(next.partial, null);
    assert.equal(agents.length, 2);
  });

  test('for longer than a lease: agents stop the load by themselves, and the coordinator gives up', async (t) => {
    const { server } = postgresql;
    const [store, service] = await Promise.all([server.createDatabase(), startService(t)]);
    const agents = ['a', 'b'].map((name) => startAgent(t, store, name, { once: true }));
    const run = startRun(t, store, optionsFor(service.url, { duration: 60, warmup: 0 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    await server.stop('immediate');
    assert.deepEqual(await Promise.all(agents.map(({ ended }) => ended)), ['lost', 'lost']);
    assert.match(agents[0]!.lines.at(-1)!, /the store could not be reached for \d+ s/);
    const arrived = service.arrivals.length;
    await assert.rejects(run.result, { code: 'SHARED_STORE_UNREACHABLE' });
    assert.equal(service.arrivals.length, arrived, 'nothing is sent any more');
    await server.start();
  });
});
