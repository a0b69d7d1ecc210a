import type { LatencySummary, LoadResult } from '../../model/load.ts';
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

interface Track {
  readonly endpoint: string;
  readonly now: LatencySummary;
  readonly before: LatencySummary | null;
}

function tracks(load: LoadResult, before: LoadResult | null): readonly Track[] {
  return load.steps
    .filter(({ sent }) => sent > 0)
    .map((step) => ({
      endpoint: step.endpoint,
      now: step.latency.response,
      before:
        before?.steps.find(({ endpoint, sent }) => endpoint === step.endpoint && sent > 0)?.latency.response ?? null,
    }))
    .toSorted((a, b) => Math.max(b.now.p99, b.before?.p99 ?? 0) - Math.max(a.now.p99, a.before?.p99 ?? 0))
    .slice(0, MOST_ROWS);
}

/**
 * Response times of each endpoint on a logarithmic axis: p50, p95 and p99 as dot, diamond and triangle; those before the
 * changes hollow, above. Null when no endpoint was requested.
 */
export function latencyChart(load: LoadResult, before: LoadResult | null): Markup | null {
  const id = 'latency';
  const rows = tracks(load, before);
  if (rows.length === 0) return null;
  const values = rows
    .flatMap(({ now, before: old }) => [now, ...(old ? [old] : [])])
    .flatMap((s) => [s.p50, s.p95, s.p99]);
  const scale = logScale(values);
  const rowHeight = LABEL + TRACK * (before ? 2 : 1) + GAP;
  const bottom = LEGEND + rows.length * rowHeight;

  const track = (summary: LatencySummary, y: number, style: string, when: string): Child => [
    line(scale.at(summary.p50), y, scale.at(summary.p99), y, `span ${style}`),
    PERCENTILES.map(([name, shape]) =>
      mark(id, shape, scale.at(summary[name]), y, style, `${name}${when}: ${formatDuration(summary[name])}`),
    ),
  ];
  const drawn = rows.map(({ endpoint, now, before: old }, i): Child => {
    const top = LEGEND + i * rowHeight;
    const y = top + LABEL + TRACK / 2;
    return el(
      'g',
      {},
      label(top + 14, 'label', clean(endpoint)),
      old ? track(old, y, 'old', ' before') : null,
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
