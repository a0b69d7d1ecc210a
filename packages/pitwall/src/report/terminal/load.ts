import type { Report } from '../../model/report.ts';
import { type LoadFigures, loadRows, loadSentences, loadTitle } from '../content/load.ts';
import { NOTHING } from '../format.ts';
import { wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Cell, type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'ENDPOINT', align: 'left', grows: true },
  { header: 'REQ/S', align: 'right' },
  { header: 'P50', align: 'right' },
  { header: 'P95', align: 'right' },
  { header: 'P99', align: 'right' },
  { header: 'ERRORS', align: 'right' },
];

const cellsOf = (figures: LoadFigures | null): readonly Cell[] =>
  figures
    ? [
        figures.rate,
        figures.p50,
        figures.p95,
        figures.p99,
        { text: figures.errors, style: figures.failed ? 'bad' : 'plain' },
      ]
    : [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];

export function loadSection(report: Report, screen: Screen): readonly string[] {
  if (!report.load) return [];
  const { loadBefore } = report;
  const rows = loadRows(report).flatMap((row): readonly Row[] => {
    const name: Cell = row.total ? { text: row.endpoint, style: 'title' } : row.endpoint;
    if (!loadBefore) return [{ cells: [name, ...cellsOf(row.now)] }];
    const before = cellsOf(row.before).map(
      (cell): Cell => (typeof cell === 'object' ? cell : { text: cell, style: 'dim' }),
    );
    return [
      { cells: [name, ...cellsOf(row.now)] },
      { cells: [{ text: '  before the changes', style: 'dim' }, ...before] },
    ];
  });
  const validity = loadSentences(report).flatMap(({ text, valid }) =>
    wrap(text, screen.width - 4).map(
      (part, i) => `  ${i === 0 ? '' : '  '}${screen.paint(valid ? 'dim' : 'bad', part)}`,
    ),
  );
  return [
    '',
    ...titleLine('LOAD', loadTitle(report.load), screen),
    '',
    ...table(COLUMNS, rows, screen),
    '',
    ...validity,
  ];
}
