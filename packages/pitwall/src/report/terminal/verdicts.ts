import type { Report } from '../../model/report.ts';
import { type VerdictGroup, type VerdictRow, verdictGroups, verdictTally } from '../content/verdicts.ts';
import type { Screen } from './paint.ts';
import { type Cell, type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'STATUS', align: 'left' },
  { header: 'INDICATOR', align: 'left', grows: true },
  { header: 'VALUE', align: 'right' },
  { header: 'TARGET', align: 'right' },
  { header: 'WARN', align: 'right' },
  { header: 'CRIT', align: 'right' },
];

function rowsOf(row: VerdictRow, name: Cell, details: boolean, source: string): readonly Row[] {
  const rows: Row[] = [
    {
      cells: [
        { text: row.word, style: row.tone },
        name,
        { text: row.value, style: row.tone === 'good' ? 'plain' : row.tone },
        row.target,
        { text: row.warning, style: 'dim' },
        { text: row.critical, style: 'dim' },
      ],
    },
  ];
  if (row.because !== null) rows.push({ note: row.because, style: 'dim', indent: 2 });
  if (details && source !== 'config') rows.push({ note: `Limits: ${source}`, style: 'dim', indent: 2 });
  return rows;
}

function groupRows(group: VerdictGroup, { details }: Screen): readonly Row[] {
  const name = `${group.indicator} (${group.target})`;
  if (group.rows.length === 1 && group.rows[0]!.where === '')
    return rowsOf(
      group.rows[0]!,
      { text: name, short: `  ${group.target}`, above: true, style: 'plain' },
      details,
      group.source,
    );
  return [
    { note: name, style: 'plain' },
    ...group.rows.flatMap((row) => rowsOf(row, `  ${row.where || group.target}`, details, group.source)),
  ];
}

export function verdictSection(report: Report, screen: Screen): readonly string[] {
  if (report.verdicts.length === 0) return [];
  const rows = verdictGroups(report).flatMap((group) => groupRows(group, screen));
  return ['', ...titleLine('OBJECTIVES', verdictTally(report), screen), '', ...table(COLUMNS, rows, screen)];
}
