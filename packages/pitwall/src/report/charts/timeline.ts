import type { LoadResult, LoadTick } from '../../model/load.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { type Child, el, type Markup } from '../html/element.ts';
import { chart, line, text, tick } from './parts.ts';
import { logScale, niceCeiling, round } from './scale.ts';

/** Points drawn; longer runs are joined to fewer: rates as means, percentiles as the worst (never as a mean of percentiles). */
const MOST_POINTS = 240;
const HEAD = 34;
const PLOT = 110;
const PANEL = HEAD + PLOT + 14;
/** Same margins as charts/scale.ts. */
const FROM = 2;
const TO = 98;

export interface Point {
  /** Seconds from the start of the measured part to the start of the point. */
  readonly at: number;
  readonly perSecond: number;
  readonly errors: number;
  /** Seconds; null when nothing was answered in it. */
  readonly p50: number | null;
  readonly p99: number | null;
}

/** At most `most` points, each standing for as many ticks. Ticks are one second long. */
export function joinTicks(ticks: readonly LoadTick[], most: number): readonly Point[] {
  const usable = ticks.filter(({ at, completed, errors }) => [at, completed, errors].every(Number.isFinite));
  const each = Math.max(1, Math.ceil(usable.length / most));
  const points: Point[] = [];
  for (let start = 0; start < usable.length; start += each) {
    const part = usable.slice(start, start + each);
    const answered = part.filter(({ completed, p99 }) => completed > 0 && Number.isFinite(p99));
    points.push({
      at: part[0]!.at,
      perSecond: part.reduce((sum, { completed }) => sum + completed, 0) / part.length,
      errors: part.reduce((sum, { errors }) => sum + errors, 0),
      p50: answered.length > 0 ? Math.max(...answered.map(({ p50 }) => p50)) : null,
      p99: answered.length > 0 ? Math.max(...answered.map(({ p99 }) => p99)) : null,
    });
  }
  return points;
}

interface Series {
  readonly points: readonly Point[];
  readonly style: 'new' | 'old';
}

/** A path over the points in a space 1000 wide and 100 high; where there is no value, the line is interrupted. */
function path(
  points: readonly Point[],
  value: (point: Point) => number | null,
  height: (value: number) => number,
  end: number,
): string {
  let pen = 'M';
  return points
    .map((point) => {
      const y = value(point);
      if (y === null) {
        pen = 'M';
        return '';
      }
      const x = 10 * (FROM + ((TO - FROM) * point.at) / end);
      const step = `${pen}${round(x)},${round(100 - height(y))}`;
      pen = 'L';
      return step;
    })
    .join('');
}

interface Axis {
  /** Height of a value, 0–1. */
  height(value: number): number;
  readonly ticks: readonly number[];
}

/** From zero: for rates, where twice as high is to mean twice as much. */
function linearAxis(values: readonly number[]): Axis {
  const most = niceCeiling(Math.max(0, ...values));
  return { height: (value) => value / most, ticks: [0, most / 2, most] };
}

/** For times, which differ by orders of magnitude before and after. */
function logAxis(values: readonly number[]): Axis {
  const { at, ticks } = logScale(values, 4);
  return { height: (value) => (at(value) - FROM) / (TO - FROM), ticks };
}

interface Panel {
  readonly title: string;
  readonly value: (point: Point) => number | null;
  readonly label: (value: number) => string;
  readonly axis: (values: readonly number[]) => Axis;
}

const PANELS: readonly Panel[] = [
  { title: 'Answers per second', value: ({ perSecond }) => perSecond, label: formatNumber, axis: linearAxis },
  { title: 'p99 of the response time', value: ({ p99 }) => p99, label: formatDuration, axis: logAxis },
];

function panel({ title, value, label, axis }: Panel, series: readonly Series[], end: number, top: number): Markup {
  const { height, ticks } = axis(series.flatMap(({ points }) => points.map(value)).filter((one) => one !== null));
  const grid = ticks.map((one): Child => {
    const y = round(top + HEAD + PLOT * (1 - height(one)));
    return [
      line(FROM, y, TO, y, 'grid'),
      one === 0 ? null : el('text', { x: `${TO}%`, y: y - 4, class: 'tick', 'text-anchor': 'end' }, label(one)),
    ];
  });
  const drawn = series.map(({ points, style }) =>
    el('path', { d: path(points, value, (one) => 100 * height(one), end), class: `curve ${style}` }),
  );
  const plot = { x: 0, y: top + HEAD, width: '100%', height: PLOT };
  return el(
    'g',
    {},
    text(0, top + 10, 'label', title),
    el('svg', { ...plot, viewBox: '0 0 1000 100', preserveAspectRatio: 'none', overflow: 'visible' }, drawn),
    grid,
  );
}

/** Whole seconds, minutes or hours, at most six of them. */
function timeTicks(end: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200];
  const step = steps.find((one) => end / one <= 5) ?? 86_400 * Math.ceil(end / 86_400 / 5);
  return Array.from({ length: Math.min(6, Math.floor(end / step) + 1) }, (_, i) => i * step);
}

/**
 * Throughput and p99 over the seconds of the load; the load before the changes as a dashed line. Seconds with errors carry
 * a cross on the axis. Null when there are fewer than two seconds.
 */
export function timelineChart(load: LoadResult, before: LoadResult | null): Markup | null {
  const after = joinTicks(load.timeline, MOST_POINTS);
  if (after.length < 2) return null;
  const series: readonly Series[] = [
    ...(before ? [{ points: joinTicks(before.timeline, MOST_POINTS), style: 'old' as const }] : []),
    { points: after, style: 'new' as const },
  ];
  const end = Math.max(1, ...series.flatMap(({ points }) => points.map(({ at }) => at)));
  const bottom = PANELS.length * PANEL + 8;
  const x = (at: number): number => round(FROM + ((TO - FROM) * at) / end);
  const failed = series.flatMap(({ points, style }) =>
    points
      .filter(({ errors }) => errors > 0)
      .map(({ at, errors }) =>
        el(
          'text',
          { x: `${x(at)}%`, y: bottom - 8, class: 'cross', 'text-anchor': 'middle' },
          '×',
          el(
            'title',
            {},
            `${formatNumber(errors)} errors at ${at} s${before ? (style === 'old' ? ' before' : ' after') : ''}`,
          ),
        ),
      ),
  );
  return chart(
    {
      id: 'timeline',
      title: 'Throughput and p99 over time',
      description: `Answers per second and p99 of the response time over ${end + 1} seconds${before ? '; dashed: before the changes' : ''}. The table below has the figures.`,
      height: bottom + 24,
    },
    PANELS.map((one, i) => panel(one, series, end, i * PANEL)),
    timeTicks(end).map((at) => tick(x(at), bottom - 4, bottom, formatDuration(at))),
    failed,
  );
}
