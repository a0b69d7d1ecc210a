import type { Report } from '../../model/report.ts';
import { costRows, costSentences, costTitle, shareRows, stepCostRows } from '../content/ledger.ts';
import { hasPercentiles, truthRows } from '../content/server-truth.ts';
import { NOTHING } from '../format.ts';
import { type Child, el } from './element.ts';
import { details, part, section, table } from './parts.ts';

/** What one request cost the targets, and the service's own view of time. */
export function ledgerSection(report: Report): Child {
  const { ledger } = report;
  if (!ledger) return null;
  return section(
    'cost-per-request',
    'Cost per request',
    costTitle(ledger),
    costTable(report),
    stepTable(report),
    shareTable(report),
    truthPart(report),
    costSentences(report).map((text) => el('p', { class: 'soft small' }, text)),
  );
}

function costTable(report: Report): Child {
  const columns = [
    { label: 'Target' },
    { label: 'What' },
    { label: 'Each request', figure: true },
    { label: 'Total', figure: true },
    { label: '± up to', figure: true },
  ] as const;
  const rows = costRows(report).map(({ target, what, each, total, uncertainty, none }) => ({
    cells: [target, what, none ? total : el('b', {}, each), total, uncertainty],
    ...(none ? { style: 'second' } : {}),
  }));
  return table('Cost of one request', columns, rows);
}

function stepTable(report: Report): Child {
  const rows = stepCostRows(report);
  if (rows.length === 0) return null;
  const known = (text: string): string => (text === NOTHING ? '' : text);
  const columns = [
    { label: 'Step' },
    { label: 'Requests', figure: true },
    { label: 'Bytes', figure: true },
    { label: 'Server', figure: true },
    { label: 'Databases', figure: true },
    { label: 'CPU', figure: true },
    { label: '95 % interval', figure: true },
  ] as const;
  return part(
    'By step',
    table(
      'What can be told of each step, for one request',
      columns,
      rows.map(({ step, requests, bytes, server, database, cpu, cpuInterval }) => ({
        cells: [step, requests, bytes, known(server), known(database), known(cpu), cpuInterval],
      })),
    ),
  );
}

function shareTable(report: Report): Child {
  const rows = shareRows(report).map(({ step, target, what, each, interval }) => ({
    cells: [step, target, what, each, interval],
  }));
  if (rows.length === 0) return null;
  const columns = [
    { label: 'Step' },
    { label: 'Target' },
    { label: 'What' },
    { label: 'Each request', figure: true },
    { label: '95 % interval', figure: true },
  ] as const;
  return details('All that could be told apart by step', table('Costs told apart by step', columns, rows));
}

function truthPart(report: Report): Child {
  const rows = truthRows(report);
  if (rows.length === 0) return null;
  const percentiles = hasPercentiles(rows);
  const columns = [
    { label: 'Step' },
    { label: 'From', words: true },
    { label: 'Client saw', figure: true },
    { label: 'Server says', figure: true },
    { label: 'Between', figure: true },
    ...(percentiles
      ? ([
          { label: 'its p50', figure: true },
          { label: 'its p99', figure: true },
        ] as const)
      : []),
    { label: 'Requests of client', figure: true },
    { label: 'and server', figure: true },
  ] as const;
  return part(
    "The service's own view of time",
    table(
      percentiles
        ? 'What the client saw and what the service says: means, and percentiles of the differences of single requests'
        : 'What the client saw and what the service says, means',
      columns,
      rows.map((row) => ({
        cells: [
          row.step,
          row.source,
          row.client,
          row.server,
          el('b', {}, row.between),
          ...(percentiles ? [row.betweenP50, row.betweenP99] : []),
          row.clientCount,
          row.serverCount,
        ],
      })),
    ),
  );
}
