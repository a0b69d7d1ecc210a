import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { latencyChart } from '../charts/latency.ts';
import { joinTicks, timelineChart } from '../charts/timeline.ts';
import { type LoadFigures, loadRows, loadSentences, loadTitle } from '../content/load.ts';
import { formatDuration, formatNumber, NOTHING } from '../format.ts';
import { type Child, el } from './element.ts';
import { type Cell, details, figure, type Row, section, table } from './parts.ts';

const COLUMNS = [
  { label: 'Endpoint' },
  { label: 'Changes', words: true },
  { label: 'Requests/s', figure: true },
  { label: 'p50', figure: true },
  { label: 'p95', figure: true },
  { label: 'p99', figure: true },
  { label: 'Errors', figure: true },
] as const;

const TIMELINE = [
  { label: 'Second' },
  { label: 'Answers/s', figure: true },
  { label: 'p50', figure: true },
  { label: 'p99', figure: true },
  { label: 'Errors', figure: true },
] as const;

/** Lines of a timeline's table; longer runs are joined. */
const LINES = 60;

const cells = (figures: LoadFigures | null): readonly (Cell | string)[] =>
  figures
    ? [
        figures.rate,
        figures.p50,
        figures.p95,
        figures.p99,
        figures.failed ? { content: figures.errors, style: 'bad free' } : figures.errors,
      ]
    : [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];

function rows(report: Report): readonly Row[] {
  const compared = report.loadBefore !== null;
  return loadRows(report).flatMap(({ endpoint, total, now, before }): readonly Row[] => {
    const name = total ? el('b', {}, endpoint) : endpoint;
    if (!compared) return [{ cells: [name, '', ...cells(now)] }];
    return [
      { cells: [name, 'before', ...cells(before)], style: 'second joined' },
      { cells: ['', 'after', ...cells(now)], style: 'after' },
    ];
  });
}

function timelineTable(load: LoadResult, title: string): Child {
  if (load.timeline.length < 2) return null;
  const time = (seconds: number | null): string => (seconds === null ? NOTHING : formatDuration(seconds));
  const lines = joinTicks(load.timeline, LINES).map(({ at, perSecond, p50, p99, errors }) => ({
    cells: [formatNumber(at), formatNumber(perSecond), time(p50), time(p99), formatNumber(errors)],
  }));
  return details(title, table(title, TIMELINE, lines));
}

export function loadSection(report: Report): Child {
  const { load, loadBefore } = report;
  if (!load) return null;
  const sentences = loadSentences(report).map(({ text, valid }) =>
    el('p', { class: valid ? 'soft small' : 'invalid' }, text),
  );
  return section(
    'load',
    'Load',
    loadTitle(load),
    sentences,
    figure(
      'Response times by endpoint',
      `From the intended send to the last byte${loadBefore ? '; hollow marks: before the changes' : ''}.`,
      latencyChart(load, loadBefore),
    ),
    table('Load by endpoint', COLUMNS, rows(report)),
    figure(
      'Second by second',
      `A red × marks a second with errors${loadBefore ? '; dashed: before the changes' : ''}.`,
      timelineChart(load, loadBefore),
    ),
    loadBefore ? timelineTable(loadBefore, 'Second by second, before the changes') : null,
    timelineTable(load, loadBefore ? 'Second by second, after the changes' : 'Second by second'),
  );
}
