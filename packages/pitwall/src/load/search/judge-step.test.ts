import assert from 'node:assert/strict';
import { it } from 'node:test';
import { objectiveText } from './check-text.ts';
import { judgeStep, type StepView } from './judge-step.ts';
import { check, viewOf } from './testing.ts';

const plan = { mostHolds: 2 };
const calm = viewOf(100, 9, new Array(1100).fill(0.02), 1);
const growing = viewOf(
  100,
  9,
  Array.from({ length: 1100 }, (_, i) => 0.02 + i * 0.0006),
  10,
).ticks;

const judge = (view: Partial<StepView>, holds = 0) => judgeStep({ ...calm, ...view }, holds, plan);
const slow = [check('load.response.duration.p99', 's', 0.34, 0.25)];

it('passes what keeps everything', () => {
  assert.deepEqual(judge({}), { verdict: 'pass', steadiness: 'steady', because: 'It kept all objectives.', broke: [] });
});

it('fails on a broken objective, naming it with its value and its limit', () => {
  const { verdict, broke } = judge({ checks: [...calm.checks, ...slow] });
  assert.equal(verdict, 'fail');
  assert.deepEqual(broke, ['load.response.duration.p99 was 340 ms; the limit is 250 ms.']);
  // What was not measured breaks nothing.
  assert.equal(judge({ checks: [{ ...slow[0]!, value: null, kept: null }] }).verdict, 'pass');
});

it('an unwell generator decides nothing, unless it was the service that let it wait', () => {
  const unwell = { valid: false, invalidBecause: ['A load thread used 95 % of a core.', 'More.'], checks: slow };
  assert.deepEqual(judge(unwell), {
    verdict: 'invalid',
    steadiness: 'steady',
    because: 'A load thread used 95 % of a core.',
    broke: [],
  });
  assert.match(judge({ ...unwell, saturated: true }).because, /^All 1,000 connections were taken/);
  assert.equal(judge({ ...unwell, saturated: true }).verdict, 'fail');
  assert.match(judge({ ...unwell, ok: 0 }).because, /^None of the 900 requests was answered with success\.$/);
  assert.equal(judge({ ...unwell, partial: 'the service has not answered since second 3' }).verdict, 'fail');
});

it('what keeps its objectives in spite of an unwell generator has passed, if it was sent what was planned', () => {
  const unwell = { valid: false, invalidBecause: ['1 % of the requests left 5 ms late.'] };
  const { verdict, because } = judge(unwell);
  assert.equal(verdict, 'pass');
  assert.match(because, /although the generator was not well, which only adds to times: 1 % of the requests/);
  assert.equal(judge({ ...unwell, planned: 1000 }).verdict, 'invalid');
  // Flows of several steps: later steps of those that were started say nothing of those that were not.
  assert.equal(judge({ ...unwell, planned: 300, started: 200, sent: 900 }).verdict, 'invalid');
  assert.equal(judge({ ...unwell, planned: 300, started: 299, sent: 250, ok: 250 }).verdict, 'pass');
  assert.equal(judge({ ...unwell, ticks: growing }).verdict, 'invalid');
});

it('danger comes before everything', () => {
  const { verdict, because } = judge({ danger: 'Memory is nearly used up.', saturated: true });
  assert.deepEqual([verdict, because], ['danger', 'Memory is nearly used up.']);
});

it('a growing queue is looked at again while objectives hold, and then fails; at once when they do not', () => {
  assert.equal(judge({ ticks: growing }).verdict, 'hold');
  assert.equal(judge({ ticks: growing }, 1).verdict, 'hold');
  const { verdict, because, steadiness } = judge({ ticks: growing }, 2);
  assert.deepEqual([verdict, steadiness], ['fail', 'growing']);
  assert.match(because, /^The queue grew by 5\.\d requests every second/);
  const both = judge({ ticks: growing, checks: slow });
  assert.equal(both.verdict, 'fail');
  assert.equal(both.broke.length, 2);
});

const drifting = (p50: (second: number) => number) => calm.ticks.map((tick) => ({ ...tick, p50: p50(tick.at) }));

it('holds where drift could turn the answer, and only there', () => {
  const [slower, faster] = [drifting((second) => 0.01 * second), drifting((second) => 0.1 / second)];
  assert.equal(judge({ ticks: slower }).verdict, 'hold');
  assert.equal(judge({ ticks: slower, checks: slow }).verdict, 'fail');
  assert.equal(judge({ ticks: faster }).verdict, 'pass');
  assert.equal(judge({ ticks: faster, checks: slow }).verdict, 'hold');
  assert.equal(judge({ ticks: faster, checks: slow }, 2).verdict, 'fail');
  const last = judge({ ticks: slower }, 2);
  assert.deepEqual([last.verdict, last.steadiness], ['pass', 'drifting']);
  assert.match(last.because, /did not come to rest in 3 steps/);
});

it('objectives as text', () => {
  assert.equal(objectiveText(check('load.error.ratio', '1', 0, 0.01)), 'load.error.ratio ≤ 1 %');
  const up = { ...check('x', '1/s', 0, 1234), direction: 'higher-is-better' as const, labels: { endpoint: 'GET /' } };
  assert.equal(objectiveText(up), 'x {endpoint=GET /} ≥ 1,230/s');
});

it('with too few requests for a percentile it is measured for longer, where that helps; otherwise it says so', () => {
  const undecided = { ...slow[0]!, value: 0.1, count: 40, kept: null };
  const few = (stretch: number, holds = 0, more: Partial<StepView> = {}) =>
    judge({ checks: [...calm.checks, undecided], stretch, ...more }, holds);
  assert.equal(few(3).verdict, 'hold');
  assert.equal(
    few(3).because,
    'Too few requests to tell: load.response.duration.p99 rests on 40 requests, and a p99 needs 100.',
  );
  // Not even three times as long would do, and it was held as often as may be.
  for (const judged of [few(2), judge({ checks: [undecided] }), few(3, 2)]) {
    assert.equal(judged.verdict, 'pass');
    assert.match(judged.because, /^It kept all objectives that could be decided: .* rests on 40 requests/);
  }
  // What is broken anyway needs no longer look.
  assert.equal(judge({ checks: [undecided, ...slow], stretch: 3 }).verdict, 'fail');
});
