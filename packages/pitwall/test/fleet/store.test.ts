import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureClock } from '../../src/fleet/clock.ts';
import { isPassing, openDatabase, RefusedByStore } from '../../src/fleet/database.ts';
import { openQueue } from '../../src/fleet/queue.ts';
import {
  closeRun,
  createRun,
  dealWorkers,
  forgetMeasurements,
  giveUpSilent,
  look,
  offerAgain,
  resultOf,
  startRun,
  stopRun,
  sweepRuns,
  ticksAfter,
} from '../../src/fleet/runs.ts';
import { migrate } from '../../src/fleet/schema.ts';
import { beat, giveBack, postResult, postTicks, reportReady, takeSlice } from '../../src/fleet/slices.ts';
import { agentNamed, CLOCK, LEASE, runningRun, sharedStore } from './support.ts';

const shared = sharedStore();
const { skip } = shared;

const states = async (run: Parameters<typeof look>[0]) => (await look(run)).slices.map(({ state }) => state);
const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RefusedByStore, String(error));
  assert.match(error.message, pattern);
  return true;
};

test('a run goes its way: taken, dealt, ready, started, measured, closed', { skip }, async () => {
  const { database, queue } = shared.store;
  const run = await createRun(database, queue, { plan: '{"plan":1}', agents: 2, coordinator: 'me@here' });
  const [a, b] = [agentNamed('a', 8), agentNamed('b', 2)];
  const heldA = (await takeSlice(database, queue, a, LEASE))!;
  const heldB = (await takeSlice(database, queue, b, LEASE))!;
  assert.deepEqual([heldA.slice, heldB.slice, heldA.plan, heldA.coordinator], [0, 1, '{"plan":1}', 'me@here']);
  assert.equal(await takeSlice(database, queue, agentNamed('c'), LEASE), null, 'there is no third share');
  assert.deepEqual(
    (await look(run)).slices.map(({ name, host, capacity, state }) => ({ name, host, capacity, state })),
    [
      { name: 'a', host: 'a.example', capacity: 8, state: 'claimed' },
      { name: 'b', host: 'b.example', capacity: 2, state: 'claimed' },
    ],
  );
  assert.equal((await beat(heldA))!.workers, null);
  await dealWorkers(run, [3, 2]);
  assert.deepEqual((await beat(heldA))!.workers, { first: 0, count: 3, of: 5 });
  assert.deepEqual((await beat(heldB))!.workers, { first: 3, count: 2, of: 5 });

  assert.equal(await reportReady(heldA, { offset: 5000, uncertainty: 0.25 }, 4900), true);
  assert.equal(await startRun(run, 1), null, 'not before all are ready');
  await assert.rejects(postResult(heldA, '{}', null), refused(/the run is over/));
  await reportReady(heldB, CLOCK, 0);
  const at = (await startRun(run, 1))!;
  const clock = await measureClock(database.transaction, () => performance.timeOrigin + performance.now());
  assert.ok(Math.abs(at - clock.offset - (performance.timeOrigin + performance.now() + 1000)) < 2000);
  const beatA = (await beat(heldA))!;
  assert.equal(beatA.startAt, at);
  assert.equal(beatA.state, 'running');
  assert.ok(beatA.coordinatorSilent >= 0 && beatA.coordinatorSilent < 60);
  const [sliceA] = (await look(run)).slices;
  assert.equal(sliceA!.clockOffset, 0.1);
  assert.equal(sliceA!.clockUncertainty, 0.00025);

  await postTicks(
    heldA,
    [0, 1, 2].map((second) => ({ second, tick: `{"s":${second}}` })),
  );
  await postTicks(heldB, [{ second: 0, tick: '{}' }]);
  // Sent again because the first answer was lost on the way.
  await postTicks(heldB, [{ second: 0, tick: '{"other":1}' }]);
  assert.deepEqual(await ticksAfter(run, [0, -1]), [
    { slice: 1, second: 0, tick: '{}' },
    { slice: 0, second: 1, tick: '{"s":1}' },
    { slice: 0, second: 2, tick: '{"s":2}' },
  ]);

  await postResult(heldA, '{"a":1}', null);
  await postResult(heldB, '{"b":1}', null);
  assert.deepEqual(await states(run), ['done', 'done']);
  await closeRun(run);
  assert.deepEqual([await resultOf(run, 0), await resultOf(run, 1)], ['{"a":1}', '{"b":1}']);
  assert.equal((await look(run)).open, false);
  assert.deepEqual(await database.query('SELECT plan FROM pitwall.load_run WHERE id = $1', [run.id]), [{ plan: null }]);
  await forgetMeasurements(run);
  assert.equal(await resultOf(run, 0), null);
  assert.deepEqual(
    await database.query('SELECT state FROM pitwall_jobs.job WHERE id = ANY($1)', [run.jobs]),
    run.jobs.map(() => ({ state: 'completed' })),
  );
});

test('ticks come in answers of bounded size, the earliest first, and all of them in the end', { skip }, async () => {
  const { run, held } = await runningRun(shared.store, ['a', 'b']);
  const long = 'x'.repeat(4 * 1024 * 1024);
  for (const each of held) {
    for (let second = 0; second < 6; second++) await postTicks(each, [{ second, tick: long }]);
  }
  const known = [-1, -1];
  const sizes: number[] = [];
  for (;;) {
    const ticks = await ticksAfter(run, known);
    if (ticks.length === 0) break;
    sizes.push(ticks.length);
    for (const { slice, second } of ticks) {
      assert.equal(second, known[slice]! + 1);
      known[slice] = second;
    }
  }
  assert.deepEqual(known, [5, 5]);
  assert.deepEqual(sizes, [2, 2, 2, 2, 2, 2]);
  await closeRun(run);
});

test('a result is taken once, only from the holder, only while the run is open', { skip }, async () => {
  const { run, held } = await runningRun(shared.store, ['a', 'b', 'c']);
  const [a, b, c] = held as [(typeof held)[0], (typeof held)[0], (typeof held)[0]];
  await postResult(a, '{"first":1}', null);
  await assert.rejects(postResult(a, '{"again":1}', null), refused(/over already/));
  await assert.rejects(postTicks(a, [{ second: 9, tick: '{}' }]), refused(/over already/));
  const impostor = { ...b, agent: agentNamed('impostor') };
  await assert.rejects(postResult(impostor, '{}', null), refused(/another agent/));
  await assert.rejects(postTicks(impostor, [{ second: 0, tick: '{}' }]), refused(/another agent/));
  assert.equal(await beat(impostor), null);

  // The agent of c was silent for too long, and comes back with its result.
  await shared.store.database.query(
    "UPDATE pitwall.load_slice SET seen_at = seen_at - interval '1 minute' WHERE run = $1 AND slice = 2",
    [run.id],
  );
  assert.deepEqual(await giveUpSilent(run, LEASE), [2]);
  assert.equal(await beat(c), null);
  await assert.rejects(postResult(c, '{}', null), refused(/no sign of life/));

  await closeRun(run);
  await assert.rejects(postResult(b, '{}', null), refused(/the run is over/));
  assert.equal(await beat(b), null);
  assert.deepEqual(await Promise.all([0, 1, 2].map((slice) => resultOf(run, slice))), ['{"first":1}', null, null]);

  // Not even somebody who writes to the tables can change or move what was measured, or open the run again.
  const { query } = shared.store.database;
  for (const statement of [
    `UPDATE pitwall.load_result SET result = '{}' WHERE run = '${run.id}'`,
    `UPDATE pitwall.load_run SET state = 'running', closed_at = NULL, plan = '{}' WHERE id = '${run.id}'`,
    `INSERT INTO pitwall.load_result (run, slice, agent, result) VALUES ('${run.id}', 0, '${a.agent.id}', '{}')`,
  ]) {
    await assert.rejects(query(statement), RefusedByStore, statement);
  }
  await assert.rejects(
    query(`UPDATE pitwall.load_slice SET agent = gen_random_uuid() WHERE run = '${run.id}' AND slice = 0`),
    /foreign key/,
  );
  await assert.rejects(
    query(`UPDATE pitwall.load_slice SET first_worker = 0 WHERE run = '${run.id}' AND slice = 1`),
    /unique/,
  );
});

test('closing and handing in at the same moment: taken or refused, never lost', { skip }, async () => {
  for (let round = 0; round < 10; round++) {
    const { run, held } = await runningRun(shared.store, ['a', 'b', 'c']);
    const [posts] = await Promise.all([
      Promise.allSettled(held.map((each) => postResult(each, `{"slice":${each.slice}}`, null))),
      closeRun(run),
    ]);
    for (const [slice, post] of posts.entries()) {
      const kept = await resultOf(run, slice);
      assert.equal(kept, post.status === 'fulfilled' ? `{"slice":${slice}}` : null);
    }
  }
});

test('many agents take shares at the same time: each share goes to one, each agent gets one', { skip }, async () => {
  const { database, queue } = shared.store;
  const run = await createRun(database, queue, { plan: '{}', agents: 8, coordinator: 'test' });
  const agents = Array.from({ length: 12 }, (_, i) => agentNamed(`agent-${i}`));
  const taken = (await Promise.all(agents.map((agent) => takeSlice(database, queue, agent, LEASE)))).filter(
    (held) => held !== null,
  );
  assert.deepEqual(taken.map(({ slice }) => slice).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(new Set(taken.map(({ agent }) => agent.id)).size, 8);
  await closeRun(run);
});

test('an agent that goes before the start is replaced, and cannot come back', { skip }, async () => {
  const { database, queue } = shared.store;
  const run = await createRun(database, queue, { plan: '{}', agents: 1, coordinator: 'test' });
  const gone = (await takeSlice(database, queue, agentNamed('gone'), LEASE))!;
  assert.equal(await offerAgain(run, 0, LEASE), false, 'it was there a moment ago');
  await database.query("UPDATE pitwall.load_slice SET seen_at = seen_at - interval '1 minute' WHERE run = $1", [
    run.id,
  ]);
  assert.equal(await offerAgain(run, 0, LEASE), true);
  assert.equal(await beat(gone), null);
  const next = (await takeSlice(database, queue, agentNamed('next'), LEASE))!;
  assert.equal(next.slice, 0);
  await dealWorkers(run, [1]);
  assert.equal(await reportReady(gone, CLOCK, 0), false);
  assert.equal(await reportReady(next, CLOCK, 0), true);
  await closeRun(run);
});

test('what an agent gives back is said; stopping reaches those who are left', { skip }, async () => {
  const { run, held } = await runningRun(shared.store, ['a', 'b']);
  await giveBack(held[0]!, 'failed', 'x'.repeat(2000));
  const [slice] = (await look(run)).slices;
  assert.equal(slice!.state, 'failed');
  assert.equal(slice!.because!.length, 500);
  await stopRun(run, 'interrupted');
  await stopRun(run, 'a second reason');
  assert.equal((await beat(held[1]!))!.stopBecause, 'interrupted');
  await closeRun(run);
});

test('work of a coordinator that died is not begun, and its run is swept up with its plan', { skip }, async () => {
  const { database, queue } = shared.store;
  const run = await createRun(database, queue, { plan: '{"token":"secret"}', agents: 1, coordinator: 'test' });
  await database.query("UPDATE pitwall.load_run SET seen_at = seen_at - interval '11 minutes' WHERE id = $1", [run.id]);
  assert.equal(await takeSlice(database, queue, agentNamed('a'), LEASE), null);
  await sweepRuns(database);
  assert.deepEqual(await database.query('SELECT state, plan FROM pitwall.load_run WHERE id = $1', [run.id]), [
    { state: 'closed', plan: null },
  ]);
});

test('a job that is no share of a load is put aside and stops nobody', { skip }, async () => {
  const { database, queue } = shared.store;
  for (const data of [{ run: "'; DROP TABLE x; --", slice: 0, attempt: 1 }, { slice: -1 }, { hello: 'world' }]) {
    await database.transaction((connection) => queue.offer(connection, [data as never]));
  }
  const run = await createRun(database, queue, { plan: '{}', agents: 1, coordinator: 'test' });
  const agent = agentNamed('a');
  for (let i = 0; i < 3; i++) assert.equal(await takeSlice(database, queue, agent, LEASE), null);
  assert.equal((await takeSlice(database, queue, agent, LEASE))!.run, run.id);
  await closeRun(run);
});

test('tables are made once, by whoever comes first; a newer version is left alone', { skip }, async () => {
  const url = await shared.server.createDatabase();
  const open = () => openDatabase(url, { applicationName: 'pitwall test' });
  const several = await Promise.all([open(), open(), open()]);
  await Promise.all(several.map(migrate));
  const first = several[0]!;
  assert.deepEqual(await first.query('SELECT component, version FROM pitwall.migration'), [
    { component: 'load', version: 1 },
  ]);
  await first.query("INSERT INTO pitwall.migration (component, version) VALUES ('load', 99)");
  await assert.rejects(migrate(first), { code: 'SHARED_STORE_NEWER' });
  const queues = await Promise.all(several.map((each) => openQueue(each, true)));
  await Promise.all(queues.map((queue) => queue.close()));
  await Promise.all(several.map((each) => each.close()));
});

test('the store goes away and comes back: said as passing, and then it works again', { skip }, async () => {
  const url = await shared.server.createDatabase();
  const database = await openDatabase(url, { applicationName: 'pitwall test' });
  await shared.server.stop();
  await assert.rejects(database.query('SELECT 1'), (error: unknown) => {
    assert.ok(isPassing(error), String(error));
    assert.ok(!String(error).includes(shared.server.password));
    return true;
  });
  await shared.server.start();
  assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
  await database.close();
});
