import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import { compareBlocks } from './compare.ts';
import { withoutCommonMoves } from './control-group.ts';
import { type Series, seriesOf } from './series.ts';
import { blocksOf, normal } from './testing.ts';

const NAME = 'statement.mean';
const random = seededRandom(4);
const noisy = (level: number, factor: number, noise: number) =>
  Array.from({ length: 10 }, () => level * factor * Math.exp(noise * normal(random)));

/** `slower`: how the machine moved between the arms; `effect`: what the change did to the affected statement. */
function arms(slower: number, effect: number, controls: number, noise = 0.01) {
  const statements = [
    { id: 'affected', level: 0.02, effect },
    ...Array.from({ length: controls }, (_, i) => ({ id: `c${i}`, level: 0.001 * (i + 1) ** 2, effect: 1 })),
  ];
  const arm = (factor: number, after: boolean) =>
    blocksOf(
      statements.map(({ id, level, effect: own }) => ({
        name: NAME,
        labels: { statement: id },
        values: noisy(level, factor * (after ? own : 1), noise),
      })),
    );
  return { before: arm(1, false), after: arm(slower, true) };
}

const compare = (blocks: ReturnType<typeof arms>, controls: boolean) =>
  compareBlocks({
    design: 'repeated',
    ...blocks,
    affects: [{ indicator: NAME, labels: { statement: 'affected' } }],
    ...(controls ? { controls: [{ indicator: NAME }] } : {}),
    tolerance: 0.03,
    seed: 1,
  });

test('a machine that became slower does not hide what the change gained, nor count against what it left alone', () => {
  const blocks = arms(1.3, 0.8, 6);
  assert.equal(compare(blocks, false).verdict, 'regressed');
  const controlled = compare(blocks, true);
  assert.equal(controlled.verdict, 'improved', controlled.because);
  const [affected] = controlled.comparisons;
  assert.ok(Math.abs(affected!.ratio - 0.8) < 0.03, String(affected!.ratio));
  assert.match(controlled.because, /Taken off is what 6 indicators that it cannot have touched did alike/);
});

test('a machine that became faster is no merit of the change', () => {
  const blocks = arms(0.7, 1, 6);
  assert.equal(compare(blocks, false).verdict, 'improved');
  assert.notEqual(compare(blocks, true).verdict, 'improved');
});

test('controls that are unsure make the interval wider', () => {
  const width = (noise: number) => {
    const { comparisons } = compare(arms(1, 0.8, 3, noise), true);
    return Math.log(comparisons[0]!.interval[1] / comparisons[0]!.interval[0]);
  };
  assert.ok(width(0.1) > 3 * width(0.01));
  const quiet = arms(1, 0.8, 0, 0.001);
  const loud = arms(1, 1, 3, 0.1);
  const mixed = {
    before: quiet.before.map((block, i) => [...block, ...loud.before[i]!.slice(1)]),
    after: quiet.after.map((block, i) => [...block, ...loud.after[i]!.slice(1)]),
  };
  const interval = (controls: boolean) => compare(mixed, controls).comparisons[0]!.interval;
  assert.ok(interval(true)[1] / interval(true)[0] > 2 * (interval(false)[1] / interval(false)[0] - 1) + 1);
});

test('one control that was touched after all does not move the others', () => {
  const blocks = arms(1, 0.8, 5);
  const after = blocks.after.map((block) =>
    block.map((one) => (one.labels.statement === 'c0' ? { ...one, value: one.value! * 4 } : one)),
  );
  const { series } = withoutCommonMoves(
    seriesOf(blocks.before, after),
    ({ labels }) => labels.statement !== 'affected',
  );
  const level = (one: Series, side: 'before' | 'after') =>
    one[side].reduce((sum, { value }) => sum + value, 0) / one[side].length;
  for (const one of series) {
    const wanted = { affected: 0.8, c0: 4 }[one.labels.statement!] ?? 1;
    assert.ok(Math.abs(level(one, 'after') / level(one, 'before') / wanted - 1) < 0.03, JSON.stringify(one.labels));
  }
});

test('too few controls, other indicators, and values without a ratio stay as they are', () => {
  const blocks = arms(1.3, 1, 2);
  const found = seriesOf(blocks.before, blocks.after);
  assert.deepEqual(
    withoutCommonMoves(found, ({ labels }) => labels.statement !== 'affected'),
    { series: found, controls: 0 },
  );
  const other = blocksOf([
    { name: 'other', values: [1, 2, 3] },
    ...['a', 'b', 'c', 'd'].map((id) => ({ name: NAME, labels: { statement: id }, values: [1, 1, 1] })),
    { name: NAME, labels: { statement: 'zero' }, values: [0, 1, 1] },
  ]);
  const mixed = seriesOf(other, other);
  const { series, controls } = withoutCommonMoves(
    mixed,
    ({ indicator, labels }) => indicator === NAME && labels.statement !== 'a',
  );
  assert.equal(controls, 3);
  assert.equal(series[0], mixed[0]);
  assert.equal(series.at(-1), mixed.at(-1));
});
