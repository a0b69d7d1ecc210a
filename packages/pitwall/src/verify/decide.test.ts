import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, ComparisonVerdict } from '../model/change.ts';
import { decide } from './decide.ts';

const comparison = (verdict: ComparisonVerdict, affected: boolean, ratio = 1): Comparison => ({
  indicator: affected ? 'asked' : 'guard',
  labels: {},
  target: 'web',
  unit: 's',
  direction: 'lower-is-better',
  affected,
  before: 1,
  after: ratio,
  ratio,
  interval: [ratio * 0.9, ratio * 1.1],
  pValue: 0.01,
  verdict,
  blocks: { before: 6, after: 6 },
  noiseFloor: 0.02,
  minimumDetectable: 0.08,
});

const verdict = (
  comparisons: Comparison[],
  rest: { unmatched?: { indicator: string }[]; lost?: string[]; failing?: string[] } = {},
) => decide({ comparisons, unmatched: [], lost: [], failing: [], ...rest }).verdict;

test('the whole table: what the affected ones and the guards say, and what follows', () => {
  const [yes, no, open, worse] = (['improved', 'unchanged', 'inconclusive', 'regressed'] as const).map((what) =>
    comparison(what, true),
  ) as [Comparison, Comparison, Comparison, Comparison];
  const [better, same, unsure, harmed] = (['improved', 'unchanged', 'inconclusive', 'regressed'] as const).map((what) =>
    comparison(what, false),
  ) as [Comparison, Comparison, Comparison, Comparison];
  assert.equal(verdict([yes]), 'improved');
  assert.equal(verdict([yes, same, unsure, better]), 'improved');
  assert.equal(verdict([yes, yes]), 'improved');
  assert.equal(verdict([yes, harmed]), 'regressed');
  assert.equal(verdict([worse, yes]), 'regressed');
  assert.equal(verdict([yes, no]), 'inconclusive');
  assert.equal(verdict([yes, open]), 'inconclusive');
  assert.equal(verdict([no, better]), 'unchanged', 'a guard that improved is not what was asked');
  assert.equal(verdict([open, no]), 'inconclusive');
  assert.equal(verdict([yes], { unmatched: [{ indicator: 'x' }] }), 'inconclusive');
  assert.equal(verdict([yes], { lost: ['y'] }), 'inconclusive');
  assert.equal(verdict([yes], { failing: ['y'] }), 'inconclusive');
  assert.equal(verdict([no], { failing: ['y'] }), 'inconclusive');
  assert.equal(verdict([harmed], { unmatched: [{ indicator: 'x' }] }), 'regressed', 'harm goes first');
});

test('nothing asked in particular: harm shows, and no improvement is proof', () => {
  assert.equal(verdict([comparison('improved', false), comparison('unchanged', false)]), 'inconclusive');
  assert.equal(verdict([comparison('improved', false, 0.55)]), 'inconclusive');
  assert.equal(verdict([comparison('improved', false), comparison('regressed', false)]), 'regressed');
  assert.equal(verdict([comparison('unchanged', false)]), 'unchanged');
  assert.equal(verdict([]), 'inconclusive');
});

test('the headline is the affected indicator with the largest effect', () => {
  const big = comparison('improved', true, 0.2);
  const { headline, because } = decide({
    comparisons: [comparison('improved', true, 0.8), big, comparison('improved', false, 0.01)],
    unmatched: [],
    lost: [],
    failing: [],
  });
  assert.equal(headline, big);
  assert.match(
    because,
    /^asked at 0\.200 × \(0\.180–0\.220\) improved, and 1 more improved; of 3 compared none regressed\.$/,
  );
});

test('what could not be told is not said to be as it was, and a tiny ratio is said in words', () => {
  const tiny = { ...comparison('improved', true, 1e-6), interval: [9e-7, 1.1e-6] as const };
  const { because } = decide({
    comparisons: [tiny, comparison('inconclusive', false), comparison('unchanged', false)],
    unmatched: [],
    lost: [],
    failing: [],
  });
  assert.equal(because, 'asked at less than a thousandth improved; none proved worse; 1 of 3 could not be told.');
});

test('what was dropped is said to be gone; judged is what else was compared', () => {
  const size = { ...comparison('improved', true, 1e-6), unit: 'By' as const, interval: [9e-7, 1.1e-6] as const };
  const said = (...others: Comparison[]) =>
    decide({ comparisons: [size, ...others], unmatched: [], lost: [], failing: [] });
  const same = comparison('unchanged', false);
  assert.deepEqual(said(same, same).because, 'asked is gone. Of 2 others compared none got worse; none improved.');
  const { because, verdict: kept } = said(same, comparison('improved', false, 0.8), comparison('inconclusive', false));
  assert.equal(kept, 'improved');
  assert.equal(
    because,
    'asked is gone. Of 3 others compared none got worse; improved: guard at 0.800 × (0.720–0.880); 1 could not be told.',
  );
  assert.equal(said().because, 'asked is gone; nothing else was compared.');
  assert.match(said(comparison('regressed', false, 1.3)).because, /^guard at 1\.30 × .* regressed\.$/);
  // Half of it is no drop.
  const half = { ...comparison('improved', true, 0.5), unit: 'By' as const };
  const { because: smaller } = decide({ comparisons: [half], unmatched: [], lost: [], failing: [] });
  assert.match(smaller, /^asked at 0\.500 × .* improved/);
});

test('what is not decided says what would have shown', () => {
  const { because } = decide({
    comparisons: [comparison('inconclusive', true, 0.97)],
    unmatched: [],
    lost: [],
    failing: [],
  });
  assert.match(because, /with 6 and 6 blocks only a change of 8\.0 % or more would have shown\.$/);
});
