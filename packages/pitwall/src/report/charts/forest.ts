import type { Comparison, ComparisonVerdict } from '../../model/change.ts';
import type { Report } from '../../model/report.ts';
import { changeTitle, comparisonText, decisive } from '../content/outcomes.ts';
import { DECISION } from '../content/words.ts';
import { formatNumber } from '../format.ts';
import { el, type Markup } from '../html/element.ts';
import { chart, label, line, mark, type Shape, tick } from './parts.ts';
import { ratioScale, round, type Scale } from './scale.ts';

/** Of one change, the most decisive first. */
const MOST_ROWS = 6;
const HEAD = 30;
const ROW = 58;
const AXIS = 34;

const MARKS: Readonly<Record<ComparisonVerdict, readonly [Shape, string]>> = {
  improved: ['dot', 'good'],
  regressed: ['square', 'bad'],
  inconclusive: ['diamond', 'open'],
  unchanged: ['diamond', 'open'],
};

function row(comparison: Comparison, y: number, scale: Scale, id: string): Markup {
  const said = comparisonText(comparison);
  const [low, high] = comparison.interval;
  const [from, to] = [scale.at(1 - comparison.noiseFloor), scale.at(1 + comparison.noiseFloor)];
  const [shape, style] = MARKS[comparison.verdict];
  const axis = y + 44;
  const role = comparison.affected ? '' : ' (guard)';
  return el(
    'g',
    {},
    label(y + 14, 'label', `${said.indicator} · ${said.where}`),
    label(y + 29, 'tick', `${said.effect}${role}: ${said.interval}`),
    el('rect', { x: `${from}%`, y: axis - 8, width: `${round(to - from)}%`, height: 16, class: 'band' }),
    line(scale.at(low), axis, scale.at(high), axis, `whisker ${style}`),
    mark(id, shape, scale.at(comparison.ratio), axis, style, `${said.before} → ${said.after}, ${said.word}`),
  );
}

interface Group {
  readonly title: string;
  readonly comparisons: readonly Comparison[];
}

/** One change: its own axis, because a query can become 300 times faster and another differ by 3 %. */
function panel({ title, comparisons }: Group, top: number, id: string): Markup {
  const values = comparisons.flatMap(({ ratio, interval, noiseFloor }) => [
    ratio,
    ...interval,
    1 - noiseFloor,
    1 + noiseFloor,
  ]);
  const scale = ratioScale(values);
  const [start, end] = [top + HEAD, top + HEAD + comparisons.length * ROW];
  return el(
    'g',
    {},
    label(top + 20, 'heading', title),
    scale.ticks.map((value) => tick(scale.at(value), start, end, `${formatNumber(value)}×`)),
    line(scale.at(1), start, scale.at(1), end, 'one'),
    comparisons.map((comparison, i) => row(comparison, start + i * ROW, scale, id)),
  );
}

/**
 * One row an indicator that decided: the ratio after/before with its 95 % interval, on a logarithmic axis around 1. The
 * band is the noise floor: how far two identical states differ on this machine. Null when nothing was compared.
 */
export function forestChart(report: Report): Markup | null {
  const id = 'forest';
  const groups = report.outcomes
    .map(
      (outcome): Group => ({
        title: `${DECISION[outcome.decision].word} · ${changeTitle(outcome)}`,
        comparisons: decisive(outcome).slice(0, MOST_ROWS),
      }),
    )
    .filter(({ comparisons }) => comparisons.length > 0);
  if (groups.length === 0) return null;
  const drawn: Markup[] = [];
  let height = 0;
  for (const group of groups) {
    drawn.push(panel(group, height, id));
    height += HEAD + group.comparisons.length * ROW + AXIS;
  }
  const count = groups.reduce((sum, { comparisons }) => sum + comparisons.length, 0);
  const description = `Ratio after/before of ${count} indicators with 95 % intervals, an axis a change; left of 1 is less, right of 1 is more. The tables below have the figures.`;
  return chart({ id, title: 'Before and after, with intervals', description, height }, drawn);
}
