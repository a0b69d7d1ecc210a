import type { LoadResult, StepResult } from '../../model/load.ts';
import { Histogram } from '../../stats/histogram.ts';
import { formatDuration } from '../format.ts';
import { el, type Markup } from '../html/element.ts';
import { tick } from './parts.ts';
import { logAxis, path, plot } from './plot.ts';
import { round } from './scale.ts';

const HEIGHT = 190;
/** Points of a curve. */
const POINTS = 160;
/** Nines that are drawn at most: p99.999. */
const MOST_NINES = 5;

/** p50 has no room on a narrow screen. */
const TICKS: readonly (readonly [nines: number, label: string, style: 'wide' | 'any'])[] = [
  [0, 'min', 'any'],
  [Math.log10(2), 'p50', 'wide'],
  [1, 'p90', 'any'],
  [2, 'p99', 'any'],
  [3, 'p99.9', 'any'],
  [4, 'p99.99', 'any'],
  [5, 'p99.999', 'any'],
];

type Kind = keyof StepResult['distributions'];
type Curve = readonly (readonly [nines: number, seconds: number])[];

/**
 * Percentiles at even steps of log10(1/(1−p)), as HdrHistogram plots them, up to where one measurement lies above: beyond
 * that nothing is known. In one pass over the buckets.
 */
function curveOf(load: LoadResult, kind: Kind): Curve {
  const all = Histogram.fromDistributions(load.steps.map(({ distributions }) => distributions[kind]));
  if (all.count === 0) return [];
  const end = Math.min(MOST_NINES, Math.log10(all.count));
  const wanted = Array.from({ length: POINTS + 1 }, (_, i) => (end * i) / POINTS);
  const points: (readonly [number, number])[] = [];
  let seen = 0;
  let next = 0;
  all.forEach((nanoseconds, times) => {
    seen += times;
    for (; next < wanted.length; next++) {
      const rank = Math.max(1, Math.ceil((1 - 10 ** -wanted[next]!) * all.count - 1e-9));
      if (seen < rank) return;
      points.push([wanted[next]!, nanoseconds / 1e9]);
    }
  });
  return points;
}

interface Drawn {
  readonly curve: Curve;
  readonly style: string;
}

/**
 * Response, service and slip by percentile, the tail drawn wide: where the response lies above the service time, requests
 * waited before they were sent. Null when nothing was recorded.
 */
export function spreadChart(load: LoadResult, before: LoadResult | null): Markup | null {
  const curves: readonly Drawn[] = [
    ...(before ? [{ curve: curveOf(before, 'response'), style: 'old' }] : []),
    { curve: curveOf(load, 'slip'), style: 'slip' },
    { curve: curveOf(load, 'service'), style: 'service' },
    { curve: curveOf(load, 'response'), style: 'response' },
  ].filter(({ curve }) => curve.length > 1);
  if (curves.length === 0) return null;
  const points = curves.flatMap(({ curve }) => curve);
  const axis = logAxis(
    points.map(([, seconds]) => seconds),
    7,
  );
  const nines = Math.max(1, ...points.map(([at]) => at));
  const place = ([at, seconds]: Curve[number]) => [round((1000 * at) / nines), axis.height(seconds)] as const;

  const find = (style: string): Curve => curves.find((one) => one.style === style)?.curve ?? [];
  const [response, service] = [find('response'), find('service')];
  const between = response.length > 0 && service.length > 0 ? [...response, ...service.toReversed()] : [];
  const drawn = [
    between.length === 0 ? null : el('path', { d: `${path(between.map(place))}z`, class: 'fill waited' }),
    curves.map(({ curve, style }) => el('path', { d: path(curve.map(place)), class: `curve ${style}` })),
  ];
  const labels = TICKS.filter(([at]) => at <= nines + 1e-9);
  return plot(
    {
      id: 'spread',
      title: 'Latency by percentile',
      description:
        'Response, service and slip by percentile; each step to the right is one more nine. The table below has the figures.',
      height: HEIGHT,
      axis,
      label: formatDuration,
      drawn,
    },
    true,
    (top, bottom) =>
      labels.map(([at, name, style]) => el('g', { class: style }, tick(round((100 * at) / nines), top, bottom, name))),
  );
}
