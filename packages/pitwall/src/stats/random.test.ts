import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, shuffled, xoshiro128 } from './random.ts';

/** The generator again, in whole numbers of any size: no 32-bit tricks to get wrong. */
function reference(state: bigint[]): () => number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  return () => {
    const result = (rotate((state[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (state[1]! << 9n) & mask;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= t;
    state[3] = rotate(state[3]!, 11n);
    return Number(result) / 2 ** 32;
  };
}

test('xoshiro128** equals the same steps in arbitrary-precision arithmetic', () => {
  const fast = xoshiro128(1, 2, 3, 4);
  const slow = reference([1n, 2n, 3n, 4n]);
  // First output by hand: rotl(2 · 5, 7) · 9 = 1280 · 9 = 11520.
  assert.equal(xoshiro128(1, 2, 3, 4)() * 2 ** 32, 11520);
  for (let i = 0; i < 2000; i++) assert.equal(fast(), slow());
});

test('the same seed repeats, another seed does not, and the draws are uniform', () => {
  const [a, b, c] = [seededRandom(42), seededRandom(42), seededRandom(43)];
  const first = Array.from({ length: 50 }, a);
  assert.deepEqual(Array.from({ length: 50 }, b), first);
  assert.notDeepEqual(Array.from({ length: 50 }, c), first);
  const random = seededRandom(0);
  const bins = new Array<number>(20).fill(0);
  for (let i = 0; i < 20_000; i++) bins[Math.floor(random() * 20)]!++;
  // χ² with 19 degrees of freedom: 43.8 is exceeded once in 1000.
  const chi = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi < 43.8, `χ² ${chi}`);
});

test('shuffling keeps the values, leaves the original alone, and finds every order about equally often', () => {
  const random = seededRandom(5);
  const counts = new Map<string, number>();
  const original = [1, 2, 3];
  for (let i = 0; i < 6000; i++) {
    const key = shuffled(original, random).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.deepEqual(original, [1, 2, 3]);
  assert.equal(counts.size, 6);
  for (const [order, count] of counts) assert.ok(Math.abs(count - 1000) < 120, `${order}: ${count}`);
});
