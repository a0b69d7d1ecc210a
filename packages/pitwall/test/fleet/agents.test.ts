import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { PitwallError } from '../../src/errors.ts';
import { AbortWatch } from '../../src/load/abort-watch.ts';
import type { Scenario } from '../../src/model/scenario.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { optionsFor, startAgent, startRun, startService, until } from './agents-support.ts';

const postgresql = sharedPostgresql({ settings: { max_connections: '100' } });
const { skip } = postgresql;

const code = (expected: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String((error as Error).stack));
  assert.equal(error.code, expected, error.message);
  assert.match(error.message, pattern);
  return true;
};

describe('a load that agents share', { skip, concurrency: 6 }, () => {
  test('the whole plan is sent once, by both, from one instant on', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    startAgent(t, store, 'alpha');
    startAgent(t, store, 'beta', { workers: 3 });
    const run = startRun(t, store, optionsFor(service.url, { users: 12 }));
    const result = await run.result;
    assert.equal(result.planned, 200);
    // Every number of the plan at most once: 50 in the warm-up, 200 that count.
    assert.ok(result.sent > 150 && result.sent <= 200, `${result.sent}`);
    assert.equal(result.ok, result.sent);
    assert.ok(service.arrivals.length >= result.sent && service.arrivals.length <= 250, `${service.arrivals.length}`);
    assert.equal(result.generator.workers, 4);
    assert.equal(result.partial, null);
    assert.equal(result.endedBy, 'plan');
    assert.deepEqual(
      run.ticks.map(({ at }) => at),
      [1, 2],
    );
    assert.deepEqual(result.timeline, run.ticks);
    const table = Object.fromEntries(result.agents!.map((agent) => [agent.name, agent]));
    assert.deepEqual([table.alpha!.workers, table.alpha!.state], [1, 'done']);
    assert.deepEqual([table.beta!.workers, table.beta!.state], [3, 'done']);
    assert.ok(table.alpha!.sent! <= 50 && table.beta!.sent! <= 150);
    assert.equal(table.alpha!.sent! + table.beta!.sent!, result.sent);
    for (const { clockOffset, clockUncertainty } of result.agents!) {
      // The same clock on a busy machine: far from a clock that is really wrong.
      assert.ok(Math.abs(clockOffset!) <= clockUncertainty! + 0.05, `${clockOffset} ± ${clockUncertainty}`);
    }
    // The warm-up of half a second begins when all begin.
    const first = Math.min(...service.arrivals);
    assert.ok(Math.abs(run.measuredAt - 500 - first) < 1000, `${run.measuredAt - first} ms`);
    assert.ok(result.blocks.length > 0);
    // Tokens of the plan and all that was measured have left the store.
    const database = new URL(store).pathname.slice(1);
    const [left] = await postgresql.server.query<{ plans: string; results: string; ticks: string }>(
      `SELECT (SELECT count(plan) FROM pitwall.load_run) AS plans, (SELECT count(*) FROM pitwall.load_result) AS results,
       (SELECT count(*) FROM pitwall.load_tick) AS ticks`,
      [],
      database,
    );
    assert.deepEqual(left, { plans: '0', results: '0', ticks: '0' });
  });

  test('agents take one load after the other; --workers shares evenly', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    for (const name of ['a', 'b']) startAgent(t, store, name, { workers: 8 });
    for (let round = 0; round < 2; round++) {
      const options = optionsFor(service.url, { duration: 0.5, warmup: 0, shape: 'closed', users: 4 });
      const result = await startRun(t, store, options, { workers: 2 }).result;
      assert.deepEqual(
        result.agents!.map(({ workers }) => workers),
        [1, 1],
      );
      assert.ok(result.sent > 0);
    }
  });

  test('an agent does not load a host that it was not told to, whatever the plan says', async (t) => {
    const store = await postgresql.server.createDatabase();
    // Of the documentation (RFC 5737): nothing is there, and nothing must be sent there.
    const options = optionsFor('http://192.0.2.1', { allow: ['192.0.2.1'] });
    const agent = startAgent(t, store, 'careful', { once: true });
    const run = startRun(t, store, options, { agents: 1 });
    await assert.rejects(run.result, code('AGENT_REFUSED', /careful \(.*\) refused.*192\.0\.2\.1 is not this host/));
    assert.equal(await agent.ended, 'refused');
  });

  test('a plan that was changed in the store is refused by the agent', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const database = new URL(store).pathname.slice(1);
    for (const [change, pattern] of [
      [`plan::jsonb || '{"command": "rm -rf /"}'`, /its plan is not one.*command/],
      [`jsonb_set(plan::jsonb, '{options,url}', '"http://192.0.2.1"')`, /192\.0\.2\.1 is not this host/],
      [`jsonb_set(plan::jsonb, '{options,url}', '"file:///etc/passwd"')`, /must begin with http/],
      [`jsonb_set(plan::jsonb, '{options,socket}', '"/run/docker.sock"')`, /Unix socket/],
      [`jsonb_set(plan::jsonb, '{options,users}', '1e9')`, /its plan is not one|users/],
    ] as const) {
      const run = startRun(t, store, optionsFor(service.url), { agents: 1 });
      await until(() => run.said.length > 0, 'the run is in the store');
      await postgresql.server.query(
        `UPDATE pitwall.load_run SET plan = (${change})::text WHERE state = 'gathering'`,
        [],
        database,
      );
      const agent = startAgent(t, store, 'careful', { once: true });
      await assert.rejects(run.result, code('AGENT_REFUSED', pattern));
      assert.equal(await agent.ended, 'refused');
    }
    assert.equal(service.arrivals.length, 0);
  });

  test('agents that do not come are waited for so long and no longer', async (t) => {
    const store = await postgresql.server.createDatabase();
    startAgent(t, store, 'alone');
    const run = startRun(t, store, optionsFor('http://127.0.0.1:9'), { wait: 1 });
    await assert.rejects(run.result, code('AGENTS_MISSING', /Of 2 agents 1 \(alone .*\) came within 1 s/));
  });

  test('a service that is not there: said, with the agent that says it', async (t) => {
    const store = await postgresql.server.createDatabase();
    for (const name of ['a', 'b']) startAgent(t, store, name, { once: true });
    const run = startRun(t, store, optionsFor('http://127.0.0.1:9'));
    await assert.rejects(run.result, code('AGENT_FAILED', /[ab] \(.*\) could not begin.*127\.0\.0\.1:9/));
  });

  test('what cannot be shared out is refused before anything is put into the store', async (t) => {
    const store = 'postgres://127.0.0.1:9/never-reached';
    const refused = (pattern: RegExp) => code('LOAD_OPTIONS_INVALID', pattern);
    const options = optionsFor('http://127.0.0.1:9');
    await assert.rejects(startRun(t, store, { ...options, users: 1 }).result, refused(/1 users are too few for 2/));
    await assert.rejects(startRun(t, store, options, { workers: 1 }).result, refused(/1 workers are too few/));
    await assert.rejects(startRun(t, store, { ...options, socket: '/run/x' }).result, refused(/Unix socket/));
    await assert.rejects(
      startRun(t, store, { ...options, url: 'http://192.0.2.1' }).result,
      code('LOAD_NOT_ALLOWED', /192\.0\.2\.1/),
    );
  });

  test('more workers than the agents give', async (t) => {
    const store = await postgresql.server.createDatabase();
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const run = startRun(t, store, optionsFor('http://127.0.0.1:9'), { workers: 3 });
    await assert.rejects(run.result, code('LOAD_OPTIONS_INVALID', /give 2 worker threads together.*3 are asked for/));
  });

  test('stopped on the way: all agents end, and what they measured is kept', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const run = startRun(t, store, optionsFor(service.url, { duration: 30 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    run.stop(new Error('stopped by the test'));
    const result = await run.result;
    assert.equal(result.endedBy, 'interrupt');
    assert.equal(result.partial, 'stopped by the test');
    assert.ok(result.duration > 0.5 && result.duration < 20, `${result.duration} s`);
    assert.ok(result.sent > 50 && result.sent <= service.arrivals.length);
    assert.deepEqual(
      result.agents!.map(({ state }) => state),
      ['done', 'done'],
    );
    const arrived = service.arrivals.length;
    await setTimeout(500);
    assert.equal(service.arrivals.length, arrived, 'nothing is sent any more');
  });

  test('stopped before the start: there is no result, and nothing was sent', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    startAgent(t, store, 'a');
    const run = startRun(t, store, optionsFor(service.url));
    await until(() => run.said.some((line) => line.includes('1 of 2')), 'one agent came');
    const reason = new Error('stopped by the test');
    run.stop(reason);
    await assert.rejects(run.result, reason);
    assert.equal(service.arrivals.length, 0);
  });

  test('an agent that is interrupted hands in what it measured; the load is not whole', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const agents = ['stays', 'leaves'].map((name) => startAgent(t, store, name));
    const run = startRun(t, store, optionsFor(service.url, { duration: 3, warmup: 0 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    assert.equal(await agents[1]!.stop(), 'done');
    const result = await run.result;
    assert.equal(result.valid, false);
    assert.match(
      result.partial!,
      /agent leaves \(.*\) with 1 worker ended before the others: the agent was interrupted/,
    );
    const [stays, leaves] = ['stays', 'leaves'].map((name) => result.agents!.find((agent) => agent.name === name)!);
    assert.deepEqual([stays!.state, leaves!.state], ['done', 'interrupted']);
    assert.ok(stays!.sent! > 100 && stays!.sent! <= 150, `${stays!.sent}`);
    assert.ok(leaves!.sent! > 0 && leaves!.sent! < stays!.sent!, `${leaves!.sent}`);
    assert.equal(result.sent, stays!.sent! + leaves!.sent!);
  });

  test('an agent that is interrupted while others are waited for is replaced', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const leaves = startAgent(t, store, 'leaves');
    const run = startRun(t, store, optionsFor(service.url, { duration: 0.5, warmup: 0 }));
    await until(() => run.said.some((line) => line.includes('leaves')), 'one agent came');
    assert.equal(await leaves.stop(), 'released');
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const result = await run.result;
    assert.deepEqual(result.agents!.map(({ name }) => name).sort(), ['a', 'b']);
    assert.equal(result.planned, 50);
    assert.equal(result.sent, service.arrivals.length);
  });

  test('an abort rule looks at all agents together and ends them all', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const abort = { errorRatio: null, p99: 1e-6, over: 1, danger: false };
    const options = optionsFor(service.url, { duration: 30, warmup: 0, abort });
    const result = await startRun(t, store, options).result;
    assert.equal(result.endedBy, 'abort-rule');
    assert.match(result.partial!, /p99 of the response time/);
    assert.ok(result.duration < 20);
    assert.equal(typeof new AbortWatch(abort).watch(result.timeline[0]!)?.message, 'string');
  });

  test('data that runs dry at one agent ends the load of all', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    for (const name of ['a', 'b']) startAgent(t, store, name);
    const step = {
      name: 'get',
      method: 'GET',
      path: '/{{n}}',
      headers: {},
      body: null,
      thinkTime: null,
      expected: null,
    };
    const rows = Array.from({ length: 60 }, (_, n) => ({ n: String(n) }));
    const scenario: Scenario = {
      name: 'once',
      flows: [{ name: 'flow', weight: 1, steps: [{ ...step, extract: [], checks: [], tags: {} }] }],
      feeders: [{ name: 'rows', order: 'once', rows }],
      variables: {},
      headers: {},
      cookies: false,
      oncePerUser: [],
      cleanUp: [],
    };
    const result = await startRun(t, store, optionsFor(service.url, { duration: 30, warmup: 0, scenario })).result;
    assert.equal(result.endedBy, 'data');
    assert.match(result.partial!, /rows/);
    assert.ok(result.duration < 20);
    // Each row once, whoever used it.
    assert.ok(result.sent > 0 && result.sent <= 60, `${result.sent}`);
    assert.equal(new Set(service.paths).size, service.paths.length);
    assert.ok(service.paths.every((path) => /^\/\d+$/.test(path)));
  });

  test('a coordinator that ends at once takes the agents with it', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const agents = ['a', 'b'].map((name) => startAgent(t, store, name, { once: true }));
    const run = startRun(t, store, optionsFor(service.url, { duration: 30 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    const reason = new Error('aborted by the test');
    run.abort(reason);
    await assert.rejects(run.result, reason);
    assert.deepEqual(await Promise.all(agents.map((agent) => agent.ended)), ['lost', 'lost']);
  });
});
