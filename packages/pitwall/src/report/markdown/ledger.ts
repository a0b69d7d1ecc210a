import type { Report } from '../../model/report.ts';
import { costRows, costSentences, costTitle, stepCostRows } from '../content/ledger.ts';
import { hasPercentiles, truthRows } from '../content/server-truth.ts';
import { md, section, table } from './parts.ts';

/** What one request cost the targets, and the service's own view of time. */
export function ledgerLines(report: Report): readonly string[] {
  const { ledger } = report;
  if (!ledger) return [];
  return [
    ...section('Cost per request', costTitle(ledger)),
    ...costs(report),
    ...steps(report),
    ...truth(report),
    ...costSentences(report).map((text) => `- ${md(text)}`),
    '',
  ];
}

function costs(report: Report): readonly string[] {
  const rows = costRows(report)
    .filter(({ none }) => !none)
    .map(({ target, what, each, total, uncertainty }) => [md(target), md(what), `**${each}**`, total, uncertainty]);
  return table(['Target', 'What', 'Each request', 'Total', '± up to'], [2, 3, 4], rows);
}

function steps(report: Report): readonly string[] {
  const rows = stepCostRows(report).map(({ step, requests, bytes, server, database, cpu, cpuInterval }) => [
    md(step),
    requests,
    bytes,
    server,
    database,
    cpuInterval === '' ? cpu : `${cpu} (${cpuInterval})`,
  ]);
  return rows.length === 0
    ? []
    : table(['Step', 'Requests', 'Bytes', 'Server', 'Databases', 'CPU (95 % interval)'], [1, 2, 3, 4, 5], rows);
}

function truth(report: Report): readonly string[] {
  const truth = truthRows(report);
  if (truth.length === 0) return [];
  const percentiles = hasPercentiles(truth);
  const rows = truth.map((row) => [
    md(row.step),
    row.source,
    row.client,
    row.server,
    `**${md(row.between)}**`,
    ...(percentiles ? [md(row.betweenP50), md(row.betweenP99)] : []),
  ]);
  const headers = ['Step', 'From', 'Client saw', 'Server says', 'Between', ...(percentiles ? ['p50', 'p99'] : [])];
  return table(headers, percentiles ? [2, 3, 4, 5, 6] : [2, 3, 4], rows);
}
