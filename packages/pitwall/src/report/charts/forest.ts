import type { Comparison, ComparisonVerdict } from '../../model/change.ts';
import type { RunComparison, RunVerdict } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import { comparedGroups } from '../content/comparison.ts';
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

const MARKS: Readonly<Record<ComparisonVerdict | RunVerdict, readonly [Shape, string]>> = {
  improved: ['dot', 'good'],
  better: ['dot', 'good'],
  regressed: ['square', 'bad'],
  worse: ['square', 'bad'],
  inconclusive: ['diamond', 'open'],
  unchanged: ['diamond', 'open'],
  same: ['diamond', 'open'],
};

/** One ratio with its interval. */
interface ForestRow {
  readonly title: string;
  readonly said: string;
  /** Shown when one points at the mark. */
  readonly hint: string;
  readonly ratio: number;
  readonly interval: readonly [number, number];
  readonly noiseFloor: number;
  readonly verdict: ComparisonVerdict | RunVerdict;
}

function row(
  { title, said, hint, ratio, interval, noiseFloor, verdict }: ForestRow,
  y: number,
  scale: Scale,
  id: string,
): Markup {
  const [low, high] = interval;
  const [from, to] = [scale.at(1 - noiseFloor), scale.at(1 + noiseFloor)];
  const [shape, style] = MARKS[verdict];
  const axis = y + 44;
  return el(
    'g',
    {},
    label(y + 14, 'label', title),
    label(y + 29, 'tick', said),
    el('rect', { x: `${from}%`, y: axis - 8, width: `${round(to - from)}%`, height: 16, class: 'band' }),
    line(scale.at(low), axis, scale.at(high), axis, `whisker ${style}`),
    mark(id, shape, scale.at(ratio), axis, style, hint),
  );
}

function trialRow(comparison: Comparison): ForestRow {
  const said = comparisonText(comparison);
  return {
    ...comparison,
    title: `${said.indicator} · ${said.where}`,
    said: `${said.effect}${comparison.affected ? '' : ' (guard)'}: ${said.interval}`,
    hint: `${said.before} → ${said.after}, ${said.word}`,
  };
}

interface Group {
  readonly title: string;
  readonly rows: readonly ForestRow[];
}

/** One change: its own axis, because a query can become 300 times faster and another differ by 3 %. */
function panel({ title, rows }: Group, top: number, id: string): Markup {
  const values = rows.flatMap(({ ratio, interval, noiseFloor }) => [
    ratio,
    ...interval,
    1 - noiseFloor,
    1 + noiseFloor,
  ]);
  const scale = ratioScale(values);
  const [start, end] = [top + HEAD, top + HEAD + rows.length * ROW];
  return el(
    'g',
    {},
    label(top + 20, 'heading', title),
    scale.ticks.map((value) => tick(scale.at(value), start, end, `${formatNumber(value)}×`)),
    line(scale.at(1), start, scale.at(1), end, 'one'),
    rows.map((one, i) => row(one, start + i * ROW, scale, id)),
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
        rows: decisive(outcome).slice(0, MOST_ROWS).map(trialRow),
      }),
    )
    .filter(({ rows }) => rows.length > 0);
  if (groups.length === 0) return null;
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const description = `Ratio after/before of ${count} indicators with 95 % intervals, an axis a change; left of 1 is less, right of 1 is more. The tables below have the figures.`;
  return drawnGroups(groups, { id, title: 'Before and after, with intervals', description });
}

function drawnGroups(groups: readonly Group[], text: { id: string; title: string; description: string }): Markup {
  const drawn: Markup[] = [];
  let height = 0;
  for (const group of groups) {
    drawn.push(panel(group, height, text.id));
    height += HEAD + group.rows.length * ROW + AXIS;
  }
  return chart({ ...text, height }, drawn);
}

/** Of one endpoint; the rest is in the tables. */
const MOST_RUN_ROWS = 8;

/**
 * Two runs: one axis an endpoint, the ratio B/A of what its callers feel and of all that got better or worse. Null when nothing
 * has an interval.
 */
export function runForest(comparison: RunComparison): Markup | null {
  const groups = comparedGroups(comparison)
    .map(({ title, rows: found }): Group => {
      const rows = found.flatMap((said): readonly ForestRow[] => {
        const { interval, noiseFloor, ratio, verdict, direction } = said.of;
        if (!said.important || direction === 'neutral' || interval === null || noiseFloor === null) return [];
        const hint = `${said.a} → ${said.b}, ${said.word}`;
        return [
          { title: said.name, said: `${said.change}: ${said.interval}`, hint, ratio, interval, noiseFloor, verdict },
        ];
      });
      return { title, rows: rows.slice(0, MOST_RUN_ROWS) };
    })
    .filter(({ rows }) => rows.length > 0);
  if (groups.length === 0) return null;
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const description = `Ratio B/A of ${count} indicators with 95 % intervals, an axis an endpoint; left of 1 is less, right of 1 is more. The tables below have the figures.`;
  return drawnGroups(groups, { id: 'runs', title: 'Two runs, with intervals', description });
}
