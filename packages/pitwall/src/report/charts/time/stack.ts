import type { LoadResult } from '../../../model/load.ts';
import type { Report } from '../../../model/report.ts';
import { el, type Markup } from '../../html/element.ts';
import { plot } from '../plot.ts';
import { timeAxis, timeGrid } from './axis.ts';
import { heatPanel } from './heat.ts';
import { joinTicks } from './join.ts';
import { type Headed, inFlightPanel, percentilePanel, plannedRate, throughputPanel } from './panels.ts';
import { seriesPanels } from './series.ts';

function headed(one: Headed, drawing: Markup): Markup {
  return el(
    'div',
    { class: 'panel' },
    el(
      'div',
      { class: 'panel-head' },
      el('b', {}, one.heading),
      one.legend ?? null,
      one.keys.map(({ style, name }) => el('span', { class: `key ${style}` }, name)),
    ),
    drawing,
  );
}

/**
 * What happened over the load, as panels on one time axis: heat map, percentiles, throughput with errors, requests in flight,
 * and the series of the report. Null when there are fewer than two ticks.
 */
export function timeStack(load: LoadResult, before: LoadResult | null, series: Report['series'] = []): Markup | null {
  const points = joinTicks(load.timeline);
  if (points.length < 2) return null;
  const old = before ? joinTicks(before.timeline) : [];
  const time = timeAxis(Math.max(...[...points, ...old].map(({ to }) => to)));
  const panels = [
    heatPanel(time, points),
    percentilePanel(time, points, old),
    throughputPanel(time, points, old, plannedRate(load)),
    inFlightPanel(time, points),
    ...seriesPanels(time, series),
  ].filter((one) => one !== null);
  const drawn = panels.map((one, i) => {
    const last = i === panels.length - 1;
    return headed(
      one,
      plot(one.panel, last, (top, bottom) => timeGrid(time, top, bottom, last)),
    );
  });
  return el('div', { class: 'stack' }, drawn);
}
