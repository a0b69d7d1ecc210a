import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST } from '../../load/shapes/define.ts';
import { MOST_CALIBRATION_RUNS } from '../../model/comparison.ts';
import type { Distribution } from '../../model/observation.ts';
import { Histogram } from '../../stats/histogram.ts';
import { sampleCalibration } from '../fixtures/sample-comparison.ts';
import { sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { reportJsonSchema } from '../schema.ts';
import { calibration } from './comparison.ts';
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

test('seconds of a timeline, cells of one of them, and runs of a calibration have a most', () => {
  const tick = load.timeline[0]!;
  const cells = (count: number) => ({ timeline: [{ ...tick, heat: new Array(count).fill([1, 1]) }] });
  assert.ok(accepts(cells(100)) && !accepts(cells(101)));
  // A million of them take a while to read: the published schema says the same.
  const { $defs } = reportJsonSchema() as {
    $defs: Record<string, { properties: Record<string, { maxItems?: number }> }>;
  };
  const most = $defs.load?.properties.timeline?.maxItems;
  assert.equal(most, 1_000_000);
  assert.ok(most > MOST.duration, 'the longest load has a tick a second');

  const one = sampleCalibration();
  const read = (more: object) => calibration.safeParse(JSON.parse(JSON.stringify({ ...one, ...more }))).success;
  const runs = (count: number) => ({ runs: new Array(count).fill({ startedAt: 'x', blocks: [], indicators: [] }) });
  assert.ok(read(runs(MOST_CALIBRATION_RUNS)) && !read(runs(MOST_CALIBRATION_RUNS + 1)));
  const distances = (count: number) => ({ shapes: [{ endpoint: '/', distances: new Array(count).fill(0.1) }] });
  assert.ok(read(distances(499_500)) && !read(distances(499_501)), 'all pairs of a thousand runs');
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
