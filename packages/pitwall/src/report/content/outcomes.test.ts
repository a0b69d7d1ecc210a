import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, Outcome } from '../../model/change.ts';
import { OUTCOMES } from '../fixtures/sample-outcomes.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { renderTerminal } from '../terminal.ts';
import { comparisonText } from './outcomes.ts';

const ratio = 1 / 81_900;
const dropped: Comparison = {
  ...OUTCOMES[0]!.comparisons[0]!,
  indicator: 'postgresql.index.size',
  labels: { index: 'public.old' },
  unit: 'By',
  before: 40_960,
  after: 0,
  ratio,
  interval: [ratio, ratio],
};

test('what has nothing left is gone: no factor and no interval of it is told', () => {
  const { before, after, effect, estimate, interval } = comparisonText(dropped);
  assert.deepEqual([before, after, effect, estimate, interval], ['40 KiB', '0 B', 'gone', 'gone', '—']);
  const outcome: Outcome = { ...OUTCOMES[0]!, comparisons: [dropped], ratio, interval: [ratio, ratio] };
  const text = renderTerminal({ ...sampleReport(), outcomes: [outcome] }, { color: false, width: 100, details: false });
  assert.match(text, /40 KiB +0 B +gone\n/);
  assert.match(text, /40 KiB → 0 B, gone · 6 \+ 6 repeated blocks\n/);
  assert.doesNotMatch(text, /81,?900/);
});

test('of what is small but there, or was zero before, nothing is gone', () => {
  for (const more of [{ after: 1 }, { before: 0 }, { verdict: 'unchanged' as const }]) {
    assert.notEqual(comparisonText({ ...dropped, ...more }).effect, 'gone');
  }
});
