import type { Scalability } from '../../model/search.ts';
import { formatNumber } from '../format.ts';
import { el, type Markup } from '../html/element.ts';
import { line, tick } from './parts.ts';
import { linearAxis, logAxis, path, plot } from './plot.ts';
import { round } from './scale.ts';

const HEIGHT = 220;

/**
 * Throughput by concurrency: what was measured as dots, the Universal Scalability Law through them as a line with its 95 % band,
 * and a line where throughput is highest. Null without a curve.
 */
export function uslChart({ points, curve, peak, largest }: Scalability): Markup | null {
  const usable = curve.filter(({ concurrency, throughput, low, high }) =>
    [concurrency, throughput, low, high].every((value) => Number.isFinite(value) && value >= 0),
  );
  const measured = points.filter(
    ({ concurrency, throughput }) => concurrency > 0 && Number.isFinite(concurrency) && Number.isFinite(throughput),
  );
  if (usable.length < 2 || measured.length === 0) return null;
  // Bands may run away where nothing was measured; the picture is of what was.
  const most = 1.6 * Math.max(...measured.map(({ throughput }) => throughput));
  const xAxis = logAxis(
    [...usable, ...measured].map(({ concurrency }) => concurrency),
    7,
  );
  const yAxis = linearAxis([
    ...measured.map(({ throughput }) => throughput),
    ...usable.map(({ throughput, high }) => Math.min(most, Math.max(throughput, high))),
  ]);
  const x = (concurrency: number): number => round(100 * xAxis.height(concurrency));
  const line1 = usable.map(
    ({ concurrency, throughput }) => [round(x(concurrency) * 10), yAxis.height(throughput)] as const,
  );
  const above = usable.map(({ concurrency, high }) => [round(x(concurrency) * 10), yAxis.height(high)] as const);
  const below = usable.map(({ concurrency, low }) => [round(x(concurrency) * 10), yAxis.height(low)] as const);
  const band = `${path([...above, ...below.toReversed()])}z`;
  return plot(
    {
      id: 'usl',
      title: 'Throughput by requests under way',
      description: `${measured.length} steps, and the scalability law through them with its 95 % band up to ${formatNumber(2 * largest)} requests under way, twice what was measured${peak ? `; throughput is highest at ${formatNumber(peak.concurrency)}` : ''}. The table below has the figures.`,
      height: HEIGHT,
      axis: yAxis,
      label: (value) => `${formatNumber(value)}/s`,
      drawn: [el('path', { d: band, class: 'fill p50' }), el('path', { d: path(line1), class: 'curve p50' })],
      over: (y) => [
        peak ? line(x(peak.concurrency), y(yAxis.ticks.at(-1)!), x(peak.concurrency), y(0), 'one') : null,
        measured.map(({ concurrency, throughput }) =>
          el(
            'circle',
            { cx: `${x(concurrency)}%`, cy: y(throughput), r: 4.5, class: 'mark new' },
            el('title', {}, `${formatNumber(throughput)}/s with ${formatNumber(concurrency)} under way`),
          ),
        ),
      ],
    },
    true,
    (top, bottom) => xAxis.ticks.map((value) => tick(x(value), top, bottom, formatNumber(value))),
  );
}
