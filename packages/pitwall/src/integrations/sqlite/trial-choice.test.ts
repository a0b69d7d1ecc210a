import assert from 'node:assert/strict';
import test from 'node:test';
import { effectText, isHarmed, isImproved, whyNone } from './trial-choice.ts';
import type { QueryTrial, VariantTrial } from './trial-contract.ts';

const query = (name: string, before: number, ratio: number, spread = 0.02): QueryTrial => ({
  query: name,
  planChanged: ratio !== 1,
  before,
  after: before * ratio,
  ratio,
  interval: [ratio * (1 - spread), ratio * (1 + spread)],
  rounds: 9,
  planBefore: 'a',
  planAfter: 'b',
});
const variant = (name: string, queries: readonly QueryTrial[], bytes = 1000): VariantTrial => ({
  name,
  failed: null,
  buildSeconds: 1,
  indexBytes: bytes,
  queries,
});
test('improved and harmed are only what the whole interval says, by the gain asked for', () => {
  assert.ok(isImproved(query('a', 1, 0.5), 0.1));
  assert.ok(!isImproved(query('a', 1, 0.85, 0.1), 0.1), 'not sure');
  assert.ok(!isImproved(query('a', 1, 1), 0.1), 'the same plan');
  assert.ok(isHarmed(query('a', 1, 1.5), 0.1));
  assert.ok(!isHarmed(query('a', 1, 1.15, 0.1), 0.1));
});

test('says why there is none', () => {
  assert.match(whyNone({ variants: [variant('x', [query('a', 1, 1)])] }), /planner did not use it/);
  assert.match(whyNone({ variants: [variant('x', [query('a', 1, 0.95)])] }), /1\.1× faster \(1\.0× to 1\.1×\)/);
  assert.match(whyNone({ variants: [{ ...variant('x', []), failed: 'no room' }] }), /no room/);
  assert.equal(effectText({ ratio: 0.0125, interval: [0.01, 0.02] }), '80× faster (50× to 100×)');
  assert.equal(effectText({ ratio: 0.5, interval: [0.4, 1.25] }), '2.0× faster (0.80× to 2.5×)');
  assert.equal(effectText({ ratio: 1.5, interval: [1.2, 2] }), '1.5× slower (1.2× to 2.0×)');
});
