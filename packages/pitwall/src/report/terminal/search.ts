import type { Report } from '../../model/report.ts';
import { objectiveSources, searchOf, searchRows, searchSentences, searchTitle } from '../content/search.ts';
import { wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

/** Cells of the screen below which not all columns have room. */
const WIDE = 80;

const COLUMNS: readonly Column[] = [
  { header: 'RATE', align: 'right' },
  { header: 'RESULT', align: 'left' },
  { header: 'ANSWERS/S', align: 'right' },
  { header: 'P50', align: 'right' },
  { header: 'P99', align: 'right' },
  { header: 'UNDER WAY', align: 'right' },
  { header: 'BECAUSE', align: 'left', grows: true },
];

/** The search: its answer, and every step that led to it. */
export function searchSection(report: Report, screen: Screen): readonly string[] {
  const search = searchOf(report);
  if (!search) return [];
  const wide = (text: string): string => (screen.width < WIDE ? '' : text);
  const steps = searchRows(search);
  const rows = steps.map(
    ({ rate, word, tone, throughput, p50, p99, underWay, broke }): Row => ({
      cells: [rate, { text: word, style: tone }, throughput, wide(p50), p99, wide(underWay), broke],
    }),
  );
  const reasons = screen.details
    ? steps.flatMap(({ rate, because }, i) =>
        because === '' ? [] : lines(`Step ${i + 1}, ${rate}: ${because}`, 'plain', screen),
      )
    : [];
  const prose = searchSentences(search).flatMap(({ text, tone }) => lines(text, tone, screen));
  const sources = screen.details ? objectiveSources(search).flatMap((text) => lines(text, 'plain', screen)) : [];
  return [
    '',
    ...titleLine('SEARCH', searchTitle(search), screen),
    '',
    ...(rows.length > 0 ? [...table(COLUMNS, rows, screen), ''] : []),
    ...prose,
    ...reasons,
    ...sources,
  ];
}

function lines(text: string, tone: Parameters<Screen['paint']>[0], screen: Screen): readonly string[] {
  const style = tone === 'plain' ? 'dim' : tone;
  return wrap(text, screen.width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${screen.paint(style, part)}`);
}
