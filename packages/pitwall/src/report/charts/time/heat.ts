import { formatDuration, formatNumber } from '../../format.ts';
import { el } from '../../html/element.ts';
import type { ValueAxis } from '../plot.ts';
import { round } from '../scale.ts';
import { across, type TimeAxis } from './axis.ts';
import type { Point } from './join.ts';
import type { Headed } from './panels.ts';

/** Shades from few to many, each a class of its own. */
const SHADES = 7;
/** Cells a decade, and what cell 0 begins at in seconds: see LoadTick.heat. */
const DECADE = 5;
const ORIGIN = 1e-6;
/** The cell of 1,000 s: no time limit is longer. */
const HIGHEST = 45;
const ROW = 8;

const secondsAt = (cell: number): number => ORIGIN * 10 ** (cell / DECADE);

function decades(low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let cell = Math.ceil(low / DECADE) * DECADE; cell <= high; cell += DECADE)
    all.push(Number(secondsAt(cell).toPrecision(1)));
  return all;
}

/**
 * How many requests ended with which response time, second by second: the darker the more. It shows what percentiles hide,
 * such as two kinds of answers, or a stall that a few requests sat through. Null without data.
 */
export function heatPanel(time: TimeAxis, points: readonly Point[]): Headed | null {
  const usable = points.map((point) => ({
    point,
    cells: [...point.heat].filter(
      ([cell, count]) => Number.isInteger(cell) && cell >= 0 && cell <= HIGHEST && count > 0,
    ),
  }));
  const cells = usable.flatMap((one) => one.cells.map(([cell]) => cell));
  if (cells.length === 0) return null;
  const low = Math.max(0, Math.min(...cells) - 1);
  const high = Math.min(HIGHEST + 1, Math.max(...cells) + 2);
  const axis: ValueAxis = {
    height: (seconds) => Math.min(1, Math.max(0, (DECADE * Math.log10(seconds / ORIGIN) - low) / (high - low))),
    ticks: decades(low, high),
  };
  const perSecond = ({ from, to }: Point, count: number): number => count / (to - from);
  const most = Math.max(...usable.flatMap(({ point, cells: all }) => all.map(([, count]) => perSecond(point, count))));
  const least = Math.min(...usable.flatMap(({ point, cells: all }) => all.map(([, count]) => perSecond(point, count))));
  // Logarithmic: a single slow answer is to be seen beside thousands of quick ones.
  const range = Math.log(most / least) || 1;
  const shadeOf = (rate: number): number => Math.min(SHADES - 1, Math.floor((Math.log(rate / least) / range) * SHADES));

  const y = (cell: number): number => round(100 - (100 * (cell - low)) / (high - low));
  const height = round(100 / (high - low));
  const paths = Array.from({ length: SHADES }, () => '');
  for (const { point, cells: all } of usable) {
    const x = across(time, point.from);
    const width = round(across(time, point.to) - x);
    for (const [cell, count] of all) {
      paths[shadeOf(perSecond(point, count))] += `M${x},${y(cell + 1)}h${width}v${height}h-${width}z`;
    }
  }
  return {
    heading: 'Response times of all requests',
    keys: [],
    legend: el(
      'span',
      { class: 'ramp' },
      `${formatNumber(least)}/s`,
      paths.map((_, shade) => el('i', { class: `heat s${shade}` })),
      `${formatNumber(most)}/s`,
    ),
    panel: {
      id: 'over-time-heat',
      title: 'Heat map of response times',
      description: `Requests by second and response time, on a logarithmic axis from ${formatDuration(secondsAt(low))} to ${formatDuration(secondsAt(high))}: the darker, the more ended there, up to ${formatNumber(most)} a second. The table below has percentiles.`,
      height: Math.min(184, Math.max(96, (high - low) * ROW)),
      axis,
      label: formatDuration,
      drawn: paths.map((d, shade) => (d === '' ? null : el('path', { d, class: `heat s${shade}` }))),
    },
  };
}
