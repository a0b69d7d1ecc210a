import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadResult, LoadTick } from '../../../model/load.ts';
import type { Series } from '../../../model/report.ts';
import { sampleLoad } from '../../fixtures/sample-load.ts';
import { sampleLoadReport, sampleOpenLoad } from '../../fixtures/sample-load-report.ts';
import { timeAxis } from './axis.ts';
import { heatPanel } from './heat.ts';
import { joinSeries, joinTicks } from './join.ts';
import { inFlightPanel, percentilePanel, plannedRate, throughputPanel } from './panels.ts';
import { seriesPanels } from './series.ts';
import { timeStack } from './stack.ts';

const tick = (at: number, over: Partial<LoadTick> = {}): LoadTick => ({
  at,
  completed: 100,
  errors: 0,
  p50: 0.01,
  p90: 0.02,
  p99: 0.1,
  bytes: 1_000,
  inFlight: 4,
  heat: [[20, 100]],
  ...over,
});

const small = (): LoadResult => sampleLoad([{ endpoint: 'GET /', median: 0.01, sigma: 0.3, ok: 100 }]);
/** Seconds with enough requests for a p99. */
const busy = (): LoadResult => {
  const load = small();
  return { ...load, timeline: load.timeline.map((one) => ({ ...one, completed: 100 })) };
};
const text = (load: LoadResult): string => timeStack(load, null)?.text ?? '';

describe('ticks joined for drawing', () => {
  it('keep rates as means, counts as sums, percentiles and requests in flight as the worst', () => {
    const ticks = Array.from({ length: 7_200 }, (_, i) =>
      tick(i + 1, { completed: i % 2 === 0 ? 100 : 200, errors: 1, ...(i === 3_601 ? { p99: 9, inFlight: 77 } : {}) }),
    );
    const points = joinTicks(ticks, 240);
    assert.equal(points.length, 240);
    for (const point of points) {
      assert.equal(point.to - point.from, 30);
      assert.equal(point.perSecond, 150);
      assert.equal(point.errors, 30);
      assert.equal(point.failedPerSecond, 1);
      assert.equal(point.heat.get(20), 3_000);
    }
    const worst = points.filter(({ p99, inFlight }) => p99 === 9 && inFlight === 77);
    assert.deepEqual(
      worst.map(({ from }) => from),
      [3_600],
    );
    assert.equal(joinTicks(ticks).length, 300);
  });

  it('count a last, shorter second with its length', () => {
    const points = joinTicks([tick(1), tick(2), tick(2.5, { completed: 50 })]);
    assert.deepEqual(
      points.map(({ from, to, perSecond }) => [from, to, perSecond]),
      [
        [0, 1, 100],
        [1, 2, 100],
        [2, 2.5, 100],
      ],
    );
  });

  it('leave out what cannot be: times that go back, and what is no number', () => {
    const ticks = [
      tick(1),
      tick(1),
      tick(Number.NaN),
      tick(Number.POSITIVE_INFINITY),
      tick(2, { completed: Number.NaN }),
      tick(3),
    ];
    assert.deepEqual(
      joinTicks(ticks).map(({ from, to }) => [from, to]),
      [
        [0, 1],
        [1, 3],
      ],
    );
  });

  it('do not know what a report of an earlier version does not say', () => {
    const [point] = joinTicks([tick(1, { p90: Number.NaN, inFlight: Number.NaN, heat: [] })]);
    assert.equal(point?.p90, null);
    assert.equal(point?.inFlight, null);
    assert.equal(point?.p50, 0.01);
  });
});

describe('series joined for drawing', () => {
  const series = (points: Series['points']): Series => ({ target: 'host', name: 'cpu', labels: {}, unit: '1', points });

  it('are means of their stretch, inside the load only', () => {
    const all = series(Array.from({ length: 1_002 }, (_, i) => [i - 1, i % 2] as const));
    const joined = joinSeries(all, 999, 100);
    assert.equal(joined.length, 100);
    assert.ok(joined.every(([at, value]) => value === 0.5 && at >= 0 && at <= 999));
    const few = series([
      [-1, 3],
      [1, 0.2],
      [2, Number.NaN],
      [3, 0.4],
      [99, 3],
    ]);
    assert.deepEqual(joinSeries(few, 10), [
      [1, 0.2],
      [3, 0.4],
    ]);
  });

  it('get a panel a name, and a line for each set of labels', () => {
    const panels = seriesPanels(timeAxis(120), sampleLoadReport().series ?? []);
    assert.deepEqual(
      panels.map(({ heading, keys }) => [heading, keys.map(({ name }) => name)]),
      [
        ['host.cpu.utilization (host)', []],
        ['sqlite.time (db)', ['open-orders', 'by-device']],
        ['host.disk.write (host)', ['sda']],
      ],
    );
    // A ratio below 1 is seen against the whole; bytes end at a round number of their own units.
    assert.deepEqual(panels[0]?.panel.axis.ticks, [0, 0.5, 1]);
    assert.deepEqual(
      panels[2]?.panel.axis.ticks.map((value) => panels[2]?.panel.label(value)),
      ['0 B/s', '50 MiB/s', '100 MiB/s'],
    );
  });

  it('are not drawn from a single point', () => {
    assert.deepEqual(seriesPanels(timeAxis(10), [series([[1, 0.2]])]), []);
  });
});

describe('the panels over time', () => {
  it('share one axis, and only the last has times on it', () => {
    const report = sampleLoadReport();
    const stack = timeStack(report.load!, null, report.series)!.text;
    assert.equal(stack.match(/class="panel"/g)?.length, 7);
    assert.equal(stack.match(/role="img"/g)?.length, 7);
    assert.equal(stack.match(/>2 min<\/text>/g)?.length, 1);
    for (const [, id] of stack.matchAll(/aria-labelledby="(\S+)-title/g)) {
      assert.equal(stack.match(new RegExp(`id="${id}-title"`, 'g'))?.length, 1, id);
    }
  });

  it('have a hole, not a zero, where nothing was answered', () => {
    const load = busy();
    const timeline = load.timeline.map((one) =>
      one.at === 5 ? { ...one, completed: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN } : one,
    );
    const curve = (style: string): string =>
      new RegExp(` d="([^"]*)" class="curve ${style}"`).exec(text({ ...load, timeline }))?.[1] ?? '';
    assert.equal(curve('p99').match(/M/g)?.length, 2);
    assert.equal(curve('flow').match(/M/g)?.length, 1);
  });

  it('show a second between two holes', () => {
    const load = busy();
    const timeline = load.timeline.map((one) => (one.at === 5 ? one : { ...one, completed: 0 }));
    const d = / d="([^"]*)" class="curve p99"/.exec(text({ ...load, timeline }))?.[1];
    assert.match(d ?? '', /^M449,[\d.]+h2$/);
  });

  it('draw a bar for every second with errors, never too low to be seen', () => {
    const load = small();
    const timeline = load.timeline.map((one) => ({ ...one, completed: 1_000_000, errors: one.at === 3 ? 1 : 0 }));
    const { panel, keys } = throughputPanel(timeAxis(10), joinTicks(timeline), [], null);
    assert.deepEqual(
      keys.map(({ name }) => name),
      ['all', 'failed'],
    );
    const bars = text({ ...load, timeline }).match(/<rect[^>]*class="failed"/g);
    assert.equal(bars?.length, 1);
    assert.match(bars?.[0] ?? '', / x="20%" .* width="10%" height="3" /);
    assert.match(panel.description, /failed/);
  });

  it('name the planned rate where a request is what it counts', () => {
    const open = { ...small(), shape: 'constant-rate' as const, rate: 50 };
    assert.equal(plannedRate(open), 50);
    assert.equal(plannedRate(small()), null);
    assert.equal(plannedRate(sampleOpenLoad(4)), null); // iterations of flows
    assert.match(text(open), /class="curve planned"/);
    assert.doesNotMatch(text(small()), /planned/);
  });

  it('are left out where a report does not say, and altogether for a run of a second', () => {
    const old = busy().timeline.map((one) => ({ ...one, p90: Number.NaN, inFlight: Number.NaN, heat: [] }));
    const points = joinTicks(old);
    assert.equal(heatPanel(timeAxis(10), points), null);
    assert.equal(inFlightPanel(timeAxis(10), points), null);
    assert.deepEqual(
      percentilePanel(timeAxis(10), points, [])?.keys.map(({ name }) => name),
      ['p50', 'p99'],
    );
    assert.equal(timeStack({ ...small(), timeline: small().timeline.slice(0, 1) }, null), null);
  });

  it('have no p99 of seconds with too few requests for one', () => {
    const points = joinTicks(small().timeline);
    assert.deepEqual(
      percentilePanel(timeAxis(10), points, [])?.keys.map(({ name }) => name),
      ['p50', 'p90'],
    );
    assert.equal(joinTicks([tick(1, { completed: 99 }), tick(2)], 1)[0]?.p99, 0.1);
    assert.deepEqual(
      joinTicks([tick(1, { completed: 99 }), tick(2, { completed: 1 })]).map(({ p50, p90, p99 }) => [p50, p90, p99]),
      [
        [0.01, 0.02, null],
        [null, null, null],
      ],
    );
  });

  it('draw the load before the changes dashed', () => {
    const stack = timeStack(small(), small())?.text ?? '';
    assert.equal(stack.match(/class="curve old"/g)?.length, 2);
  });
});

describe('the heat map', () => {
  it('puts every answer into its second and its cell, darker where there are more', () => {
    const ticks = [
      tick(1, { heat: [[20, 1]] }),
      tick(2, {
        heat: [
          [20, 1],
          [25, 1_000],
        ],
      }),
    ];
    const stack = text({ ...small(), timeline: ticks });
    const paths = [...stack.matchAll(/ d="([^"]*)" class="heat s(\d)"/g)].map(([, d, shade]) => [shade, d]);
    // Cells 19 to 26 are drawn: cell 20 (10 ms) is the second of eight rows from below, cell 25 (100 ms) the seventh.
    assert.deepEqual(paths, [
      ['0', 'M0,75h500v12.5h-500zM500,75h500v12.5h-500z'],
      ['6', 'M500,12.5h500v12.5h-500z'],
    ]);
  });

  it('is small for a run of any length', () => {
    const ticks = Array.from({ length: 20_000 }, (_, i) =>
      tick(i + 1, { heat: Array.from({ length: 30 }, (_, cell) => [cell, 1 + ((i * cell) % 900)] as const) }),
    );
    assert.ok(text({ ...small(), timeline: ticks }).length < 450_000);
  });

  it('ignores cells that cannot be', () => {
    const ticks = [
      tick(1, {
        heat: [
          [-3, 5],
          [20.5, 5],
          [1e9, 5],
          [20, -1],
          [20, Number.NaN],
        ],
      }),
      tick(2, { heat: [] }),
    ];
    assert.equal(heatPanel(timeAxis(2), joinTicks(ticks)), null);
  });
});
