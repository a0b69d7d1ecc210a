import type { HistorySeries } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import { changePointChart } from '../charts/change-points.ts';
import { changeTexts, historyOf, historySentences, historyTitle, seriesName } from '../content/history.ts';
import { formatInstant, formatValue } from '../format.ts';
import { clean } from '../text.ts';
import { type Child, el } from './element.ts';
import { badge, details, section, table } from './parts.ts';

const CHANGES = [
  { label: 'No.', figure: true },
  { label: 'From run' },
  { label: 'When' },
  { label: 'Before', figure: true },
  { label: 'After', figure: true },
  { label: 'Change', words: true },
  { label: 'p', figure: true },
  { label: 'Kind', words: true },
] as const;

const RUNS = [{ label: 'Run' }, { label: 'When' }, { label: 'Value', figure: true }] as const;

function seriesSection(series: HistorySeries, i: number): Child {
  const changes = changeTexts(series).map(({ number, run, when, before, after, effect, pValue, word, tone }) => ({
    cells: [number, run, when, before, after, effect, pValue, badge({ word, tone })],
  }));
  const runs = series.points.map(({ run, startedAt, value }) => ({
    cells: [clean(run), formatInstant(startedAt), formatValue(value, series.unit)],
  }));
  const drawing = changePointChart(series, `history-${i}`);
  return [
    el('h3', {}, seriesName(series)),
    drawing === null ? null : el('figure', {}, drawing),
    changes.length === 0 ? null : table(`Changes of ${seriesName(series)}`, CHANGES, changes),
    details('All runs', table(`Runs of ${seriesName(series)}`, RUNS, runs)),
  ];
}

export function historySection(report: Report): Child {
  const history = historyOf(report);
  if (!history) return null;
  return section(
    'history',
    'History',
    historyTitle(history),
    history.series.map(seriesSection),
    historySentences(history).map((text) => el('p', { class: 'soft small' }, text)),
  );
}
