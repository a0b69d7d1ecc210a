import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherResults } from '../../src/engine/agents/gather-results.ts';
import { mergeAgents } from '../../src/engine/agents/merge-agents.ts';
import { OPTIONS, sliceOf, workerOf } from '../../src/engine/agents/testing.ts';
import { closeRun, createRun, dealWorkers, look, startRun } from '../../src/fleet/runs.ts';
import { postResult, reportReady, takeSlice } from '../../src/fleet/slices.ts';
import { mergeSlices } from '../../src/load/result.ts';
import { seededRandom } from '../../src/stats/random.ts';
import { agentNamed, CLOCK, LEASE, sharedStore } from './support.ts';

const shared = sharedStore();
const { skip } = shared;

/** Values split over agents and their workers, handed in through the store, and merged. */
async function throughTheStore(shares: readonly (readonly (readonly number[])[])[]) {
  const { database, queue } = shared.store;
  const run = await createRun(database, queue, { plan: '{}', agents: shares.length, coordinator: 'test' });
  const held = [];
  for (const i of shares.keys()) held.push((await takeSlice(database, queue, agentNamed(`agent-${i}`, 64), LEASE))!);
  await dealWorkers(
    run,
    shares.map((workers) => workers.length),
  );
  for (const each of held) await reportReady(each, CLOCK, 0);
  await startRun(run, 0);
  const of = shares.reduce((sum, workers) => sum + workers.length, 0);
  let offset = 0;
  for (const [i, workers] of shares.entries()) {
    await postResult(held[i]!, JSON.stringify(sliceOf(workers.map(workerOf), offset, of)), null);
    offset += workers.length;
  }
  await closeRun(run);
  const ends = await gatherResults(run, (await look(run)).slices, OPTIONS);
  return mergeAgents(OPTIONS, ends, [], null);
}

test('histograms of many agents are those of one that recorded everything, to the bit', { skip }, async () => {
  const random = seededRandom(42);
  for (let round = 0; round < 15; round++) {
    // From 100 ns to 100 s, and runs of equal values.
    const values = Array.from({ length: 1 + Math.floor(random() * 3000) }, () => {
      const value = 10 ** (2 + random() * 9);
      return random() < 0.2 ? 1_234_567 : value;
    });
    const agents = 1 + Math.floor(random() * 5);
    const shares = Array.from({ length: agents }, () =>
      Array.from({ length: 1 + Math.floor(random() * 4) }, (): number[] => []),
    );
    for (const value of values) {
      const workers = shares[Math.floor(random() * agents)]!;
      workers[Math.floor(random() * workers.length)]!.push(value);
    }
    const merged = await throughTheStore(shares);
    const alone = mergeSlices(OPTIONS, [sliceOf([workerOf(values)])], []);
    assert.deepEqual(merged.steps[0]!.distributions, alone.steps[0]!.distributions);
    assert.deepEqual(merged.latency, alone.latency);
    assert.deepEqual(merged.steps[0]!.said, alone.steps[0]!.said);
    assert.deepEqual(merged.connections.connect, alone.connections.connect);
    assert.deepEqual([merged.sent, merged.ok, merged.bytes], [alone.sent, alone.ok, alone.bytes]);
    assert.equal(merged.generator.workers, shares.flat().length);
    assert.equal(merged.partial, null);
  }
});

test('one value more, somewhere, is seen: the comparison can fail', { skip }, async () => {
  const merged = await throughTheStore([[[1e6]], [[2e6]]]);
  const alone = mergeSlices(OPTIONS, [sliceOf([workerOf([1e6, 2e6, 3e6])])], []);
  assert.notDeepEqual(merged.steps[0]!.distributions, alone.steps[0]!.distributions);
});

test('a result of other workers, other steps or other numbers is not used, and the load is not whole', {
  skip,
}, async () => {
  const { database, queue } = shared.store;
  const worker = workerOf([1e6]);
  for (const [result, pattern] of [
    [sliceOf([worker], 0, 1), /other workers/],
    [{ ...sliceOf([worker], 1, 2), workers: [worker, worker] }, /another number of workers/],
    [{ ...sliceOf([worker], 1, 2), workers: [{ ...worker, steps: [] }] }, /another number of steps/],
    [{ hello: 'world' }, /its result cannot be used/],
  ] as const) {
    const run = await createRun(database, queue, { plan: '{}', agents: 2, coordinator: 'test' });
    const good = (await takeSlice(database, queue, agentNamed('good'), LEASE))!;
    const bad = (await takeSlice(database, queue, agentNamed('bad'), LEASE))!;
    await dealWorkers(run, [1, 1]);
    for (const each of [good, bad]) await reportReady(each, CLOCK, 0);
    await startRun(run, 0);
    await postResult(good, JSON.stringify(sliceOf([worker], 0, 2)), null);
    await postResult(bad, JSON.stringify(result), null);
    await closeRun(run);
    const ends = await gatherResults(run, (await look(run)).slices, OPTIONS);
    const merged = mergeAgents(OPTIONS, ends, [], null);
    assert.equal(merged.sent, 1);
    assert.equal(merged.valid, false);
    assert.match(merged.partial!, pattern);
    assert.deepEqual(
      merged.agents!.map(({ name, state, sent }) => ({ name, state, sent })),
      [
        { name: 'good', state: 'done', sent: 1 },
        { name: 'bad', state: 'lost', sent: null },
      ],
    );
  }
});
