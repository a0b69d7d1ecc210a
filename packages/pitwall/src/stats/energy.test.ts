import assert from 'node:assert/strict';
import { test } from 'node:test';
import { energyTest, type Vector } from './energy.ts';
import { type Random, seededRandom } from './random.ts';

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const blocks = (count: number, size: number, of: () => Vector): Vector[][] =>
  Array.from({ length: count }, () => Array.from({ length: size }, of));

test('full separation has the smallest p-value that so many blocks can have', () => {
  const random = seededRandom(1);
  const a = blocks(5, 2, () => [normal(random), 0]);
  const b = blocks(5, 2, () => [normal(random) + 50, 0]);
  // Two of the 252 ways to divide ten blocks: this one, and the same with the groups exchanged.
  assert.ok(Math.abs(energyTest(a, b, random) - 2 / 252) < 1e-12);
  assert.equal(
    energyTest(
      blocks(3, 1, () => [1]),
      blocks(3, 1, () => [1]),
      random,
    ),
    1,
  );
});

test('two groups of one distribution are called different in 5 of 100 cases, also when vectors in a block are alike', () => {
  const random = seededRandom(2);
  const draw = (alike: boolean) =>
    Array.from({ length: 6 }, () => {
      const level = alike ? 3 * normal(random) : 0;
      return Array.from({ length: 3 }, (): Vector => [level + normal(random), normal(random)]);
    });
  for (const alike of [false, true]) {
    let wrong = 0;
    for (let i = 0; i < 200; i++) if (energyTest(draw(alike), draw(alike), random) < 0.05) wrong++;
    assert.ok(wrong <= 18, `${alike ? 'alike' : 'independent'}: ${wrong} of 200`);
  }
});

test('another spread with the same middle is found, in any of several dimensions', () => {
  const random = seededRandom(3);
  let found = 0;
  for (let i = 0; i < 50; i++) {
    const a = blocks(6, 4, () => [normal(random), normal(random)]);
    const b = blocks(6, 4, () => [normal(random), 4 * normal(random)]);
    if (energyTest(a, b, random) < 0.05) found++;
  }
  assert.ok(found >= 40, `${found} of 50`);
});

test('many blocks are drawn from instead of counted: never 0, and the same with the same seed', () => {
  const random = seededRandom(4);
  const a = blocks(12, 1, () => [normal(random)]);
  const b = blocks(12, 1, () => [normal(random) + 40]);
  assert.equal(energyTest(a, b, seededRandom(9)), 1 / 1000);
  const c = blocks(12, 1, () => [normal(random) + 0.5]);
  assert.equal(energyTest(a, c, seededRandom(9)), energyTest(a, c, seededRandom(9)));
});
