import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tQuantile, tTwoSided } from './t-distribution.ts';

function close(actual: number, expected: number, relative = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} against ${expected}`);
}

test('tails agree with SciPy (2 · scipy.stats.t.sf)', () => {
  close(tTwoSided(2, 5), 0.10193947882985835);
  close(tTwoSided(4.5, 3.7), 0.012927381711591772);
  close(tTwoSided(0.1, 1), 0.936548965138893);
  close(tTwoSided(12, 10), 2.921408824769984e-7);
  close(tTwoSided(1.96, 1e5), 0.04999856319430168, 1e-7);
  assert.equal(tTwoSided(0, 4), 1);
  assert.equal(tTwoSided(Number.POSITIVE_INFINITY, 4), 0);
  close(tTwoSided(-2, 5), tTwoSided(2, 5));
});

test('quantiles agree with SciPy (scipy.stats.t.ppf)', () => {
  close(tQuantile(0.975, 1), 12.706204736174694);
  close(tQuantile(0.975, 5), 2.5705818356363146);
  close(tQuantile(0.975, 10), 2.228138851986274);
  close(tQuantile(0.8, 4.5), 0.9289655685760094);
  close(tQuantile(0.025, 9), -2.2621571627982053);
  close(tQuantile(0.999, 3), 10.214531852407383);
  assert.equal(tQuantile(0.5, 3), 0);
  assert.ok(Number.isNaN(tQuantile(1, 3)));
});

test('one and two degrees of freedom have closed forms', () => {
  for (const t of [0.01, 0.3, 1, 7, 400]) {
    close(tTwoSided(t, 1), 1 - (2 / Math.PI) * Math.atan(t), 1e-8);
    close(tTwoSided(t, 2), 1 - t / Math.sqrt(2 + t * t), 1e-8);
  }
});
