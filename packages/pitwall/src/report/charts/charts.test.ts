import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '../../model/report.ts';
import { sampleLoad } from '../fixtures/sample-load.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { forestChart } from './forest.ts';
import { latencyChart } from './latency.ts';
import { logScale, niceCeiling, ratioScale } from './scale.ts';

const report = sampleReport();

describe('scales', () => {
  it('are in order, inside the chart, and cover their values with round ticks', () => {
    for (const values of [[0.001, 0.9], [0.0021, 0.0023], [5], [], [1e-7, 4000], [0, Number.NaN, 3]]) {
      const scale = logScale(values);
      const usable = values.filter((value) => value > 0);
      assert.ok(scale.ticks.length >= 1 && scale.ticks.length <= 8, String(scale.ticks));
      for (const value of usable) assert.ok(scale.at(value) >= 2 && scale.at(value) <= 98);
      assert.deepEqual(
        scale.ticks.map(scale.at),
        scale.ticks.map(scale.at).toSorted((a, b) => a - b),
      );
    }
  });

  it('put equal ratios at equal distances', () => {
    const { at } = logScale([0.001, 1]);
    assert.ok(Math.abs(at(0.01) - at(0.001) - (at(1) - at(0.1))) < 0.05);
  });

  it('have 1 on every axis of ratios, with room on both sides', () => {
    for (const values of [[0.0037, 0.01], [1.3, 1.6], [0.97, 1.02], [], [30]]) {
      const scale = ratioScale(values);
      assert.ok(scale.ticks.includes(1));
      assert.ok(scale.at(1) > 2 && scale.at(1) < 98);
    }
  });

  it('end linear axes at a round number', () => {
    assert.deepEqual([0, 1, 812, 1_001, 0.33].map(niceCeiling), [1, 1, 1_000, 1_500, 0.4]);
  });
});

describe('the latency chart', () => {
  it('draws three marks an endpoint, and three more for before', () => {
    const marks = (svg: string): number => svg.match(/<use[^>]*y="\d+(\.\d+)?" class="mark/g)?.length ?? 0;
    const legend = 3;
    assert.equal(marks(latencyChart(report.load!, null)!.text), report.load!.steps.length * 3 + legend);
    assert.equal(
      marks(latencyChart(report.load!, report.loadBefore)!.text),
      report.load!.steps.length * 6 + legend + 1,
    );
  });

  it('is left out when nothing was requested', () => {
    assert.equal(latencyChart(sampleLoad([]), null), null);
  });
});

describe('the forest chart', () => {
  it('draws what decided: affected indicators and guards that moved', () => {
    const svg = forestChart(report)!.text;
    assert.equal(svg.match(/class="whisker/g)?.length, 5);
    assert.equal(svg.match(/class="band"/g)?.length, 5);
  });

  it('is left out when nothing was compared', () => {
    const uncompared: Report = { ...report, outcomes: report.outcomes.map((one) => ({ ...one, comparisons: [] })) };
    assert.equal(forestChart(uncompared), null);
    assert.equal(forestChart({ ...report, outcomes: [] }), null);
  });
});
