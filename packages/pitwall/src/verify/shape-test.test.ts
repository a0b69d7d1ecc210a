import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShapeComparison } from '../model/comparison.ts';
import { type Random, seededRandom } from '../stats/random.ts';
import { type Draw, madeUpLoad } from './run-fixtures.ts';
import { compareShapes } from './shape-test.ts';
import { normal } from './testing.ts';

const size = { blocks: 20, requests: 100 } as const;
const options = { target: 'web', still: new Map<string, readonly number[]>(), seed: 1 };
const usual: Draw = (random) => 0.01 * Math.exp(0.2 * normal(random));
/** The median stays: a share of the requests above it takes three times as long. */
const split =
  (share: number): Draw =>
  (random) => {
    const value = usual(random, 0);
    return value > 0.011 && random() < share / 0.317 ? 3 * value : value;
  };

const compare = (a: Draw, b: Draw, random: Random, still = options.still) =>
  compareShapes(madeUpLoad({ '/': a }, size, random), madeUpLoad({ '/': b }, size, random), { ...options, still })[0]!;

test('two runs of one state have the same shape, or none that is told from noise', () => {
  const random = seededRandom(1);
  let other = 0;
  for (let i = 0; i < 60; i++) if (compare(usual, usual, random).verdict === 'other') other++;
  assert.ok(other <= 3, `${other} of 60`);
});

test('a split with the same median is found, and called wider; so is its opposite', () => {
  const random = seededRandom(2);
  let found = 0;
  for (let i = 0; i < 30; i++) {
    const { verdict, kind, distance } = compare(usual, split(0.15), random);
    assert.ok(Math.abs(distance - 0.15) < 0.06, String(distance));
    if (verdict === 'other' && kind === 'wider') found++;
  }
  assert.ok(found >= 27, `${found} of 30`);
  const back = compare(split(0.15), usual, random);
  assert.deepEqual([back.verdict, back.kind], ['other', 'narrower']);
});

test('slower as a whole is no other shape', () => {
  const random = seededRandom(3);
  let other = 0;
  for (let i = 0; i < 30; i++) {
    const slower: Draw = (r, block) => 1.4 * usual(r, block);
    if (compare(usual, slower, random).verdict === 'other') other++;
  }
  assert.ok(other <= 2, `${other} of 30`);
});

test('what two runs of one state differ by is not called another shape, however sure', () => {
  const random = seededRandom(4);
  const still = new Map([['/', [0.02, 0.1, 0.22, 0.3]]]);
  const { verdict, noiseFloor } = compare(usual, split(0.15), random, still);
  assert.equal(verdict, 'inconclusive');
  assert.ok(noiseFloor > 0.25, String(noiseFloor));
});

test('blocks that drift together are not taken for so many proofs', () => {
  const random = seededRandom(5);
  let other = 0;
  for (let i = 0; i < 60; i++) {
    // In each stretch of five blocks the tail has a length of its own: a neighbour that wakes and sleeps.
    const phase = () => {
      const tails = Array.from({ length: 4 }, () => 0.15 + 0.12 * random());
      return ((r, block) => 0.01 * Math.exp(tails[Math.floor(block / 5)]! * Math.abs(normal(r)))) as Draw;
    };
    if (compare(phase(), phase(), random).verdict === 'other') other++;
  }
  assert.ok(other <= 3, `${other} of 60`);
});

test('too few blocks give no p-value and no verdict', () => {
  const random = seededRandom(6);
  const few = { blocks: 6, requests: 100 } as const;
  const [shape] = compareShapes(
    madeUpLoad({ '/': usual }, few, random),
    madeUpLoad({ '/': split(0.2) }, few, random),
    options,
  );
  assert.equal(shape!.pValue, null);
  assert.equal(shape!.verdict, 'inconclusive');
});

test('an endpoint that only one run has is left out', () => {
  const random = seededRandom(7);
  const a = madeUpLoad({ '/': usual, '/old': usual }, size, random);
  const b = madeUpLoad({ '/': usual, '/new': usual }, size, random);
  assert.deepEqual(
    compareShapes(a, b, options).map(({ endpoint }) => endpoint),
    ['/'],
  );
});

test('“same” is only said of so many requests that another shape would have shown', (t) => {
  const random = seededRandom(8);
  const slowed: Draw = (r) => (r() < 0.15 ? 10 : 1) * usual(r, 0);
  for (const [blocks, requests] of [
    [10, 1],
    [20, 5],
    [20, 20],
  ] as const) {
    const load = (draw: Draw) => madeUpLoad({ '/': draw }, { blocks, requests }, random);
    const said = (b: Draw) =>
      Map.groupBy(
        Array.from({ length: 40 }, () => compareShapes(load(usual), load(b), options)[0]!.verdict),
        (verdict) => verdict,
      );
    const [split, still] = [said(slowed), said(usual)];
    const count = (of: ReturnType<typeof said>, verdict: ShapeComparison['verdict']) => of.get(verdict)?.length ?? 0;
    t.diagnostic(`${blocks * requests}: split ${count(split, 'same')} same, still ${count(still, 'same')} same`);
    assert.ok(count(split, 'same') <= 2, `${blocks * requests} requests: ${count(split, 'same')} of 40`);
    assert.ok(count(still, 'other') <= 2, `${blocks * requests} requests: ${count(still, 'other')} of 40`);
    if (blocks * requests < 370) assert.equal(count(still, 'same'), 0, 'nothing that so few could bear');
    else assert.ok(count(still, 'same') >= 20, String(count(still, 'same')));
  }
});
