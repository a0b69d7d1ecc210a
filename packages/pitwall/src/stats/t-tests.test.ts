import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intervalOf, minimumDetectable, pairedMean, pValueOf, welch } from './t-tests.ts';

// R's data set `sleep` (Student 1908): extra hours of sleep of ten people under two drugs.
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-8, `${actual} against ${expected}`);
}

test('Welch on `sleep`, as R prints it: t = 1.8608, df = 17.776, p = 0.07939', () => {
  const estimate = welch(FIRST, SECOND);
  close(estimate.value, 1.58);
  close(estimate.value / estimate.standardError, 1.8608134674868526);
  close(estimate.df, 17.776473516178488);
  close(pValueOf(estimate), 0.0793941401873583);
  const [low, high] = intervalOf(estimate, 0.95);
  close(low, -0.20548323071171137);
  close(high, 3.3654832307117104);
});

test('paired on `sleep`, as R prints it: t = 4.0621, df = 9, p = 0.002833', () => {
  const estimate = pairedMean(SECOND.map((value, i) => value - FIRST[i]!));
  close(estimate.value / estimate.standardError, 4.062127683382037);
  close(pValueOf(estimate), 0.002832890197384273);
  const [low, high] = intervalOf(estimate, 0.95);
  close(low, 0.7001142367230175);
  close(high, 2.459885763276983);
});

test('no noise at all: equal is certain, different is certain', () => {
  assert.equal(pValueOf(welch([3, 3, 3], [3, 3, 3])), 1);
  const different = welch([3, 3, 3], [4, 4, 4]);
  assert.equal(pValueOf(different), 0);
  assert.deepEqual(intervalOf(different, 0.95), [1, 1]);
});

test('the minimum detectable effect of many values is the textbook 2.8 standard errors', () => {
  // z(0.975) = 1.959964, z(0.8) = 0.841621
  assert.ok(Math.abs(minimumDetectable(1.959964, 1e6) - 2.801585) < 1e-5);
  // Five degrees of freedom: (2.570582 + 0.919544) standard errors.
  assert.ok(Math.abs(minimumDetectable(2.570582, 5) - 3.490126) < 1e-5);
});
