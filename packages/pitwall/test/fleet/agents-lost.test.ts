import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedPostgresql } from '../support/postgresql.ts';
import {
  optionsFor,
  runWithVictim,
  spawnAgent,
  startAgent,
  startRunOnProcesses,
  startService,
  until,
} from './agents-support.ts';

/** Agents as processes of their own: killed, frozen, and cut off from their store. */
const postgresql = sharedPostgresql({ settings: { max_connections: '100' } });
const { skip } = postgresql;

describe('agents that are lost', { skip, concurrency: 2 }, () => {
  test('kill -9 on the way: the load goes on without it, is not whole and says so; started again it is not counted', async (t) => {
    const { store, run } = await runWithVictim(t, postgresql.server);
    // Whoever comes back under its name gets no part of a load that has begun.
    const again = spawnAgent(t, store, 'victim');
    const result = await run.result;
    assert.equal(result.valid, false);
    assert.match(
      result.partial!,
      /^agent victim \(.+\) was lost \(no sign of life\), and with it what its 1 worker measured$/,
    );
    assert.equal(result.invalidBecause[0], result.partial);
    assert.ok(run.said.some((line) => /Agent victim \(.+\) is lost: no sign of life\. The others go on/.test(line)));
    const [victimRow, staysRow] = ['victim', 'stays'].map((name) => result.agents!.find((a) => a.name === name)!);
    assert.deepEqual([victimRow!.state, victimRow!.sent], ['lost', null]);
    assert.equal(staysRow!.state, 'done');
    // What counts is what has a result, in the totals as in the timeline: half of every second.
    assert.equal(result.sent, staysRow!.sent);
    const told = result.timeline.reduce((sum, { completed }) => sum + completed, 0);
    assert.ok(Math.abs(told - result.sent) <= 20, `${told} in the timeline, ${result.sent} sent`);
    const seen = run.ticks.reduce((sum, { completed }) => sum + completed, 0);
    assert.ok(seen > told, 'while it ran, what the victim told of was shown');
    assert.equal(result.timeline.length, 3);
    assert.doesNotMatch(again.output, /Share|Done/);
  });

  test('one that was frozen and comes back is not heard any more: nothing is counted twice', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const sleeper = spawnAgent(t, store, 'sleeper', ['--once']);
    startAgent(t, store, 'stays');
    const run = startRunOnProcesses(t, store, optionsFor(service.url, { duration: 3, warmup: 0 }));
    await until(() => run.ticks.length >= 1, 'the load runs');
    sleeper.child.kill('SIGSTOP');
    await until(() => run.said.some((line) => line.startsWith('Agent sleeper')), 'it is given up');
    // Its load goes on where it was, and it tries to tell of it.
    sleeper.child.kill('SIGCONT');
    assert.equal(await sleeper.ended, 3);
    assert.match(sleeper.output, /This share of a load is no longer ours/);
    const result = await run.result;
    assert.equal(result.valid, false);
    assert.equal(result.sent, result.agents!.find(({ name }) => name === 'stays')!.sent);
    assert.ok(result.sent <= 150);
  });
});

test('a store that goes away while an agent waits: it says so once, tries again, and says when it is back', {
  skip,
}, async (t) => {
  const { server } = postgresql;
  const store = await server.createDatabase();
  const agent = startAgent(t, store, 'patient');
  await until(() => agent.lines.some((line) => line.startsWith('Waiting for work')), 'it waits');
  await server.stop();
  await until(() => agent.lines.some((line) => line.includes('cannot be reached')), 'it notices');
  await server.start();
  await until(() => agent.lines.includes('The store is back.'), 'it is back');
  assert.equal(agent.lines.filter((line) => line.includes('cannot be reached')).length, 1);
  assert.ok(!agent.lines.join().includes(server.password));
});
