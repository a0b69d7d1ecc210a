import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, PredictedEffect } from '../model/change.ts';
import { provedEffects } from './proof.ts';

const comparison = (indicator: string, ratio: number, interval: readonly [number, number]): Comparison => ({
  indicator,
  labels: { statement: 'a' },
  target: 'db',
  unit: 's',
  direction: 'lower-is-better',
  affected: true,
  before: 1,
  after: ratio,
  ratio,
  interval,
  pValue: 0,
  verdict: 'improved',
  blocks: { before: 6, after: 5 },
  noiseFloor: 0.02,
  minimumDetectable: 0.1,
});

const by = (indicator: string) => ({ indicator, labels: { statement: 'a' } });
const PREDICTED: PredictedEffect = {
  statement: 'a',
  text: 'SELECT 1',
  planner: 0.1,
  copy: { ratio: 0.2, interval: [0.1, 0.3] },
  measuredBy: [by('timed'), by('mean')],
};
const proved = (comparisons: readonly Comparison[], more: Partial<PredictedEffect> = {}) =>
  provedEffects([{ ...PREDICTED, ...more }], 'db', comparisons)[0]!;

test('the first of what measures it counts, of the same target and statement', () => {
  const [timed, mean] = [comparison('timed', 0.5, [0.4, 0.6]), comparison('mean', 0.9, [0.8, 0.95])];
  assert.deepEqual(proved([mean, timed]).inPlace, {
    before: 1,
    after: 0.5,
    ratio: 0.5,
    interval: [0.4, 0.6],
    blocks: 5,
  });
  assert.equal(proved([mean]).inPlace!.ratio, 0.9);
  assert.equal(proved([{ ...mean, target: 'other' }]).inPlace, null);
  assert.equal(proved([{ ...mean, labels: { statement: 'b' } }]).inPlace, null);
});

test('the sign is right, wrong, or not certain; the copy is believed before the planner', () => {
  const faster = [comparison('mean', 0.5, [0.4, 0.6])];
  const slower = [comparison('mean', 1.5, [1.2, 1.7])];
  assert.equal(proved(faster).signRight, true);
  assert.equal(proved(slower).signRight, false);
  assert.equal(proved([comparison('mean', 0.9, [0.7, 1.1])]).signRight, null);
  assert.equal(proved([]).signRight, null);
  assert.equal(proved(slower, { copy: { ratio: 1.3, interval: [1.1, 1.4] } }).signRight, true);
  assert.equal(proved(slower, { copy: null }).signRight, false);
  assert.equal(proved(slower, { copy: null, planner: 1.2 }).signRight, true);
  assert.equal(proved(faster, { copy: null, planner: null }).signRight, null);
});
