import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SliceView } from '../../fleet/runs.ts';
import { EarlyEnd } from '../../load/abort-watch.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { SliceEnd } from './gather-results.ts';
import { mergeAgents } from './merge-agents.ts';
import { OPTIONS, sliceOf, workerOf } from './testing.ts';

const view = (slice: number, extra: Partial<SliceView> = {}): SliceView => ({
  slice,
  state: 'done',
  attempt: 1,
  name: `agent-${slice}`,
  host: 'host',
  capacity: 4,
  firstWorker: slice,
  workers: 1,
  clockOffset: 0.001,
  clockUncertainty: 0.0001,
  silent: 0,
  because: null,
  ...extra,
});

const done = (slice: number, extra: Partial<SliceView> = {}): SliceEnd => ({
  view: view(slice, extra),
  result: sliceOf([workerOf([1e6, 2e6])], slice, 2),
  because: null,
});

test('all are there: whole, with a line for each', () => {
  const merged = mergeAgents(OPTIONS, [done(0), done(1)], [], null);
  assert.equal(merged.partial, null);
  assert.equal(merged.sent, 4);
  assert.deepEqual(merged.agents, [
    { name: 'agent-0', host: 'host', clockOffset: 0.001, clockUncertainty: 0.0001, workers: 1, sent: 2, state: 'done' },
    { name: 'agent-1', host: 'host', clockOffset: 0.001, clockUncertainty: 0.0001, workers: 1, sent: 2, state: 'done' },
  ]);
});

test('a clock that is known to more than 5 ms only is warned about', () => {
  const ends = [done(0, { clockUncertainty: 0.012 }), done(1, { clockUncertainty: 0.005 })];
  const warnings = mergeAgents(OPTIONS, ends, [], null).warnings.filter((text) => text.includes('clock'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^the clock of agent agent-0 \(host\) is known to ±12 ms only/);
});

test('one that is missing makes the load partial and not valid', () => {
  const lost: SliceEnd = { view: view(1, { state: 'lost' }), result: null, because: 'no sign of life' };
  const merged = mergeAgents(OPTIONS, [done(0), lost], [], null);
  assert.equal(merged.valid, false);
  assert.equal(
    merged.partial,
    'agent agent-1 (host) was lost (no sign of life), and with it what its 1 worker measured',
  );
  assert.equal(merged.invalidBecause[0], merged.partial);
  assert.deepEqual(merged.agents![1], { ...merged.agents![1], sent: null, state: 'lost' });
  assert.equal(merged.endedBy, 'plan');
});

test('names and reasons are text from somebody else', () => {
  const lost: SliceEnd = { view: view(1, { name: 'a\u001b[2Jb\nc' }), result: null, because: 'x\u0007y' };
  const { partial, agents } = mergeAgents(OPTIONS, [done(0), lost], [], null);
  assert.doesNotMatch(partial! + agents![1]!.name, /[\u0000-\u001f]/);
});

test('a load that we ended is whole, and says why it ended', () => {
  const interrupted = sliceOf([workerOf([1e6])], 0, 1);
  const end: SliceEnd = { ...done(0), result: { ...interrupted, partial: 'rule', endedBy: 'interrupt' } };
  const merged = mergeAgents(OPTIONS, [end], [], new EarlyEnd('abort-rule', 'too many errors'));
  assert.equal(merged.endedBy, 'abort-rule');
  assert.equal(merged.partial, 'too many errors');
  assert.equal(merged.agents![0]!.state, 'done');
  assert.equal(
    merged.invalidBecause.some((text) => text.includes('agent-0')),
    false,
  );
});

test('a block counts when every agent has seen all of it', () => {
  const response = new Histogram();
  response.record(1e6, 5);
  const distribution = response.toDistribution();
  const block = (number: number) => ({
    block: number,
    steps: [{ completed: 5, errors: 0, response: distribution, service: distribution }],
  });
  const with_ = (slice: number, blocks: readonly number[]): SliceEnd => {
    const end = done(slice);
    return { ...end, result: { ...end.result!, blocks: blocks.map(block) } };
  };
  const { blocks } = mergeAgents(OPTIONS, [with_(0, [2, 0, 1]), with_(1, [0, 2])], [], null);
  assert.deepEqual(
    blocks.map(({ at, steps }) => [Math.round(at * 1000), steps[0]!.completed]),
    [
      [0, 10],
      [300, 10],
    ],
  );
});

test('cut short, the last block is as long as what was measured of it', () => {
  const response = new Histogram();
  response.record(1e6, 5);
  const distribution = response.toDistribution();
  const blocks = [0, 1].map((block) => ({
    block,
    steps: [{ completed: 5, errors: 0, response: distribution, service: distribution }],
  }));
  // 20 blocks of 150 ms were planned; 250 ms were measured.
  const cut = (slice: number): SliceEnd => {
    const worker = { ...workerOf([1e6]), duration: 0.25, complete: false };
    const result = { ...sliceOf([worker], slice, 2), blocks, partial: 'enough', endedBy: 'interrupt' as const };
    return { ...done(slice), result };
  };
  const merged = mergeAgents(OPTIONS, [cut(0), cut(1)], [], new EarlyEnd('interrupt', 'enough'));
  assert.deepEqual(
    merged.blocks.map(({ at, duration }) => [at, duration].map((seconds) => Math.round(seconds * 1000))),
    [
      [0, 150],
      [150, 100],
    ],
  );
});

test('stopped when all had carried out their plan (during the clean-up): nothing is missing, and it is not partial', () => {
  const merged = mergeAgents(OPTIONS, [done(0), done(1)], [], new EarlyEnd('interrupt', 'interrupted'));
  assert.deepEqual([merged.partial, merged.endedBy, merged.valid], [null, 'plan', true]);
  const part = sliceOf([workerOf([1e6])], 1, 2);
  const cut: SliceEnd = { ...done(1), result: { ...part, partial: 'interrupted', endedBy: 'interrupt' } };
  const half = mergeAgents(OPTIONS, [done(0), cut], [], new EarlyEnd('interrupt', 'interrupted'));
  assert.deepEqual([half.partial, half.endedBy], ['interrupted', 'interrupt']);
});
