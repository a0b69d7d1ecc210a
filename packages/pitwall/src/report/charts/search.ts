import type { SearchResult, SearchStep } from '../../model/search.ts';
import { knownOf } from '../../stats/enough.ts';
import { searchedWord } from '../content/search/words.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { type Child, el, type Markup } from '../html/element.ts';
import { line, tick } from './parts.ts';
import { logAxis, path, plot, type ValueAxis } from './plot.ts';
import { round } from './scale.ts';

const HEIGHT = 150;
/** Labelled steps. */
const MOST_TICKS = 10;

/** Room at both ends, so that marks are seen whole. */
const across = (i: number, count: number): number => round(2 + (96 * (i + 0.5)) / count);

/** Passed: a dot. Failed: a cross. No verdict: a ring. Told apart by shape as well as by colour. */
function markOf(step: SearchStep, x: number, y: number, value: string): Child {
  const hint = el('title', {}, `${formatNumber(step.rate)}/s: ${searchedWord(step).word}, ${value}`);
  if (step.verdict === 'pass') return el('circle', { cx: `${x}%`, cy: y, r: 5, class: 'mark good' }, hint);
  if (step.verdict === 'fail' || step.verdict === 'danger') {
    return el('text', { x: `${x}%`, y: y + 6, class: 'cross', 'text-anchor': 'middle' }, '×', hint);
  }
  return el('circle', { cx: `${x}%`, cy: y, r: 4.5, class: 'mark open' }, hint);
}

interface Lane {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly value: (step: SearchStep) => number;
  readonly label: (value: number) => string;
  /** Values that have a line of their own. */
  readonly lines: readonly number[];
}

function lane(
  search: SearchResult,
  { id, title, description, value, label, lines }: Lane,
  labelled: boolean,
): Markup | null {
  const { steps } = search;
  const usable = (one: number): boolean => Number.isFinite(one) && one > 0;
  const values = [...steps.map(value), ...lines].filter(usable);
  if (values.length === 0) return null;
  const axis: ValueAxis = logAxis(values, 5);
  const points = steps.map((step, i): readonly [number, number | null] => [
    round(across(i, steps.length) * 10),
    usable(value(step)) ? axis.height(value(step)) : null,
  ]);
  const every = Math.ceil(steps.length / MOST_TICKS);
  return plot(
    {
      id,
      title,
      description,
      height: HEIGHT,
      axis,
      label,
      drawn: el('path', { d: path(points), class: 'curve planned' }),
      over: (y) => [
        lines.filter(usable).map((one) => line(0, y(one), 100, y(one), 'one')),
        steps.map((step, i) =>
          usable(value(step)) ? markOf(step, across(i, steps.length), y(value(step)), label(value(step))) : null,
        ),
      ],
    },
    labelled,
    (top, bottom) =>
      steps.map((_, i) => {
        if (i % every !== 0) return null;
        const x = across(i, steps.length);
        return labelled ? tick(x, top, bottom, String(i + 1)) : line(x, top, x, bottom, 'grid');
      }),
  );
}

/**
 * The way of a search: the rate of every step with its verdict, and below it the p99 of the response time, with a line where
 * its objective is; a step of too few requests has none. Null when no step was run.
 */
export function searchChart(search: SearchResult): Child {
  const { steps, highestPassing, lowestFailing } = search;
  if (steps.length === 0) return null;
  const limits = search.objectives
    .filter(({ indicator }) => indicator === 'load.response.duration.p99')
    .map(({ limit }) => limit);
  const ends = [highestPassing, lowestFailing].filter((end) => end !== null);
  const lanes: readonly Lane[] = [
    {
      id: 'search-rate',
      title: 'Rate of every step',
      description: `The rates of ${steps.length} steps on a logarithmic axis: dots passed, crosses failed, rings have no verdict; the lines are the ends of the answer. The table below has the figures.`,
      value: ({ rate }) => rate,
      label: (value) => `${formatNumber(value)}/s`,
      lines: ends,
    },
    {
      id: 'search-p99',
      title: 'p99 of the response time of every step',
      description: `The p99 of the response time of the same steps on a logarithmic axis${limits.length > 0 ? '; the line is the objective' : ''}.`,
      value: ({ p99, sent }) => knownOf({ p99 }, sent).p99,
      label: formatDuration,
      lines: limits,
    },
  ];
  return lanes.map((one, i) => lane(search, one, i === lanes.length - 1));
}
