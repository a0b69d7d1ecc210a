/** The intervals of pairs, and what the allowance for unseen differences between runs was chosen by. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { centre } from '../stats/hodges-lehmann.ts';
import { drawnIn } from '../stats/long-run.ts';
import { mean, variance } from '../stats/quantile.ts';
import { seededRandom } from '../stats/random.ts';
import { withinVariance } from './between-runs.ts';
import { compareRuns, FEWEST_PAIRS } from './compare-runs.ts';
import { pairContrast } from './run-contrast.ts';
import { madeUpRun, RUN_NOISE } from './run-testing.ts';
import { NOISE } from './testing.ts';

test('pairs that resemble the one before: how often the 95 % interval leaves out the truth', (t) => {
  for (const [pairs, correlation, most] of [
    [FEWEST_PAIRS, 0, 0.05],
    [FEWEST_PAIRS, 0.5, 0.06],
    [20, 0, 0.05],
    [20, 0.5, 0.05],
    [20, 0.8, 0.06],
  ] as const) {
    const random = seededRandom(7);
    const noise = RUN_NOISE.wandering(0.03, correlation);
    const still = new Array<number>(pairs).fill(0);
    const draws = 800;
    let wrong = 0;
    for (let i = 0; i < draws; i++) {
      const [low, high] = pairContrast(still, noise(pairs, random)).interval;
      if (low > 0 || high < 0) wrong++;
    }
    t.diagnostic(`${pairs} pairs, ${correlation}: ${((100 * wrong) / draws).toFixed(1)} %`);
    assert.ok(wrong <= most * draws, `${pairs}, ${correlation}: ${wrong} of ${draws}`);
  }
});

test('whole comparisons in pairs: at most 5 % false, and 10 % slower is found', (t) => {
  const random = seededRandom(11);
  for (const [name, noise, own] of [
    ['2 %', NOISE.lognormal(0.02), 20],
    ['5 %', NOISE.lognormal(0.05), FEWEST_PAIRS],
    ['correlation of 0.5', RUN_NOISE.wandering(0.03, 0.5), 20],
    ['outlier blocks', NOISE.outliers(0.03, 0.1), 20],
  ] as const) {
    const draw = (slowdown = 1) => madeUpRun({ noise, betweenRuns: 0, blocks: own, endpoints: 1 }, slowdown, random);
    const compare = (slowdown: number) =>
      compareRuns({ design: 'pairs', a: draw(), b: draw(slowdown), noise: null, tolerance: 0.05, shapes: [] });
    const pairs = 60;
    const made = Array.from({ length: pairs }, () => compare(1));
    const wrong = made.filter(({ comparisons }) =>
      comparisons.some(({ verdict }) => verdict === 'better' || verdict === 'worse'),
    ).length;
    t.diagnostic(`${name}: ${wrong} of ${pairs} wrong`);
    assert.ok(wrong <= 0.05 * pairs, `${name}: ${wrong}`);
    if (name !== '2 %') continue;
    const found = Array.from({ length: 30 }, () => compare(1.1)).filter(({ verdict }) => verdict === 'worse').length;
    assert.ok(found >= 24, `${found} of 30`);
  }
});

test('fewer than twelve pairs are not judged', () => {
  const random = seededRandom(12);
  const model = { noise: NOISE.lognormal(0.01), betweenRuns: 0, endpoints: 1 };
  const compare = (blocks: number) =>
    compareRuns({
      design: 'pairs',
      a: madeUpRun({ ...model, blocks }, 1, random),
      b: madeUpRun({ ...model, blocks }, 1.3, random),
      noise: null,
      tolerance: 0.05,
      shapes: [],
    });
  assert.equal(compare(FEWEST_PAIRS - 1).verdict, 'inconclusive');
  assert.equal(compare(FEWEST_PAIRS).verdict, 'worse');
});

test('what runs of the recordings differ by beyond their blocks is what the allowance says of them', () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as {
      readonly columns: readonly string[];
      readonly still: readonly (readonly (readonly number[])[])[];
    };
  /** Standard deviation of the middles of runs beyond what their blocks explain, in standard deviations of the blocks. */
  const beyond = (runs: readonly (readonly number[])[]) => {
    const logs = runs.map((run) => run.map(Math.log));
    const between = Math.max(0, variance(logs.map(centre)) - mean(logs.map(withinVariance)));
    return Math.sqrt(between / mean(logs.map((run) => variance(drawnIn(run)))));
  };
  const near = (value: number, said: number) => assert.ok(Math.abs(value - said) < 0.006, `${value}, not ${said}`);
  const runs = read('recorded-runs');
  for (const [i, said] of [0.16, 0.02].entries()) near(beyond(runs.still.map((run) => run[i]!)), said);
  for (const [name, ...said] of [
    ['recorded-blocks', 0.74, 0.38, 0.55],
    ['recorded-busy', 0.4, 0.23, 0.13],
  ] as const) {
    const blocks = read(name).still as unknown as readonly (readonly number[])[];
    for (const [column, value] of said.entries()) {
      const values = blocks.map((block) => block[column]!);
      near(beyond(Array.from({ length: 6 }, (_, i) => values.slice(20 * i, 20 * (i + 1)))), value);
    }
  }
});
