import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { designEffect, moreEvents } from './two-rates.ts';

/** P(Bin(n, share) ≥ least), term by term. */
function binomialTail(n: number, share: number, least: number): number {
  let [term, sum] = [(1 - share) ** n, 0];
  for (let k = 0; k <= n; k++) {
    if (k >= least) sum += term;
    term *= ((n - k) / (k + 1)) * (share / (1 - share));
  }
  return sum;
}

test('the exact conditional test: as the binomial sum has it', () => {
  for (const [before, after, sizes] of [
    [0, 1, { before: 5000, after: 5000 }],
    [0, 7, { before: 500, after: 500 }],
    [3, 12, { before: 1000, after: 500 }],
    [40, 55, { before: 300, after: 700 }],
  ] as const) {
    const share = sizes.after / (sizes.before + sizes.after);
    const [p, exact] = [moreEvents({ before, after }, sizes), binomialTail(before + after, share, after)];
    assert.ok(Math.abs(p - exact) < 1e-12, `${before}, ${after}: ${p}, ${exact}`);
  }
  // Of one event it is as likely here as there, whatever the number of requests.
  assert.ok(Math.abs(moreEvents({ before: 0, after: 1 }, { before: 9, after: 9 }) - 0.5) < 1e-12);
  assert.equal(moreEvents({ before: 4, after: 0 }, { before: 9, after: 9 }), 1);
  assert.ok(Number.isNaN(moreEvents({ before: 0, after: 1 }, { before: 0, after: 9 })));
});

test('the design effect: 1 for events that come alone, as large as the bursts where they come in bursts', () => {
  const sizes = new Array<number>(20).fill(100);
  const burst = { events: sizes.map((_, i) => (i === 7 ? 30 : 0)), sizes };
  assert.ok(designEffect([burst]) > 25 && designEffect([burst]) < 32, String(designEffect([burst])));
  const random = seededRandom(3);
  const alone = () => ({ events: sizes.map((size) => drawn(size, 0.02, random)), sizes });
  let mean = 0;
  for (let i = 0; i < 200; i++) mean += designEffect([alone(), alone()]) / 200;
  assert.ok(mean >= 1 && mean < 1.15, String(mean));
  const none = { events: sizes.map(() => 0), sizes };
  assert.equal(designEffect([none, burst]), designEffect([burst]), 'a run without events says nothing of bursts');
  assert.ok(Number.isNaN(designEffect([none, none])));
  assert.ok(Number.isNaN(designEffect([{ events: [3], sizes: [100] }])), 'one part alone neither');
  assert.equal(designEffect([{ events: [9, 9], sizes: [9, 9] }]), 1);
});

function drawn(size: number, share: number, random: () => number): number {
  let count = 0;
  for (let i = 0; i < size; i++) if (random() < share) count++;
  return count;
}
