import type { LoadResult } from '../../../model/load.ts';
import type { Report } from '../../../model/report.ts';
import { latencyChart } from '../../charts/latency.ts';
import { spreadChart } from '../../charts/spread.ts';
import { timeStack } from '../../charts/time/stack.ts';
import { errorRows } from '../../content/load/failures.ts';
import { knownLatency } from '../../content/load/known.ts';
import { serverText, waitText } from '../../content/load/latency.ts';
import type { Tone } from '../../content/words.ts';
import { formatDuration, formatNumber, formatPercent, NOTHING } from '../../format.ts';
import { type Child, el } from '../element.ts';
import { figure } from '../parts.ts';

/** The numbers that a reader looks for first. */
export function loadTiles(load: LoadResult): Child {
  const failed = Object.values(load.errors).reduce((sum, count) => sum + count, 0);
  const { response } = knownLatency(load);
  const tiles: readonly (readonly [value: string, what: string, tone: Tone])[] = [
    [`${formatNumber(load.requestsPerSecond)}/s`, 'answered', 'plain'],
    [formatDuration(response.p50), 'median', 'plain'],
    [formatDuration(response.p99), 'p99', 'plain'],
    [formatDuration(response.max), 'slowest', 'plain'],
    [load.sent > 0 ? formatPercent(failed / load.sent) : NOTHING, 'failed', failed > 0 ? 'bad' : 'good'],
    [load.valid ? 'yes' : 'no', 'valid', load.valid ? 'good' : 'bad'],
  ];
  return el(
    'ul',
    { class: 'tiles', 'aria-label': 'The load in short' },
    tiles.map(([value, what, tone]) => el('li', { class: tone }, el('b', {}, value), what)),
  );
}

export function timeFigure({ load, loadBefore, series }: Report): Child {
  if (!load) return null;
  const failed = errorRows(load).length > 0;
  return figure(
    'Over time',
    `All on one axis, in seconds since the measured part began.${failed ? ' Red: requests that failed.' : ''}${loadBefore ? ' Dashed: before the changes.' : ''}`,
    timeStack(load, loadBefore, series),
  );
}

const KEYS: readonly (readonly [style: string, name: string])[] = [
  ['response', 'response: due → last byte'],
  ['service', 'service: sent → last byte'],
  ['slip', 'slip: due → sent'],
];

export function spreadFigure(load: LoadResult, before: LoadResult | null): Child {
  const drawing = spreadChart(load, before);
  if (drawing === null) return null;
  const keys = [...KEYS, ...(before ? [['old', 'response before the changes'] as const] : [])];
  const said = [waitText(load), serverText(load)].filter((text) => text !== null).join(' ');
  return el(
    'figure',
    {},
    el('figcaption', {}, el('b', {}, 'Latency by percentile'), said),
    el(
      'div',
      { class: 'panel-head' },
      keys.map(([style, name]) => el('span', { class: `key ${style}` }, name)),
    ),
    drawing,
  );
}

export function endpointFigure(load: LoadResult, before: LoadResult | null): Child {
  return figure(
    'Response times by endpoint',
    `From the intended send to the last byte${before ? '; hollow marks: before the changes' : ''}.`,
    latencyChart(load, before),
  );
}
