import type { Comparison, ComparisonVerdict } from '../../model/change.ts';
import type { Report } from '../../model/report.ts';
import { changeTitle, comparisonText, decisive } from '../content/outcomes.ts';
import { DECISION } from '../content/words.ts';
import { formatNumber } from '../format.ts';
import { type Child, el, type Markup } from '../html/element.ts';
import { cutMiddle } from '../text.ts';
import { chart, line, mark, type Shape, text, tick } from './parts.ts';
import { ratioScale, round, type Scale } from './scale.ts';

const MOST_ROWS = 24;
const HEAD = 30;
const ROW = 58;
const AXIS = 40;

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
    text(0, y + 14, 'label', cutMiddle(`${said.indicator} · ${said.where}`, 46)),
    text(0, y + 29, 'tick', cutMiddle(`${said.effect}${role}: ${said.interval}`, 54)),
    el('rect', { x: `${from}%`, y: axis - 8, width: `${round(to - from)}%`, height: 16, class: 'band' }),
    line(scale.at(low), axis, scale.at(high), axis, `whisker ${style}`),
    mark(id, shape, scale.at(comparison.ratio), axis, style, `${said.before} → ${said.after}, ${said.word}`),
  );
}

/**
 * One row an indicator that decided: the ratio after/before with its 95 % interval, on a logarithmic axis around 1. The
 * band is the noise floor: how far two identical states differ on this machine. Null when nothing was compared.
 */
export function forestChart(report: Report): Markup | null {
  const id = 'forest';
  const groups = report.outcomes
    .map((outcome) => ({ outcome, comparisons: outcome.comparisons.filter(decisive).slice(0, MOST_ROWS) }))
    .filter(({ comparisons }) => comparisons.length > 0);
  const all = groups.flatMap(({ comparisons }) => comparisons);
  if (all.length === 0) return null;
  const scale = ratioScale(
    all.flatMap(({ ratio, interval, noiseFloor }) => [ratio, ...interval, 1 - noiseFloor, 1 + noiseFloor]),
  );
  const drawn: Child[] = [];
  let y = 0;
  for (const { outcome, comparisons } of groups) {
    const { word } = DECISION[outcome.decision];
    drawn.push(text(0, y + 20, 'heading', cutMiddle(`${word}  ${changeTitle(outcome)}`, 46)));
    y += HEAD;
    for (const comparison of comparisons) {
      drawn.push(row(comparison, y, scale, id));
      y += ROW;
    }
    y += 8;
  }
  return chart(
    {
      id,
      title: 'Before and after, with intervals',
      description: `Ratio after/before of ${all.length} indicators with 95 % intervals on a logarithmic axis; left of 1 is less, right of 1 is more. The table below has the figures.`,
      height: y + AXIS,
    },
    scale.ticks.map((value) => tick(scale.at(value), 0, y, `${formatNumber(value)}×`)),
    line(scale.at(1), 0, scale.at(1), y, 'one'),
    drawn,
    el('text', { x: '0', y: y + 34, class: 'tick' }, '← less than before'),
    el('text', { x: '100%', y: y + 34, class: 'tick', 'text-anchor': 'end' }, 'more than before →'),
  );
}
