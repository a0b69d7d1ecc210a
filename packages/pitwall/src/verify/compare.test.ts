import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison } from '../model/change.ts';
import { type CompareInput, compareBlocks } from './compare.ts';
import { type Arm, blocksOf } from './testing.ts';

const STEADY = [1, 1.02, 0.99, 1.01, 0.98, 1.0];
const times = (factor: number, values: readonly number[] = STEADY) => values.map((value) => value * factor);
/** The same spread in another order, so that pairs and arms are not copies of each other. */
const turned = (factor: number) => times(factor, [0.99, 1.01, 1.0, 0.98, 1.02, 1.0]);

function run(before: readonly Arm[], after: readonly Arm[], rest: Partial<CompareInput> = {}) {
  return compareBlocks({
    design: 'repeated',
    before: blocksOf(before),
    after: blocksOf(after),
    affects: [{ indicator: 'x' }],
    tolerance: 0.05,
    seed: 1,
    ...rest,
  });
}

const one = (before: Omit<Arm, 'name'>, after: Omit<Arm, 'name'>, rest: Partial<CompareInput> = {}): Comparison =>
  run([{ name: 'x', ...before }], [{ name: 'x', ...after }], rest).comparisons[0]!;

test('a clear effect: ratio, interval and verdict, in both designs and directions', () => {
  for (const design of ['repeated', 'interleaved'] as const) {
    const slower = one({ values: STEADY }, { values: turned(1.3) }, { design });
    assert.equal(slower.verdict, 'regressed');
    assert.ok(Math.abs(slower.ratio - 1.3) < 0.02, `${slower.ratio}`);
    assert.ok(slower.interval[0] > 1.2 && slower.interval[1] < 1.4 && slower.interval[0] < slower.ratio);
    assert.ok(slower.pValue < 0.01 && slower.noiseFloor > 0 && slower.noiseFloor < 0.05);
    assert.equal(one({ values: STEADY }, { values: turned(0.7) }, { design }).verdict, 'improved');
    const direction = 'higher-is-better';
    assert.equal(
      one({ values: STEADY, direction }, { values: turned(1.3), direction }, { design }).verdict,
      'improved',
    );
    const neutral = one(
      { values: STEADY, direction: 'neutral' },
      { values: turned(1.3), direction: 'neutral' },
      { design },
    );
    assert.equal(neutral.verdict, 'inconclusive', 'neutral indicators have no better or worse');
  }
});

test('nothing changed: unchanged when the interval is within the tolerance, else inconclusive with what would have shown', () => {
  assert.equal(one({ values: STEADY }, { values: turned(1) }).verdict, 'unchanged');
  const wild = [1, 1.4, 0.7, 1.2, 0.8, 1.1];
  const result = run([{ name: 'x', values: wild }], [{ name: 'x', values: [...wild].reverse() }]);
  assert.equal(result.verdict, 'inconclusive');
  const { minimumDetectable } = result.comparisons[0]!;
  assert.ok(minimumDetectable > 0.2, `${minimumDetectable}`);
  assert.match(result.because, /not decided: with 6 and 6 blocks only a change of \d+ % or more would have shown/);
});

test('surely different but within the tolerance is no improvement', () => {
  const result = one(
    { values: times(1, [1, 1.001, 0.999, 1, 1.002, 0.998]) },
    { values: times(0.97, [1, 1.001, 0.999, 1.001, 1, 0.998]) },
  );
  assert.ok(result.pValue < 0.01 && result.interval[1] < 1);
  assert.equal(result.verdict, 'unchanged');
});

test('one wild block does not hide an effect, nor make one', () => {
  const spiked = [...turned(1.4).slice(0, 5), 9];
  assert.equal(one({ values: STEADY }, { values: spiked }).verdict, 'regressed');
  assert.notEqual(one({ values: STEADY }, { values: [...turned(1).slice(0, 5), 9] }).verdict, 'regressed');
});

test('kept only if all affected improved and no guard regressed', () => {
  const guard = (values: number[]): Arm => ({ name: 'guard', values });
  const before = [
    { name: 'x', values: STEADY, labels: { e: 'a' } },
    { name: 'x', values: STEADY, labels: { e: 'b' } },
    guard(STEADY),
  ];
  const after = (a: number, b: number, g: number): Arm[] => [
    { name: 'x', values: turned(a), labels: { e: 'a' } },
    { name: 'x', values: turned(b), labels: { e: 'b' } },
    guard(turned(g)),
  ];
  const kept = run(before, after(0.5, 0.6, 1));
  assert.equal(kept.verdict, 'improved');
  assert.match(
    kept.because,
    /^x {e=a} at 0\.\d+ × \(0\.\d+–0\.\d+\) improved, and 1 more improved; of 3 compared none regressed\.$/,
  );
  assert.equal(kept.noiseFloor, kept.comparisons[0]!.noiseFloor);
  assert.deepEqual(
    kept.comparisons.map(({ affected }) => affected),
    [true, true, false],
  );
  const half = run(before, after(0.5, 1, 1));
  assert.equal(half.verdict, 'inconclusive');
  assert.match(half.because, /x {e=b} .* same within the tolerance/);
  const harmed = run(before, after(0.5, 0.6, 1.5));
  assert.equal(harmed.verdict, 'regressed');
  assert.match(harmed.because, /^guard at 1\.5/);
  assert.equal(run(before, after(1, 1, 1)).verdict, 'unchanged');
  const only = run(before, after(0.5, 1, 1), { affects: [{ indicator: 'x', labels: { e: 'a' } }] });
  assert.equal(only.verdict, 'improved', 'the other label set is a guard then');
});

test('an affected indicator that nobody measured, or that is gone afterwards, proves nothing', () => {
  const missing = run([{ name: 'y', values: STEADY }], [{ name: 'y', values: turned(0.5) }]);
  assert.equal(missing.verdict, 'inconclusive');
  assert.match(missing.because, /^Nothing comparable was measured of x, /);
  const gone = run(
    [
      { name: 'x', values: STEADY },
      { name: 'y', values: STEADY },
    ],
    [
      { name: 'x', values: turned(0.5) },
      { name: 'y', values: [1, null, null] },
    ],
  );
  assert.equal(gone.verdict, 'inconclusive');
  assert.match(gone.because, /too rarely after it: y \(6 blocks before, 1 after\)/);
  const empty = run([], [], { affects: [] });
  assert.deepEqual([empty.verdict, empty.noiseFloor, empty.comparisons.length], ['inconclusive', null, 0]);
});

test('blocks without a value are skipped, counted and said; pairs stay pairs', () => {
  const result = run([{ name: 'x', values: [1, null, 1.01, 0.99, 1, 1.02] }], [{ name: 'x', values: turned(2) }], {
    design: 'interleaved',
  });
  assert.deepEqual(result.comparisons[0]!.blocks, { before: 5, after: 5 });
  assert.match(result.because, /1 indicator has blocks without a value; those were left out\.$/);
  // Block 1 of one arm must not be paired with block 2 of the other: then this doubling of everything would look like noise.
  const growing = [1, 2, 4, 8, 16, 32, 64, 128];
  const paired = one(
    { values: growing.map((value, i) => (i === 3 ? null : value)) },
    { values: growing.map((value, i) => value * (2 + 0.01 * (i % 3))) },
    { design: 'interleaved' },
  );
  assert.equal(paired.verdict === 'regressed' || paired.ratio > 1.99, true);
  assert.ok(Math.abs(paired.ratio - 2.01) < 0.02, `${paired.ratio}`);
});

/** Of so many requests a block; null: nobody counted them. */
const failures = (before: number[], after: number[], { countsFailures = true, count = 100 as number | null } = {}) => {
  const arm = (values: number[]): Arm => ({
    name: 'load.error.ratio',
    values,
    unit: '1',
    count: 1,
    ...(countsFailures ? { countsFailures } : {}),
  });
  const times: Arm[] =
    count === null ? [] : [{ name: 'load.response.duration.p95', values: STEADY, labels: { endpoint: '/' }, count }];
  return run(
    [{ name: 'x', values: STEADY }, arm(before), ...times],
    [{ name: 'x', values: turned(0.5) }, arm(after), ...times],
  );
};
const ofFailures = (...all: Parameters<typeof failures>) =>
  failures(...all).comparisons.find(({ indicator }) => indicator === 'load.error.ratio')!.verdict;

test('failures that were not there before are a regression when they are no chance', () => {
  const none = [0, 0, 0, 0, 0, 0];
  const some = [0, 0.02, 0.03, 0, 0.01, 0.01];
  assert.equal(failures(none, some, { count: 500 }).verdict, 'regressed', '35 of 3,000');
  assert.equal(failures(none, some, { count: 50 }).verdict, 'inconclusive', '5 of 300');
  assert.equal(failures(none, [0, 0, 0.002, 0, 0, 0]).verdict, 'improved', '0.03 % on average');
  assert.equal(ofFailures(none, none), 'unchanged');
  assert.equal(
    failures(none, some, { count: 500, countsFailures: false }).verdict,
    'improved',
    'only what is said to count failures',
  );
});

test('one failed request is no regression, however few there were; it is no gain either', () => {
  const one = failures([0, 0, 0, 0, 0, 0], [0, 0, 0.01, 0, 0, 0]);
  assert.equal(one.verdict, 'inconclusive');
  assert.match(one.because, /it is not sure that this is chance: load\.error\.ratio\./);
});

test('one failed request before does not hide many after', () => {
  const count = 1000;
  assert.equal(failures([0, 0, 0.001, 0, 0], [0, 0, 0.5, 0, 0.4], { count }).verdict, 'regressed');
  assert.equal(failures([0, 0, 0.001, 0, 0], [0, 0.001, 0, 0, 0.001], { count }).verdict, 'improved', 'one more');
});

test('where nobody counted the requests, a block with failures counts as one', () => {
  const count = null;
  assert.equal(ofFailures([0, 0, 0, 0, 0], [0, 0, 0.5, 0, 0.4], { count }), 'inconclusive');
  const each = [0.5, 0.4, 0.45, 0.5, 0.55, 0.5];
  assert.equal(ofFailures([0, 0, 0, 0, 0, 0], each, { count }), 'regressed');
});

test('where requests failed before, a test decides, and nothing is kept while it cannot tell', () => {
  const burst = failures([0, 0, 0.02, 0, 0], [0, 0, 0.5, 0, 0.4]);
  assert.equal(ofFailures([0, 0, 0.02, 0, 0], [0, 0, 0.5, 0, 0.4]), 'inconclusive');
  assert.equal(burst.verdict, 'inconclusive');
  assert.match(burst.because, /More requests failed than before, .*: load\.error\.ratio\./);
  const usual = [0.01, 0.012, 0.009, 0.011, 0.01, 0.01];
  assert.equal(failures(usual, [0.03, 0.031, 0.029, 0.03, 0.032, 0.03]).verdict, 'regressed');
  assert.equal(
    failures(usual, [0.011, 0.013, 0.01, 0.009, 0.012, 0.014]).verdict,
    'improved',
    'as many, by chance a few more',
  );
  // Alike in the middle of the blocks, and yet no state to keep.
  assert.equal(failures(usual, [0.01, 0.012, 0.009, 0.011, 0.01, 0.3]).verdict, 'inconclusive');
});

test('near zero, differences count instead of ratios', () => {
  const unit = '1';
  const tiny = one(
    { values: [0, 0.0001, 0, 0.0002, 0, 0.0001], unit },
    { values: [0.0003, 0.0004, 0.0002, 0.0004, 0.0003, 0.0004], unit },
  );
  assert.equal(tiny.verdict, 'unchanged', 'three times nothing is nothing');
  const real = one(
    { values: [0, 0.001, 0, 0.002, 0, 0.001], unit },
    { values: [0.2, 0.21, 0.19, 0.2, 0.22, 0.2], unit },
  );
  assert.equal(real.verdict, 'regressed');
  for (const number of [...real.interval, real.ratio, real.noiseFloor, real.minimumDetectable])
    assert.ok(Number.isFinite(number));
  const mended = one({ values: [0.5, 0.52, 0.49, 0.5, 0.51, 0.5], unit }, { values: [0, 0, 0, 0, 0, 0], unit });
  assert.equal(mended.verdict, 'improved');
  assert.ok(mended.ratio < 0.01, `${mended.ratio}`);
});

test('what does not vary is decided without noise', () => {
  const size = (values: number[], after: number[]) => one({ values, unit: 'By' }, { values: after, unit: 'By' });
  const grown = size([4096, 4096, 4096], [8192, 8192, 8192]);
  assert.deepEqual([grown.verdict, grown.ratio, grown.interval, grown.noiseFloor], ['regressed', 2, [2, 2], 0]);
  assert.equal(size([4096, 4096, 4096], [4100, 4100, 4100]).verdict, 'unchanged');
  assert.equal(size([8192, 8192, 8192], [0, 0, 0]).verdict, 'improved');
});

test('drift while nothing was changed: said, and not taken for an effect', () => {
  const wobble = [0.01, -0.012, 0.008, -0.01, 0.012, -0.008, 0.011, -0.009, 0.01, -0.011, 0.009, -0.01];
  const rising = wobble.map((noise, i) => Math.exp(0.03 * i + noise));
  const result = run([{ name: 'x', values: rising.slice(0, 6) }], [{ name: 'x', values: rising.slice(6) }]);
  assert.notEqual(result.verdict, 'regressed');
  assert.match(result.because, /may have drifted/);
  const stepped = rising.map((value, i) => (i < 6 ? value : value * 3));
  const step = run([{ name: 'x', values: stepped.slice(0, 6) }], [{ name: 'x', values: stepped.slice(6) }]);
  assert.equal(step.verdict, 'regressed', 'a step far beyond the drift is still seen');
});

test('many guards do not take the power from the question', () => {
  const guards: Arm[] = Array.from({ length: 60 }, (_, i) => ({ name: `g${i}`, values: STEADY }));
  const after: Arm[] = guards.map(({ name }) => ({ name, values: turned(1) }));
  const result = run([{ name: 'x', values: STEADY }, ...guards], [{ name: 'x', values: turned(0.85) }, ...after]);
  assert.equal(result.verdict, 'improved');
  const harm = run(
    [{ name: 'x', values: STEADY }, ...guards],
    [{ name: 'x', values: turned(0.85) }, ...after.slice(1), { name: 'g0', values: turned(1.15) }],
  );
  assert.equal(harm.verdict, 'regressed', 'and one harmed guard of sixty is found');
});

test('fewer than three blocks give no comparison; the same input and seed the same result', () => {
  assert.equal(run([{ name: 'x', values: [1, 1.01] }], [{ name: 'x', values: [2, 2.02] }]).verdict, 'inconclusive');
  const again = () => run([{ name: 'x', values: STEADY }], [{ name: 'x', values: turned(1.1) }]);
  assert.deepEqual(again(), again());
});

test('an index may cost space: a size as a guard regresses only when it more than doubles', () => {
  const size = (after: number, unit: 'By' | 's' = 'By') =>
    run(
      [
        { name: 'x', values: STEADY },
        { name: 'size', values: Array(6).fill(1e6), unit },
      ],
      [
        { name: 'x', values: turned(0.5) },
        { name: 'size', values: Array(6).fill(after), unit },
      ],
    );
  const grown = size(1.3e6);
  assert.equal(grown.verdict, 'improved');
  assert.match(grown.because, /It costs space: size at 1\.30 ×\./);
  assert.equal(grown.comparisons[1]!.verdict, 'inconclusive');
  assert.equal(size(2.1e6).verdict, 'regressed');
  assert.equal(size(1.3e6, 's').verdict, 'regressed', 'time is no such cost');
  const asked = one({ values: Array(6).fill(1e6), unit: 'By' }, { values: Array(6).fill(1.3e6), unit: 'By' });
  assert.equal(asked.verdict, 'regressed', 'nor is a size that the change is about');
});

test('a guard of microseconds is harmed from a tenth of a millisecond on; what the change is for may be smaller', () => {
  const guard = (from: number, to: number) =>
    run([{ name: 'g', values: times(from) }], [{ name: 'g', values: turned(to) }], { affects: [] }).comparisons[0]!;
  const asGuard = (from: number, to: number) =>
    run(
      [
        { name: 'x', values: times(1) },
        { name: 'g', values: times(from) },
      ],
      [
        { name: 'x', values: turned(0.5) },
        { name: 'g', values: turned(to) },
      ],
    ).comparisons.find(({ indicator }) => indicator === 'g')!;
  assert.equal(asGuard(50e-6, 80e-6).verdict, 'inconclusive');
  assert.equal(asGuard(50e-6, 200e-6).verdict, 'regressed');
  assert.equal(asGuard(80e-6, 50e-6).verdict, 'improved');
  assert.equal(guard(1e-3, 1.5e-3).verdict, 'regressed');
  assert.equal(one({ values: times(80e-6) }, { values: turned(50e-6) }).verdict, 'improved');
  assert.equal(one({ values: times(50e-6) }, { values: turned(80e-6) }).verdict, 'regressed');
});

test('what is gone takes 0 bytes: an improvement when nothing else is harmed, whatever the sum does', () => {
  const sizes = (own: number, all: number): Arm[] => [
    { name: 'size', unit: 'By', labels: { index: 'a' }, values: Array<number>(6).fill(own) },
    { name: 'size', unit: 'By', values: Array<number>(6).fill(all) },
  ];
  const affects = [{ indicator: 'size', labels: { index: 'a' } }];
  const [before, after] = [sizes(2_300_000, 61_900_000), sizes(0, 59_600_000)];
  const gone = run(before, after, { affects });
  assert.equal(gone.verdict, 'improved', gone.because);
  assert.deepEqual(
    gone.comparisons.map(({ affected, verdict }) => [affected, verdict]),
    [
      [true, 'improved'],
      [false, 'unchanged'],
    ],
  );
  assert.ok(gone.comparisons.every(({ ratio, interval }) => [ratio, ...interval].every(Number.isFinite)));
  const harmed = run([...before, { name: 'y', values: STEADY }], [...after, { name: 'y', values: turned(1.5) }], {
    affects,
  });
  assert.equal(harmed.verdict, 'regressed');
  assert.equal(run(before, before, { affects }).verdict, 'unchanged');
});
