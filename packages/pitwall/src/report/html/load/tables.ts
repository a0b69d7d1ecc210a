import type { LoadResult } from '../../../model/load.ts';
import type { Report } from '../../../model/report.ts';
import { joinTicks } from '../../charts/time/join.ts';
import { checkRows, checkTally, errorRows } from '../../content/load/failures.ts';
import { PERCENTILES, stepTimes, timeRows } from '../../content/load/latency.ts';
import { type LoadFigures, loadRows } from '../../content/load.ts';
import { formatDuration, formatNumber, NOTHING } from '../../format.ts';
import { type Child, el } from '../element.ts';
import { badge, type Cell, details, part, type Row, table } from '../parts.ts';

const COLUMNS = [
  { label: 'Endpoint' },
  { label: 'Changes', words: true },
  { label: 'Requests/s', figure: true },
  { label: 'p50', figure: true },
  { label: 'p95', figure: true },
  { label: 'p99', figure: true },
  { label: 'Errors', figure: true },
] as const;

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

export function endpointTable(report: Report): Child {
  const compared = report.loadBefore !== null;
  const rows = loadRows(report).flatMap(({ endpoint, note, total, now, before }): readonly Row[] => {
    const name = total
      ? el('b', {}, endpoint)
      : [endpoint, note === '' ? null : el('div', { class: 'soft small' }, note)];
    if (!compared) return [{ cells: [name, '', ...cells(now)] }];
    return [
      { cells: [name, 'before', ...cells(before)], style: 'second joined' },
      { cells: ['', 'after', ...cells(now)], style: 'after' },
    ];
  });
  return table('Load by endpoint', COLUMNS, rows);
}

/** Every kind of time over all steps. */
export function timesTable(load: LoadResult): Child {
  const rows = timeRows(load).map(({ name, span, values }) => ({
    cells: [[el('b', {}, name), el('div', { class: 'soft small' }, span)], ...values],
  }));
  const columns = [{ label: 'Time' }, ...PERCENTILES.map((label) => ({ label, figure: true }) as const)];
  return table('Percentiles of every kind of time', columns, rows);
}

export function stepTimesTable(load: LoadResult): Child {
  const { kinds, rows } = stepTimes(load);
  if (rows.length === 0) return null;
  const known = kinds.includes('server');
  const columns = [
    { label: 'Endpoint' },
    ...kinds.map((label) => ({ label, figure: true }) as const),
    ...(known ? [{ label: 'elsewhere', figure: true } as const] : []),
  ];
  const cells = rows.map(({ step, times, outside }) => ({
    cells: [
      step,
      ...times.map(({ p50, p99 }) => [p50, el('div', { class: 'soft' }, p99)]),
      ...(known ? [[outside, el('div', { class: 'soft' }, 'mean')]] : []),
    ],
  }));
  const title = 'Where the time goes, by endpoint';
  return details(`${title}: p50, and p99 below it`, table(title, columns, cells));
}

export function errorsPart(load: LoadResult): Child {
  const rows = errorRows(load).map(({ kind, meaning, count, share, where }) => ({
    cells: [
      [el('b', { class: 'bad' }, kind), meaning === '' ? null : el('div', { class: 'soft small' }, meaning)],
      count,
      share,
      where,
    ],
  }));
  if (rows.length === 0) return null;
  const columns = [
    { label: 'Kind' },
    { label: 'Requests', figure: true },
    { label: 'Of those sent', figure: true },
    { label: 'Where' },
  ] as const;
  return part('Errors', table('Errors by kind', columns, rows));
}

export function checksPart(load: LoadResult): Child {
  const all = checkRows(load);
  if (all.length === 0) return null;
  const columns = [
    { label: 'Result' },
    { label: 'Check' },
    { label: 'Step' },
    { label: 'Passed', figure: true },
    { label: 'Failed', figure: true },
    { label: 'Held', figure: true },
  ] as const;
  const rows = all.map((row) => ({
    cells: [
      badge(row),
      row.check,
      row.step,
      row.passed,
      { content: row.failed, style: row.held ? '' : row.tone },
      row.share,
    ],
  }));
  return part('Checks', el('p', { class: 'soft small' }, `${checkTally(all)}.`), table('Checks', columns, rows));
}

const TIMELINE = [
  { label: 'Second' },
  { label: 'Ended/s', figure: true },
  { label: 'p50', figure: true },
  { label: 'p90', figure: true },
  { label: 'p99', figure: true },
  { label: 'In flight', figure: true },
  { label: 'Errors', figure: true },
] as const;

/** Lines of a timeline's table; longer runs are joined. */
const LINES = 60;

export function timelineTable(load: LoadResult, title: string): Child {
  const points = joinTicks(load.timeline, LINES);
  if (points.length < 2) return null;
  const time = (seconds: number | null): string => (seconds === null ? NOTHING : formatDuration(seconds));
  const lines = points.map(({ from, perSecond, p50, p90, p99, inFlight, errors }) => ({
    cells: [
      formatNumber(from),
      formatNumber(perSecond),
      time(p50),
      time(p90),
      time(p99),
      inFlight === null ? NOTHING : formatNumber(inFlight),
      formatNumber(errors),
    ],
  }));
  return details(title, table(title, TIMELINE, lines));
}
