import type { HistorySeries } from '../../model/comparison.ts';
import { changeTexts, levelsOf, rangeOf, seriesName } from '../content/history.ts';
import { countOf, formatInstant, formatValue } from '../format.ts';
import { type Child, el } from '../html/element.ts';
import { line, text, tick } from './parts.ts';
import { linearAxis, logAxis, plot, type ValueAxis } from './plot.ts';
import { round } from './scale.ts';

const HEIGHT = 190;
/** Labelled runs. */
const MOST_TICKS = 5;
/** From this ratio of the largest value to the smallest on, a straight axis would squeeze the small ones. */
const WIDE = 20;
/** Below this ratio, one from zero would squeeze all of them; the axis says where it begins. */
const NARROW = 2;

const across = (i: number, count: number): number => round(1.5 + (97 * (i + 0.5)) / count);

function axisOf(series: HistorySeries): ValueAxis {
  const { points, unit } = series;
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && high / low >= WIDE) return logAxis(values, 4);
  if (!(low > 0 && high / low < NARROW)) return linearAxis(values.map(Math.abs), unit);
  const [bottom, top] = rangeOf(series);
  const room = (top - bottom) / 8;
  const [from, to] = [bottom - room, top + room];
  return { height: (value) => (value - from) / (to - from), ticks: [from, (from + to) / 2, to] };
}

/** Days, or (of a series that is not older than three) minutes. */
function instantLabel({ points }: HistorySeries): (iso: string) => string {
  const span = Date.parse(points.at(-1)!.startedAt) - Date.parse(points[0]!.startedAt);
  return (iso) => (span > 3 * 86_400_000 ? formatInstant(iso).slice(0, 10) : formatInstant(iso).slice(5, 16));
}

/**
 * The runs of one indicator, oldest first, as dots; the median of each stretch as a line; a broken line with a number where it
 * changes. Null without runs.
 */
export function changePointChart(series: HistorySeries, id: string): Child {
  const { points, unit, changes } = series;
  if (points.length === 0) return null;
  const texts = changeTexts(series);
  const label = (value: number): string => formatValue(value, unit);
  const every = Math.max(1, Math.ceil(points.length / MOST_TICKS));
  const axis = axisOf(series);
  const when = instantLabel(series);
  const border = (index: number): number => (across(index, points.length) + across(index - 1, points.length)) / 2;
  return plot(
    {
      id,
      title: `${seriesName(series)}, run by run`,
      description: `${countOf(points.length, 'run')} with ${countOf(changes.length, 'change point')}; dots are runs, lines the median between changes. The table below has the figures.`,
      height: HEIGHT,
      axis,
      label,
      drawn: null,
      over: (y) => [
        levelsOf(series).map(({ from, to, value }) =>
          line(across(from, points.length), y(value), across(to - 1, points.length), y(value), 'span level'),
        ),
        changes.map(({ index }, i) => {
          const x = round(border(index));
          return [
            line(x, 7, x, 7 + HEIGHT, 'border'),
            el('text', { x: `${round(x + 0.6)}%`, y: 18, class: 'heading' }, String(i + 1)),
          ];
        }),
        points.map(({ value, run, startedAt }, i) =>
          el(
            'circle',
            { cx: `${across(i, points.length)}%`, cy: y(value), r: 3.5, class: 'mark new' },
            el('title', {}, `${run}, ${formatInstant(startedAt)}: ${label(value)}`),
          ),
        ),
        texts.length === 0 ? text(4, 18, 'tick', 'no change that chance does not explain') : null,
      ],
    },
    true,
    (top, bottom) =>
      points.map(({ startedAt }, i) =>
        i % every === 0 ? tick(across(i, points.length), top, bottom, when(startedAt)) : null,
      ),
  );
}
