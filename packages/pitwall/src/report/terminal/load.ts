import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { agentRows } from '../content/load/agents.ts';
import { connectionText } from '../content/load/connections.ts';
import { checkRows, checkTally, errorRows } from '../content/load/failures.ts';
import { PERCENTILES, serverText, timeRows, waitText } from '../content/load/latency.ts';
import { type LoadFigures, loadRows, loadSentences, loadTitle } from '../content/load.ts';
import { NOTHING } from '../format.ts';
import { cutEnd, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Cell, type Column, type Row, table, titleLine } from './table.ts';

const STEPS: readonly Column[] = [
  { header: 'ENDPOINT', align: 'left', grows: true },
  { header: 'REQ/S', align: 'right' },
  { header: 'P50', align: 'right' },
  { header: 'P95', align: 'right' },
  { header: 'P99', align: 'right' },
  { header: 'ERRORS', align: 'right' },
];

/** What fits beside a name: seven percentiles into 80 columns, five into fewer. All are in --json and in HTML. */
const WIDE = 80;
const NARROW: readonly string[] = ['p50', 'p90', 'p99', 'p99.9', 'max'];

function shownIn({ width }: Screen): readonly string[] {
  return PERCENTILES.filter((name) => (width < WIDE ? NARROW.includes(name) : name !== 'mean'));
}

/** Kinds of errors are words of ours; those of a later version may be longer. */
const LONGEST_KIND = 16;

const ERRORS: readonly Column[] = [
  { header: 'ERROR', align: 'left' },
  { header: 'COUNT', align: 'right' },
  { header: 'SHARE', align: 'right' },
  { header: 'WHERE', align: 'left', grows: true },
];

const CHECKS: readonly Column[] = [
  { header: 'CHECK', align: 'left', grows: true },
  { header: 'PASSED', align: 'right' },
  { header: 'FAILED', align: 'right' },
  { header: 'HELD', align: 'right' },
];

const cellsOf = (figures: LoadFigures | null, kinds: boolean): readonly Cell[] =>
  figures
    ? [
        figures.rate,
        figures.p50,
        figures.p95,
        figures.p99,
        { text: kinds ? figures.errors : figures.failures, style: figures.failed ? 'bad' : 'plain' },
      ]
    : [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];

function stepLines(report: Report, screen: Screen): readonly string[] {
  const all = loadRows(report);
  // Several kinds would leave no room for the names; on its own a load has a table of them.
  const single = all.every(({ now, before }) => [now, before].every((one) => !one?.errors.includes(',')));
  const kinds = report.loadBefore !== null && single;
  const rows = all.flatMap((row): readonly Row[] => {
    const name: Cell = row.total ? { text: row.endpoint, style: 'title' } : row.endpoint;
    if (!report.loadBefore) return [{ cells: [name, ...cellsOf(row.now, kinds)] }];
    const before = cellsOf(row.before, kinds).map(
      (cell): Cell => (typeof cell === 'object' ? cell : { text: cell, style: 'dim' }),
    );
    return [
      { cells: [name, ...cellsOf(row.now, kinds)] },
      { cells: [{ text: '  before the changes', style: 'dim' }, ...before] },
    ];
  });
  return table(STEPS, rows, screen);
}

function timeLines(load: LoadResult, screen: Screen): readonly string[] {
  const shown = shownIn(screen);
  const columns: readonly Column[] = [
    { header: 'TIME', align: 'left', grows: true },
    ...shown.map((name): Column => ({ header: name.toUpperCase(), align: 'right' })),
  ];
  const rows = timeRows(load).map(({ name, values }): Row => {
    const figures = values.filter((_, i) => shown.includes(PERCENTILES[i]!));
    return { cells: [{ text: name, style: name === 'response' ? 'title' : 'plain' }, ...figures] };
  });
  return [...table(columns, rows, screen), ''];
}

function errorLines(load: LoadResult, screen: Screen): readonly string[] {
  const rows = errorRows(load).map(
    ({ kind, count, share, where }): Row => ({
      cells: [{ text: cutEnd(kind, LONGEST_KIND), style: 'bad' }, count, share, where],
    }),
  );
  return rows.length === 0 ? [] : ['', ...table(ERRORS, rows, screen)];
}

/** Those that failed; all of them with `details`. */
function checkLines(load: LoadResult, screen: Screen): readonly string[] {
  const all = checkRows(load);
  if (all.length === 0) return [];
  const rows = all
    .filter(({ held }) => screen.details || !held)
    .map(
      ({ check, step, passed, failed, share, tone }): Row => ({
        cells: [`${step}: ${check}`, passed, { text: failed, style: tone === 'good' ? 'plain' : tone }, share],
      }),
    );
  return ['', ...(rows.length === 0 ? [] : table(CHECKS, rows, screen)), `  ${checkTally(all)}.`];
}

const AGENTS: readonly Column[] = [
  { header: 'STATE', align: 'left' },
  { header: 'AGENT', align: 'left', grows: true },
  { header: 'WORKERS', align: 'right' },
  { header: 'SENT', align: 'right' },
  { header: 'CLOCK', align: 'right' },
];

function agentLines(load: LoadResult, screen: Screen): readonly string[] {
  const rows = agentRows(load).map(
    ({ word, tone, name, host, workers, sent, clock }): Row => ({
      cells: [
        { text: word, style: tone },
        // Names that people do not give begin with the host.
        name.startsWith(host) ? name : { text: `${name} on ${host}`, short: name, style: 'plain' },
        screen.width < WIDE ? '' : workers,
        sent,
        clock,
      ],
    }),
  );
  return rows.length === 0 ? [] : ['', ...table(AGENTS, rows, screen)];
}

type Style = Parameters<Screen['paint']>[0];

const prose = (text: string | null, style: Style, screen: Screen): readonly string[] =>
  text === null
    ? []
    : wrap(text, screen.width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${screen.paint(style, part)}`);

/**
 * The load: percentiles of every kind of time, steps, errors, checks, connections, and why the numbers may be believed. Beside
 * a trial, whose own section says more, only the steps before and after.
 */
export function loadSection(report: Report, screen: Screen): readonly string[] {
  const { load } = report;
  if (!load) return [];
  const alone = report.loadBefore === null || screen.details;
  const explained = alone ? [waitText(load), serverText(load)] : [];
  return [
    '',
    ...titleLine('LOAD', loadTitle(load), screen),
    '',
    ...(alone ? timeLines(load, screen) : []),
    ...stepLines(report, screen),
    ...(alone ? errorLines(load, screen) : []),
    ...(alone ? checkLines(load, screen) : []),
    ...(alone ? agentLines(load, screen) : []),
    '',
    ...loadSentences(report).flatMap(({ text, tone }) => prose(text, tone === 'plain' ? 'dim' : tone, screen)),
    ...explained.flatMap((text) => prose(text, 'dim', screen)),
    ...(alone ? prose(connectionText(load), 'dim', screen) : []),
  ];
}
