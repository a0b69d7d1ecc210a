import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apportion, leastStretches, overallEach, type Stretch } from './apportion.ts';
import { type Random, seededRandom } from './random.ts';

/** Standard normal (Box–Muller). */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Stretches of `requests` each, mixed at random by `weights`; one thing of a kind uses `costs` ± 30 % and all of it ± `noise`. */
function run(
  costs: readonly number[],
  weights: readonly number[],
  options: { stretches: number; requests: number; noise: number; seed: number },
): Stretch[] {
  const random = seededRandom(options.seed);
  return Array.from({ length: options.stretches }, () => {
    const counts = costs.map(() => 0);
    let total = 0;
    for (let i = 0; i < options.requests; i++) {
      const at = random();
      const kind = weights.findIndex((_, k) => at < weights.slice(0, k + 1).reduce((sum, weight) => sum + weight, 0));
      counts[kind]!++;
      total += costs[kind]! * (1 + 0.3 * normal(random));
    }
    return { counts, total: total + options.noise * normal(random) };
  });
}

test('without noise the shares are exact', () => {
  const stretches = Array.from({ length: 12 }, (_, i) => ({ counts: [i, 20 - i], total: 2 * i + 5 * (20 - i) }));
  const shares = apportion(stretches)!;
  assert.ok(Math.abs(shares[0]!.each - 2) < 1e-9 && Math.abs(shares[1]!.each - 5) < 1e-9);
  assert.ok(shares.every(({ interval: [low, high] }) => high - low < 1e-6));
});

test('95 of 100 intervals hold the truth, with unequal noise, too', () => {
  const costs = [0.01, 0.002, 0.0005];
  let held = 0;
  const runs = 300;
  for (let seed = 1; seed <= runs; seed++) {
    const shares = apportion(run(costs, [0.2, 0.3, 0.5], { stretches: 30, requests: 60, noise: 0.005, seed }))!;
    held += shares.filter(({ interval: [low, high] }, i) => low <= costs[i]! && costs[i]! <= high).length;
  }
  const share = held / (runs * costs.length);
  assert.ok(share > 0.925 && share < 0.99, `${share}`);
});

test('a mix that never changes has many answers: none is given, or one that says nothing', () => {
  const same = Array.from({ length: 30 }, () => ({ counts: [10, 20], total: 7 }));
  assert.equal(apportion(same), null);
  const random = seededRandom(3);
  const nearly = Array.from({ length: 30 }, (_, i) => ({
    counts: [1000 + (i % 2), 2000],
    total: 7 + 0.1 * normal(random),
  }));
  const shares = apportion(nearly)!;
  assert.ok(
    shares[0]!.interval[1] - shares[0]!.interval[0] > overallEach(nearly),
    'wider than all that there is to share',
  );
});

test('too few stretches: none', () => {
  const few = run([1, 2], [0.5, 0.5], { stretches: leastStretches(2) - 1, requests: 20, noise: 0, seed: 1 });
  assert.equal(apportion(few), null);
  assert.equal(apportion([]), null);
});

test('shares are never below nothing, and the others take up what is left', () => {
  const random = seededRandom(5);
  const stretches = Array.from({ length: 40 }, () => {
    const counts = [Math.floor(random() * 20), Math.floor(random() * 20), 10 + Math.floor(random() * 20)];
    // The first kind costs nothing.
    return { counts, total: 3 * counts[1]! + 1 * counts[2]! + 20 * normal(random) };
  });
  const shares = apportion(stretches)!;
  assert.ok(shares.every(({ each, interval: [low, high] }) => each >= 0 && low >= 0 && low <= each && each <= high));
  const total = stretches.reduce(
    (sum, { counts }) => sum + counts.reduce((s, count, i) => s + count * shares[i]!.each, 0),
    0,
  );
  const truth = stretches.reduce((sum, stretch) => sum + stretch.total, 0);
  assert.ok(Math.abs(total / truth - 1) < 0.05, `${total} of ${truth}`);
});

test('one stretch that decides alone gives no answer', () => {
  const stretches = [
    { counts: [5, 100], total: 10 },
    ...Array.from({ length: 20 }, () => ({ counts: [5, 0], total: 5 })),
  ];
  assert.equal(apportion(stretches), null);
});
