import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Distribution } from '../../model/observation.ts';
import { Histogram } from '../../stats/histogram.ts';
import { sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { load as schema } from './load.ts';

const load = sampleOpenLoad(10);
const block = { at: 0, duration: 0.5, steps: [] };
const accepts = (more: object) => schema.safeParse(JSON.parse(JSON.stringify({ ...load, ...more }))).success;

test('a file may have as many blocks as a run, and not as many as make a comparison endless', () => {
  assert.ok(accepts({ blocks: new Array(100).fill(block) }));
  assert.ok(!accepts({ blocks: new Array(101).fill(block) }));
  const step = { endpoint: '/', completed: 1, errors: 0, response: {}, service: {} };
  const wide = (steps: number) => ({ blocks: [{ ...block, steps: new Array(steps).fill(step) }] });
  assert.ok(accepts(wide(3)) && !accepts(wide(10_001)));
});

test('buckets of a histogram are places in it, with at least one value each', () => {
  const withBuckets = (buckets: readonly (readonly number[])[]) => {
    const step = load.steps[0]!;
    const response = { ...step.distributions.response, histogram: { buckets } };
    return { steps: [{ ...step, distributions: { ...step.distributions, response } }] };
  };
  assert.ok(accepts(withBuckets([[0, 1]])));
  for (const bad of [
    [-1, 1],
    [0.5, 1],
    [33 * 1024, 1],
    [5, 0],
    [5, -3],
    [5, 1.5],
    [5, 1, 1],
  ]) {
    assert.ok(!accepts(withBuckets([bad])), JSON.stringify(bad));
  }
  assert.ok(!accepts(withBuckets(new Array(33 * 1024 + 1).fill([1, 1]))));
  const histogram = new Histogram();
  for (const value of [0, 1, 2047, 2048, 1e9, 2 ** 50]) histogram.record(value);
  const whole: Distribution = histogram.toDistribution();
  assert.ok(accepts(withBuckets(whole.histogram!.buckets)), 'all that can be recorded');
});
