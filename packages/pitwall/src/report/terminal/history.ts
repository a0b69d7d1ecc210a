import type { HistorySeries, IndicatorHistory } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import {
  changeTexts,
  historyOf,
  historySentences,
  historyTitle,
  levelsOf,
  rangeOf,
  seriesName,
} from '../content/history.ts';
import { formatInstant, formatValue } from '../format.ts';
import { displayWidth, pad, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, table, titleLine } from './table.ts';

/** Lines of a plot. */
const HEIGHT = 10;

const COLUMNS: readonly Column[] = [
  { header: '', align: 'right' },
  { header: 'FROM RUN', align: 'left', grows: true },
  { header: 'BEFORE', align: 'right' },
  { header: 'AFTER', align: 'right' },
  { header: 'CHANGE', align: 'right' },
  { header: '', align: 'right' },
  { header: '', align: 'left' },
];

export function historySection(report: Report, screen: Screen): readonly string[] {
  const history = historyOf(report);
  return history ? ['', ...historyLines(history, screen)] : [];
}

/** One plot a series with its change points marked, and what changed below it. */
function historyLines(history: IndicatorHistory, screen: Screen): readonly string[] {
  return [
    ...titleLine('HISTORY', historyTitle(history), screen),
    ...history.series.flatMap((series) => [
      '',
      ...wrap(seriesName(series), screen.width - 2).map((part) => `  ${screen.paint('title', part)}`),
      ...plotLines(series, screen),
      ...changeLines(series, screen),
    ]),
    ...historySentences(history).flatMap((text) => [
      '',
      ...wrap(text, screen.width - 2).map((part) => `  ${screen.paint('dim', part)}`),
    ]),
  ];
}

function changeLines(series: HistorySeries, screen: Screen): readonly string[] {
  const changes = changeTexts(series);
  if (changes.length === 0) return ['', `  ${screen.paint('dim', 'No change that chance does not explain.')}`];
  const rows = changes.map(({ number, run, before, after, effect, pValue, word, tone }) => ({
    cells: [String(number), run, before, after, effect, pValue, { text: word, style: tone }],
  }));
  return ['', ...table(COLUMNS, rows, screen)];
}

/**
 * The values from left to right: `•` a run (where several share a column, their middle), `─` the median of its stretch, `│` from
 * where on it is another, with the number of the change below.
 */
function plotLines(series: HistorySeries, { paint, width }: Screen): readonly string[] {
  const { points, unit, changes } = series;
  const values = points.map(({ value }) => value);
  const [low, high] = rangeOf(series);
  const labels = [high, (high + low) / 2, low].map((value) => formatValue(value, unit));
  const gutter = Math.max(...labels.map(displayWidth));
  const room = Math.max(10, width - gutter - 5);
  const columns = Math.min(room, Math.max(points.length, Math.min(room, points.length * 3)));
  const columnOf = (index: number) => Math.floor(((index + 0.5) * columns) / points.length);
  const rowOf = (value: number) =>
    high > low ? Math.round(((high - value) / (high - low)) * (HEIGHT - 1)) : HEIGHT >> 1;

  const grid = Array.from({ length: HEIGHT }, () => new Array<string>(columns).fill(' '));
  for (const { from, to, value } of levelsOf(series)) {
    for (let column = columnOf(from); column <= columnOf(to - 1); column++)
      grid[rowOf(value)]![column] = paint('dim', '─');
  }
  const marks = new Map(changes.map(({ index }, i) => [Math.max(0, columnOf(index) - 1), String((i + 1) % 10)]));
  for (const column of marks.keys()) for (const row of grid) row[column] = paint('warn', '│');
  const shared = Map.groupBy(values.keys(), columnOf);
  for (const [column, indexes] of shared) {
    const sorted = indexes.map((index) => values[index]!).toSorted((a, b) => a - b);
    grid[rowOf(sorted[sorted.length >> 1]!)]![column] = '•';
  }
  const labelOf = (row: number) =>
    row === 0 ? labels[0]! : row === HEIGHT >> 1 ? labels[1]! : row === HEIGHT - 1 ? labels[2]! : '';
  const below = Array.from({ length: columns }, (_, column) => marks.get(column) ?? ' ')
    .join('')
    .trimEnd();
  const [first, last] = [points[0]!, points.at(-1)!].map(({ startedAt }) => formatInstant(startedAt).slice(0, 16));
  const ends =
    points.length > 1
      ? `${first}${' '.repeat(Math.max(2, columns - displayWidth(first!) - displayWidth(last!)))}${last}`
      : first!;
  const left = (text: string) => `  ${pad(text, gutter, 'right')} `;
  return [
    ...grid.map((row, i) =>
      `${left(labelOf(i))}${paint('dim', i === 0 || i === HEIGHT - 1 || labelOf(i) !== '' ? '┤' : '│')}${row.join('')}`.trimEnd(),
    ),
    ...(below === '' ? [] : [`${left('')} ${paint('warn', below)}`]),
    paint('dim', `${left('')} ${ends}`),
  ];
}
