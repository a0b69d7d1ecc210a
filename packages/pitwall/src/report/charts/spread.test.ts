import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadResult, StepResult } from '../../model/load.ts';
import { Histogram } from '../../stats/histogram.ts';
import { sampleLoad } from '../fixtures/sample-load.ts';
import { spreadChart } from './spread.ts';

/** A load whose response, service and slip are these, in nanoseconds. */
function loadOf(response: Histogram, service: Histogram, slip: Histogram): LoadResult {
  const load = sampleLoad([{ endpoint: 'GET /', median: 0.01, sigma: 0.3, ok: 100 }]);
  const distributions: StepResult['distributions'] = {
    response: response.toDistribution(),
    service: service.toDistribution(),
    slip: slip.toDistribution(),
  };
  return { ...load, steps: load.steps.map((step) => ({ ...step, distributions })) };
}

function recorded(...values: readonly (readonly [value: number, times: number])[]): Histogram {
  const histogram = new Histogram();
  for (const [value, times] of values) histogram.record(value, times);
  return histogram;
}

const pointsOf = (svg: string, style: string): readonly (readonly [number, number])[] => {
  const d = new RegExp(` d="([^"]*)" class="curve ${style}"`).exec(svg)?.[1] ?? '';
  return [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
};

describe('the chart of percentiles', () => {
  it('gives each further nine the same room, and ends where one measurement lies above', () => {
    // 1 ms, and 1 % of 1 s: the step is at two of the four nines that 10,000 measurements have.
    const response = recorded([1e6, 9_900], [1e9, 100]);
    const svg = spreadChart(loadOf(response, response, recorded([1e6, 10])), null)!.text;
    const points = pointsOf(svg, 'response');
    assert.equal(points[0]?.[0], 0);
    assert.equal(points.at(-1)?.[0], 1_000);
    const low = points.filter(([, y]) => y === points[0]![1]);
    assert.ok(Math.abs(low.at(-1)![0] - 500) <= 1_000 / 160, String(low.at(-1)));
    assert.equal(new Set(points.map(([, y]) => y)).size, 2);
    for (const label of ['p50', 'p90', 'p99', 'p99.9', 'p99.99']) assert.ok(svg.includes(`>${label}<`), label);
    assert.ok(!svg.includes('p99.999'));
  });

  it('shades what requests waited before they were sent', () => {
    const stalled = loadOf(recorded([1e6, 900], [2e9, 100]), recorded([1e6, 1_000]), recorded([1e4, 900], [2e9, 100]));
    const svg = spreadChart(stalled, null)!.text;
    const d = / d="([^"]*)z" class="fill waited"/.exec(svg)?.[1] ?? '';
    const shaded = [...d.matchAll(/[ML][\d.]+,([\d.]+)/g)].map(([, y]) => Number(y));
    assert.equal(shaded.length, pointsOf(svg, 'response').length + pointsOf(svg, 'service').length);
    assert.ok(Math.max(...shaded) - Math.min(...shaded) > 30);
  });

  it('draws the response before the changes dashed, and nothing when nothing was recorded', () => {
    const load = sampleLoad([{ endpoint: 'GET /', median: 0.01, sigma: 0.3, ok: 100 }]);
    assert.equal(spreadChart(load, load)!.text.match(/class="curve old"/g)?.length, 1);
    assert.equal(spreadChart(sampleLoad([]), null), null);
  });
});
