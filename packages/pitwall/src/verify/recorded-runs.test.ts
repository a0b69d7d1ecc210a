/**
 * Runs of a live service that bench/compare recorded, compared again and again: every run of the unchanged service with every later one,
 * and every slowed one with every still one. Pairs share runs, so the rates are those of this recording and no more;
 * bench/README.md has those of independent pairs.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NoiseRuns } from './between-runs.ts';
import { compareRuns } from './compare-runs.ts';
import type { RunSeries } from './run-series.ts';

interface RecordedRuns {
  /** Milliseconds: for each run, for each column, for each block. */
  readonly still: readonly (readonly (readonly number[])[])[];
  readonly slowed: readonly (readonly (readonly number[])[])[];
  readonly columns: readonly string[];
}

const file = new URL('./fixtures/recorded-runs.json', import.meta.url);
const { still, slowed, columns } = JSON.parse(readFileSync(file, 'utf8')) as RecordedRuns;
const seriesOf = (run: RecordedRuns['still'][number]): RunSeries[] =>
  columns.map((column, i) => ({
    target: 'web',
    indicator: `load.response.duration.${column}`,
    labels: { endpoint: 'work' },
    unit: 's',
    direction: 'lower-is-better',
    countsFailures: false,
    basis: 'blocks',
    values: run[i]!.map((milliseconds) => milliseconds / 1000),
    positions: run[i]!.map((_, block) => block),
  }));
const calm = still.map(seriesOf);
const slow = slowed.map(seriesOf);

/** Ten still runs, none of which is compared. */
function calibrationWithout(i: number, j: number): NoiseRuns {
  const runs = calm.filter((_, k) => k !== i && k !== j);
  const from = (7 * i + 13 * j) % (runs.length - 10);
  return { source: 'calibration', runs: runs.slice(from, from + 10) };
}

test('not calibrated and calibrated: at most 5 % of all pairs of still runs have a false verdict', (t) => {
  for (const calibrated of [false, true]) {
    let [pairs, wrong] = [0, 0];
    for (let i = 0; i < calm.length; i += 2) {
      for (let j = i + 1; j < calm.length; j += 3) {
        const noise = calibrated ? calibrationWithout(i, j) : null;
        const { comparisons } = compareRuns({
          design: 'sequential',
          a: calm[i]!,
          b: calm[j]!,
          noise,
          tolerance: 0.05,
          shapes: [],
        });
        pairs++;
        if (comparisons.some(({ verdict }) => verdict === 'better' || verdict === 'worse')) wrong++;
      }
    }
    t.diagnostic(`${calibrated ? 'calibrated' : 'not calibrated'}: ${wrong} of ${pairs} false`);
    assert.ok(pairs > 400 && wrong <= 0.05 * pairs, `${wrong} of ${pairs}`);
  }
});

test('10 % slower is worse in at least 4 of 5 pairs', (t) => {
  for (const calibrated of [false, true]) {
    let [pairs, found] = [0, 0];
    for (const [j, b] of slow.entries()) {
      for (let i = j % 4; i < calm.length; i += 4) {
        const noise = calibrated ? calibrationWithout(i, -1) : null;
        const { verdict } = compareRuns({ design: 'sequential', a: calm[i]!, b, noise, tolerance: 0.05, shapes: [] });
        pairs++;
        if (verdict === 'worse') found++;
      }
    }
    t.diagnostic(`${calibrated ? 'calibrated' : 'not calibrated'}: ${found} of ${pairs} found`);
    assert.ok(pairs > 100 && found >= 0.8 * pairs, `${found} of ${pairs}`);
  }
});
