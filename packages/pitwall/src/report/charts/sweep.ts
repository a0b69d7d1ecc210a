import type { IndexAdvice } from '../../model/database.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { el, type Markup } from '../html/element.ts';
import { tick } from './parts.ts';
import { linearAxis, path, plot } from './plot.ts';
import { round } from './scale.ts';

const HEIGHT = 180;

/** What more bytes of indexes would buy: time of the workload by bytes, as steps. Null with fewer than two points. */
export function sweepChart(sweep: IndexAdvice['sweep'], id: string): Markup | null {
  const points = sweep
    .filter(({ bytes, seconds }) => bytes >= 0 && seconds >= 0 && Number.isFinite(bytes) && Number.isFinite(seconds))
    .toSorted((a, b) => a.bytes - b.bytes);
  const [first, last] = [points[0], points.at(-1)];
  if (points.length < 2 || !first || !last || last.bytes === first.bytes) return null;
  const xAxis = linearAxis(
    points.map(({ bytes }) => bytes),
    'By',
  );
  const yAxis = linearAxis(
    points.map(({ seconds }) => seconds),
    's',
  );
  const x = (bytes: number): number => round(100 * xAxis.height(bytes));
  // Between two sets of indexes there is nothing: the better one is to be had from its size on.
  const steps = points.flatMap(({ bytes, seconds }, i) => {
    const before = points[i - 1];
    const to = [round(10 * x(bytes)), yAxis.height(seconds)] as const;
    return before ? [[to[0], yAxis.height(before.seconds)] as const, to] : [to];
  });
  return plot(
    {
      id,
      title: 'Time of the workload by bytes of new indexes',
      description: `From ${formatDuration(first.seconds)} without any to ${formatDuration(last.seconds)} with ${formatBytes(last.bytes)} of new indexes, as the planner estimates it.`,
      height: HEIGHT,
      axis: yAxis,
      label: (value) => formatDuration(value),
      drawn: el('path', { d: path(steps), class: 'curve p50' }),
      over: (y) =>
        points.map(({ bytes, seconds }) =>
          el(
            'circle',
            { cx: `${x(bytes)}%`, cy: y(seconds), r: 4, class: 'mark new' },
            el('title', {}, `${formatDuration(seconds)} with ${formatBytes(bytes)}`),
          ),
        ),
    },
    true,
    (top, bottom) => xAxis.ticks.map((value) => tick(x(value), top, bottom, formatBytes(value))),
  );
}
