import type { LoadResult } from '../../../model/load.ts';
import { formatDuration, formatNumber } from '../../format.ts';
import { type Child, el, type Markup } from '../../html/element.ts';
import { linearAxis, logAxis, type Plot, path, type ValueAxis } from '../plot.ts';
import { round } from '../scale.ts';
import { across, type TimeAxis } from './axis.ts';
import type { Point } from './join.ts';

/** One entry of a panel's legend: the class of its mark, and its name. */
interface Key {
  readonly style: string;
  readonly name: string;
}

/** A panel of the stack with the words above it. */
export interface Headed {
  readonly heading: string;
  readonly keys: readonly Key[];
  /** Of another kind than keys. */
  readonly legend?: Markup;
  readonly panel: Plot;
}

const middle = ({ from, to }: Point): number => (from + to) / 2;

/** Through the middle of every point, and out to the edges of the first and the last one. */
function along(
  time: TimeAxis,
  axis: ValueAxis,
  points: readonly Point[],
  value: (point: Point) => number | null,
): readonly (readonly [x: number, height: number | null])[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const at = (point: Point, x: number): readonly [number, number | null] => {
    const one = value(point);
    return [across(time, x), one === null ? null : axis.height(one)];
  };
  return [at(first, first.from), ...points.map((point) => at(point, middle(point))), at(last, last.to)];
}

function curve(
  time: TimeAxis,
  axis: ValueAxis,
  points: readonly Point[],
  value: (point: Point) => number | null,
  style: string,
): Child {
  const through = along(time, axis, points, value);
  // A point alone between two holes would not be seen: its line is as long as the second that it stands for.
  const d = path(through).replace(
    /M([\d.]+),([\d.]+)(?=M|$)/g,
    (_, x: string, y: string) => `M${Number(x) - 1},${y}h2`,
  );
  return el('path', { d, class: `curve ${style}` });
}

/** Filled from the bottom up to the curve of the value. */
function area(
  time: TimeAxis,
  axis: ValueAxis,
  points: readonly Point[],
  value: (point: Point) => number,
  style: string,
): Child {
  const through = along(time, axis, points, value);
  const [first, last] = [through[0]!, through.at(-1)!];
  const d = path([[first[0], 0], ...through, [last[0], 0]]);
  return el('path', { d: `${d}z`, class: style });
}

const PERCENTILES = ['p50', 'p90', 'p99'] as const;

const knownOf = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);

/** p50, p90 and p99 of the response time. Null when none is known. */
export function percentilePanel(time: TimeAxis, points: readonly Point[], before: readonly Point[]): Headed | null {
  const drawn = PERCENTILES.filter((name) => points.some((point) => point[name] !== null));
  if (drawn.length === 0) return null;
  const values = [...points, ...before].flatMap((point) => PERCENTILES.map((name) => point[name]));
  const axis = logAxis(knownOf(values));
  return {
    heading: 'Response time',
    keys: [
      ...drawn.map((name) => ({ style: name, name })),
      ...(before.length > 0 ? [{ style: 'old', name: 'p99 before the changes' }] : []),
    ],
    panel: {
      id: 'over-time-percentiles',
      title: 'Response time over time',
      description: `${drawn.join(', ')} of the response time, on a logarithmic axis. The table below has the figures.`,
      height: 120,
      axis,
      label: formatDuration,
      drawn: [
        curve(time, axis, before, ({ p99 }) => p99, 'old'),
        drawn.map((name) => curve(time, axis, points, (point) => point[name], name)),
      ],
    },
  };
}

/** The rate that was planned, where it is constant and a request is what it counts. */
export function plannedRate({ rate, shape, steps }: LoadResult): number | null {
  const constant = shape === 'constant-rate' || shape === 'poisson' || shape === 'soak';
  return constant && steps.every(({ flow }) => flow === undefined) ? rate : null;
}

/** Answers a second, and in red what failed of them. */
export function throughputPanel(
  time: TimeAxis,
  points: readonly Point[],
  before: readonly Point[],
  planned: number | null,
): Headed {
  const axis = linearAxis([...points, ...before].map(({ perSecond }) => perSecond).concat(planned ?? 0));
  const failed = points.filter(({ errors }) => errors > 0);
  return {
    heading: 'Requests ended per second',
    keys: [
      { style: 'flow', name: 'all' },
      ...(failed.length > 0 ? [{ style: 'failed', name: 'failed' }] : []),
      ...(planned === null ? [] : [{ style: 'planned', name: 'planned' }]),
      ...(before.length > 0 ? [{ style: 'old', name: 'before the changes' }] : []),
    ],
    panel: {
      id: 'over-time-throughput',
      title: 'Throughput and errors over time',
      description: `Requests that ended each second, and those of them that failed${failed.length === 0 ? ' (none did)' : ''}. The table below has the figures.`,
      height: 96,
      axis,
      label: formatNumber,
      drawn: [
        area(time, axis, points, ({ perSecond }) => perSecond, 'fill flow'),
        curve(time, axis, before, ({ perSecond }) => perSecond, 'old'),
        curve(time, axis, points, ({ perSecond }) => perSecond, 'flow'),
        planned === null
          ? null
          : el('path', {
              d: path([
                [across(time, 0), axis.height(planned)],
                [across(time, time.end), axis.height(planned)],
              ]),
              class: 'curve planned',
            }),
      ],
      over: (y) => failed.map((point) => failedBar(time, point, y)),
    },
  };
}

/** Bars of errors are at least this high, in pixels: one failure among thousands is to be seen. */
const LEAST_BAR = 3;

function failedBar(time: TimeAxis, { from, to, errors, failedPerSecond }: Point, y: (value: number) => number): Child {
  const top = Math.min(y(failedPerSecond), y(0) - LEAST_BAR);
  const x = time.x(from);
  const shape = { x: `${x}%`, y: top, width: `${round(Math.max(0.2, time.x(to) - x))}%`, height: round(y(0) - top) };
  const said = `${formatNumber(errors)} failed between ${formatDuration(from)} and ${formatDuration(to)}`;
  return el('rect', { ...shape, class: 'failed' }, el('title', {}, said));
}

/** Requests under way. Null when it is not known. */
export function inFlightPanel(time: TimeAxis, points: readonly Point[]): Headed | null {
  const known = points.filter(({ inFlight }) => inFlight !== null);
  if (known.length < 2) return null;
  const value = ({ inFlight }: Point): number => inFlight ?? 0;
  const axis = linearAxis(known.map(value));
  return {
    heading: 'Requests in flight',
    keys: [],
    panel: {
      id: 'over-time-in-flight',
      title: 'Requests in flight over time',
      description: 'Requests under way at the end of each second. The table below has the figures.',
      height: 64,
      axis,
      label: formatNumber,
      drawn: [
        area(time, axis, known, value, 'fill busy'),
        curve(time, axis, points, ({ inFlight }) => inFlight, 'busy'),
      ],
    },
  };
}
