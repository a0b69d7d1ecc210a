import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { Histogram } from '../../stats/histogram.ts';
import { FORMAT, planSchema } from './plan.ts';
import { BUCKETS, sliceResultSchema, tickSchema } from './result-schema.ts';
import { sliceOf, workerOf } from './testing.ts';

const good = () => structuredClone(sliceOf([workerOf([1e6, 2e6, 5e9])])) as unknown as Record<string, never>;

/** The result with a value somewhere in it replaced. */
function changed(path: string, value: unknown): unknown {
  const result = good();
  const keys = path.split('.');
  const last = keys.pop()!;
  const into = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, result);
  into[last] = value;
  return result;
}

test('what a worker measures is read back as it was', () => {
  const result = sliceOf([workerOf([1e6, 2e6, 5e9]), workerOf([])]);
  assert.deepEqual(sliceResultSchema.parse(JSON.parse(JSON.stringify(result))), result);
});

test('the longest time that a histogram takes is within the bounds, and one bucket more is not', () => {
  const histogram = new Histogram();
  histogram.record(2 ** 43);
  const [[index]] = histogram.snapshot().buckets as [[number, number]];
  assert.equal(index, BUCKETS - 1);
  const step = 'workers.0.steps.0.response';
  const distribution = { count: 1, sum: 1, min: 1, max: 1, histogram: { buckets: [[BUCKETS, 1]] } };
  assert.equal(sliceResultSchema.safeParse(changed(step, distribution)).success, false);
});

test('what cannot have been measured is refused', () => {
  const step = 'workers.0.steps.0';
  for (const [path, value] of [
    ['workers', 'many'],
    ['workers.0.steps.0.sent', -1],
    ['workers.0.steps.0.sent', 4],
    ['workers.0.steps.0.sent', 1.5],
    ['workers.0.steps.0.ok', '3'],
    [`${step}.errors`, { timeout: -1 }],
    [`${step}.errors`, { constructor: 0 }],
    [`${step}.errors`, { weird: 0 }],
    ['workers.0.reasons', { toString: 'x' }],
    [`${step}.between`, { count: 0, sum: 0, min: 0, max: 0 }],
    [`${step}.saidService`, -1],
    [`${step}.response.count`, 4],
    [`${step}.response.sum`, null],
    [`${step}.response.min`, 1e9],
    [`${step}.response.histogram.buckets`, [[-1, 3]]],
    [`${step}.response.histogram.buckets`, [[1, 1e300]]],
    [`${step}.response.histogram`, undefined],
    ['workers.0.health.loopUtilisation', 'busy'],
    ['workers.0.reasons', { connect: 'x'.repeat(100_000) }],
    ['endedBy', 'magic'],
    ['extra', true],
  ] as const) {
    assert.equal(
      sliceResultSchema.safeParse(changed(path, value)).success,
      false,
      `${path} = ${JSON.stringify(value)}`,
    );
  }
  assert.equal(sliceResultSchema.safeParse(good()).success, true, 'it is refused for that reason');
});

test('a tick is a tick', () => {
  const response = new Histogram();
  response.record(1e6, 3);
  const tick = {
    second: 0,
    completed: 3,
    errors: 0,
    bytes: 1,
    inFlight: 0,
    response: response.toDistribution(),
    loopUtilisation: 0.2,
    late: 1,
  };
  assert.deepEqual(tickSchema.parse(JSON.parse(JSON.stringify(tick))), tick);
  assert.equal(tickSchema.safeParse({ ...tick, second: -1 }).success, false);
  assert.equal(tickSchema.safeParse({ ...tick, completed: Number.NaN }).success, false);
});

test('what coordinator and agents hand to each other has the form of its format', () => {
  const forms = [planSchema, tickSchema, sliceResultSchema].map((schema) => z.toJSONSchema(schema, { io: 'input' }));
  const digest = createHash('sha256').update(JSON.stringify(forms)).digest('hex').slice(0, 16);
  // Of another form: FORMAT of plan.ts goes up unless it has since the last release, and the digest here follows.
  assert.deepEqual([FORMAT, digest], [2, '1dfe96c8e49fa096']);
});
