import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { agentRows } from '../content/load/agents.ts';
import { connectionText } from '../content/load/connections.ts';
import { checkRows, checkTally, errorRows } from '../content/load/failures.ts';
import { PERCENTILES, serverText, timeRows, waitText } from '../content/load/latency.ts';
import { type LoadFigures, loadRows, loadSentences, loadTitle } from '../content/load.ts';
import { NOTHING } from '../format.ts';
import { md, section, table } from './parts.ts';

const cells = (figures: LoadFigures | null): readonly string[] =>
  figures
    ? [figures.rate, figures.p50, figures.p95, figures.p99, md(figures.errors)]
    : [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];

function steps(report: Report): readonly string[] {
  const rows = loadRows(report).flatMap((one) => {
    const name = one.total ? `**${md(one.endpoint)}**` : md(one.endpoint);
    if (!report.loadBefore) return [[name, ...cells(one.now)]];
    return [
      [name, 'before', ...cells(one.before)],
      ['', 'after', ...cells(one.now)],
    ];
  });
  const head = ['Endpoint', ...(report.loadBefore ? ['Changes'] : []), 'Req/s', 'p50', 'p95', 'p99', 'Errors'];
  const first = report.loadBefore ? 2 : 1;
  return table(head, [first, first + 1, first + 2, first + 3, first + 4], rows);
}

function times(load: LoadResult): readonly string[] {
  const rows = timeRows(load).map(({ name, span, values }) => [`**${name}** (${span})`, ...values]);
  return table(
    ['Time', ...PERCENTILES],
    PERCENTILES.map((_, i) => i + 1),
    rows,
  );
}

function failures(load: LoadResult): readonly string[] {
  const rows = errorRows(load).map(({ kind, meaning, count, share, where }) => [
    `**${md(kind)}**`,
    count,
    share,
    md(where),
    md(meaning),
  ]);
  return rows.length === 0 ? [] : table(['Error', 'Requests', 'Of those sent', 'Where', 'Meaning'], [1, 2], rows);
}

function checks(load: LoadResult): readonly string[] {
  const all = checkRows(load);
  if (all.length === 0) return [];
  const rows = all.map(({ word, check, step, passed, failed, share }) => [
    `**${word}**`,
    md(check),
    md(step),
    passed,
    failed,
    share,
  ]);
  return [
    `${checkTally(all)}.`,
    '',
    ...table(['Result', 'Check', 'Step', 'Passed', 'Failed', 'Held'], [3, 4, 5], rows),
  ];
}

function agents(load: LoadResult): readonly string[] {
  const rows = agentRows(load).map(({ word, name, host, workers, sent, clock }) => [
    `**${word}**`,
    md(name),
    md(host),
    workers,
    sent,
    clock,
  ]);
  return rows.length === 0 ? [] : table(['State', 'Agent', 'Host', 'Workers', 'Sent', 'Clock'], [3, 4, 5], rows);
}

/** The load; beside a trial, whose own section says more, only the steps before and after. */
export function loadLines(report: Report): readonly string[] {
  const { load } = report;
  if (!load) return [];
  const alone = report.loadBefore === null;
  const explained = alone ? [waitText(load), serverText(load), connectionText(load)] : [];
  return [
    ...section('Load', loadTitle(load)),
    ...(alone ? times(load) : []),
    ...steps(report),
    ...(alone ? [...failures(load), ...checks(load), ...agents(load)] : []),
    ...loadSentences(report).map(({ text, tone }) => `- ${tone === 'plain' ? md(text) : `**${md(text)}**`}`),
    ...explained.filter((text) => text !== null).map((text) => `- ${md(text)}`),
    '',
  ];
}
