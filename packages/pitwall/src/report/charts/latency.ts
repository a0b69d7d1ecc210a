import type { LatencySummary, LoadResult, StepResult } from '../../model/load.ts';
import { knownLatency } from '../content/load/known.ts';
import { formatDuration } from '../format.ts';
import { type Child, el, type Markup } from '../html/element.ts';
import { clean } from '../text.ts';
import { chart, label, line, mark, type Shape, text, tick } from './parts.ts';
import { logScale } from './scale.ts';

/** Endpoints drawn; the slowest when there are more. */
const MOST_ROWS = 20;
const LABEL = 22;
const TRACK = 20;
const GAP = 12;
const LEGEND = 26;

const PERCENTILES = [
  ['p50', 'dot'],
  ['p95', 'diamond'],
  ['p99', 'triangle'],
] as const satisfies readonly (readonly [keyof LatencySummary, Shape])[];

/** A percentile that is known. */
interface Mark {
  readonly name: string;
  readonly shape: Shape;
  readonly seconds: number;
}

interface Track {
  readonly endpoint: string;
  readonly now: readonly Mark[];
  readonly before: readonly Mark[];
}

/** Ascending. None of too few requests. */
function drawnOf(step: StepResult | undefined): readonly Mark[] {
  if (!step) return [];
  const { response } = knownLatency(step);
  return PERCENTILES.map(([name, shape]) => ({ name, shape, seconds: response[name] })).filter(({ seconds }) =>
    Number.isFinite(seconds),
  );
}

const slowest = ({ now, before }: Track): number => Math.max(...[...now, ...before].map(({ seconds }) => seconds));

function tracks(load: LoadResult, before: LoadResult | null): readonly Track[] {
  return load.steps
    .filter(({ sent }) => sent > 0)
    .map((step) => ({
      endpoint: step.endpoint,
      now: drawnOf(step),
      before: drawnOf(before?.steps.find(({ endpoint }) => endpoint === step.endpoint)),
    }))
    .filter(({ now, before: old }) => now.length + old.length > 0)
    .toSorted((a, b) => slowest(b) - slowest(a))
    .slice(0, MOST_ROWS);
}

/**
 * Response times of each endpoint on a logarithmic axis: p50, p95 and p99 as dot, diamond and triangle; those before the
 * changes hollow, above; none of too few requests. Null when none is known.
 */
export function latencyChart(load: LoadResult, before: LoadResult | null): Markup | null {
  const id = 'latency';
  const rows = tracks(load, before);
  if (rows.length === 0) return null;
  const values = rows.flatMap(({ now, before: old }) => [...now, ...old]).map(({ seconds }) => seconds);
  const scale = logScale(values);
  const rowHeight = LABEL + TRACK * (before ? 2 : 1) + GAP;
  const bottom = LEGEND + rows.length * rowHeight;

  const track = (marks: readonly Mark[], y: number, style: string, when: string): Child => {
    const [first, last] = [marks[0], marks.at(-1)];
    if (!first || !last) return null;
    return [
      line(scale.at(first.seconds), y, scale.at(last.seconds), y, `span ${style}`),
      marks.map(({ name, shape, seconds }) =>
        mark(id, shape, scale.at(seconds), y, style, `${name}${when}: ${formatDuration(seconds)}`),
      ),
    ];
  };
  const drawn = rows.map(({ endpoint, now, before: old }, i): Child => {
    const top = LEGEND + i * rowHeight;
    const y = top + LABEL + TRACK / 2;
    return el(
      'g',
      {},
      label(top + 14, 'label', clean(endpoint)),
      track(old, y, 'old', ' before'),
      track(now, before ? y + TRACK : y, 'new', before ? ' after' : ''),
    );
  });
  return chart(
    {
      id,
      title: 'Response times by endpoint',
      description: `p50, p95 and p99 of ${rows.length} endpoints on a logarithmic axis${before ? ', before and after the changes' : ''}. The table below has the figures.`,
      height: bottom + 24,
    },
    legend(id, before !== null),
    scale.ticks.map((value) => tick(scale.at(value), LEGEND, bottom, formatDuration(value))),
    drawn,
  );
}

function legend(id: string, compared: boolean): Markup {
  const item = (x: number, shape: Shape, style: string, name: string): Child => [
    el('use', { href: `#${id}-${shape}`, x, y: 9, class: `mark ${style}` }),
    text(x + 11, 13, 'legend', name),
  ];
  return el(
    'g',
    {},
    PERCENTILES.map(([name, shape], i) => item(7 + i * 52, shape, 'new', name)),
    compared ? item(7 + 3 * 52, 'dot', 'old', 'hollow: before') : null,
  );
}
