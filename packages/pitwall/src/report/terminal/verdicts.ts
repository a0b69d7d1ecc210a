import type { Report } from '../../model/report.ts';
import { type VerdictGroup, type VerdictRow, verdictGroups, verdictTally } from '../content/verdicts.ts';
import { STATUS } from '../content/words.ts';
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
  if (row.because !== null && (details || !settled(row, source)))
    rows.push({ note: row.because, style: 'dim', indent: 2 });
  if (details && source !== 'config') rows.push({ note: `Limits: ${source}`, style: 'dim', indent: 2 });
  return rows;
}

/** Needs no explanation in the short form: it passed, or it is a default that nothing measured here (NOT MEASURABLE says why). */
function settled({ word }: VerdictRow, source: string): boolean {
  return word === STATUS.pass.word || (word === STATUS['no-data'].word && source !== 'config');
}

/** What passed is shown once, with how many it stands for; all else in full. `--details` shows every row. */
function shortened(group: VerdictGroup): readonly (VerdictRow & { readonly short?: string })[] {
  const passed = group.rows.filter(({ word }) => word === STATUS.pass.word);
  const rest = group.rows.filter(({ word }) => word !== STATUS.pass.word);
  const first = passed[0];
  if (!first || passed.length === 1) return group.rows;
  const others = rest.length > 0 ? ' others' : '';
  const where = `${passed.length}${others}, the worst ${first.where}`;
  return [...rest, { ...first, where, short: `${passed.length}, worst ${first.where}` }];
}

function groupRows(group: VerdictGroup, { details }: Screen): readonly Row[] {
  const name = `${group.indicator} (${group.target})`;
  const shown: ReturnType<typeof shortened> = details ? group.rows : shortened(group);
  if (shown.length === 1 && shown[0]!.where === '')
    return rowsOf(
      shown[0]!,
      { text: name, short: `  ${group.target}`, above: true, style: 'plain' },
      details,
      group.source,
    );
  return [
    { note: name, style: 'plain' },
    ...shown.flatMap((row) => {
      const text = `  ${row.where || group.target}`;
      const short = row.short === undefined ? text : `  ${row.short}`;
      return rowsOf(row, { text, short, style: 'plain' }, details, group.source);
    }),
  ];
}

export function verdictSection(report: Report, screen: Screen): readonly string[] {
  if (report.verdicts.length === 0) return [];
  const rows = verdictGroups(report).flatMap((group) => groupRows(group, screen));
  return ['', ...titleLine('OBJECTIVES', verdictTally(report), screen), '', ...table(COLUMNS, rows, screen)];
}
