import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadOptions, LoadResult } from '../../model/load.ts';
import { countText, loadCourse, partsText, unfinishedText } from './course.ts';

const endpoint = (path: string) => ({ name: path, method: 'GET', path, headers: {}, weight: 1 });
const options = {
  url: 'http://127.0.0.1:1',
  endpoints: [endpoint('/a'), endpoint('/b')],
  shape: 'closed',
  users: 5,
  duration: 600,
  warmup: 0,
} as unknown as LoadOptions;
/** Flows of so many steps each. */
const scenario = (...steps: number[]) =>
  ({ name: 's', flows: steps.map((length) => ({ steps: Array.from({ length }) })) }) as unknown as NonNullable<
    LoadOptions['scenario']
  >;

test('what is counted, and over how many loads one after the other', () => {
  const one = loadCourse({ ...options, iterations: 50 }, false);
  assert.deepEqual([one.count, one.parts, one.flows], [50, 1, false]);
  const each = loadCourse({ ...options, iterations: 50 }, true);
  assert.deepEqual([each.count, each.parts, partsText(each)], [100, 2, '2 endpoints']);
  const flows = loadCourse({ ...options, iterations: 1, scenario: scenario(2, 1, 1) }, true);
  assert.deepEqual([flows.count, partsText(flows), countText(1, flows)], [3, '3 flows', '1 iteration']);
  assert.equal(loadCourse(options, false).count, null);
});

test('a time that was over before the iterations were is said; an end that says itself is not', () => {
  const course = loadCourse({ ...options, iterations: 5000 }, false);
  const result = { sent: 1200, duration: 2, endedBy: 'plan' } as LoadResult;
  assert.equal(
    unfinishedText(course, result),
    'The time was over first: 1,200 of 5,000 requests were sent within 2 s.',
  );
  assert.equal(unfinishedText(course, { ...result, sent: 5000 }), null);
  assert.equal(unfinishedText(course, { ...result, endedBy: 'interrupt' }), null);
  assert.equal(unfinishedText(loadCourse(options, false), result), null);
  const flows = loadCourse({ ...options, iterations: 400, scenario: scenario(3) }, false);
  const started = { ...result, iterations: { planned: 400, started: 400 } };
  assert.equal(unfinishedText(flows, started), null, 'of several requests each, all were begun');
  assert.match(
    unfinishedText(flows, { ...result, iterations: { planned: 399, started: 399 } })!,
    /399 of 400 iterations were begun/,
  );
});
