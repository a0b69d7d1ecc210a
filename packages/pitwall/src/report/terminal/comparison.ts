import type { RunComparison } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import {
  type ComparedRow,
  comparedGroups,
  comparisonSentences,
  comparisonTally,
  comparisonTitle,
  shapeRows,
  sideTexts,
} from '../content/comparison.ts';
import { countOf } from '../format.ts';
import { wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'INDICATOR', align: 'left', grows: true },
  { header: 'A', align: 'right' },
  { header: 'B', align: 'right' },
  { header: 'CHANGE', align: 'right' },
  { header: '95 %', align: 'right' },
  { header: 'VERDICT', align: 'left' },
];

const WITH_NOISE: readonly Column[] = [
  ...COLUMNS.slice(0, 5),
  { header: 'SEEN FROM', align: 'right' },
  { header: 'VERDICT', align: 'left' },
];

/** Cells from which there is room for what it was before, for intervals, and for what could have been seen. */
const NARROW = 66;
const USUAL = 76;
const WIDE = 96;

/** With few rows everything is shown. */
const FEW = 14;

export function comparisonSection(report: Report, screen: Screen): readonly string[] {
  const { comparison } = report;
  return comparison ? ['', ...comparisonLines(comparison, screen)] : [];
}

/** The comparison by itself: what `pitwall compare` prints. The verdict comes last, where the eye is. */
function comparisonLines(comparison: RunComparison, screen: Screen): readonly string[] {
  const groups = comparedGroups(comparison);
  const all = screen.details || comparison.comparisons.length <= FEW;
  let hidden = 0;
  const rows = groups.flatMap(({ title, rows: found }): readonly Row[] => {
    const shown = found.filter((row) => all || row.important);
    hidden += found.length - shown.length;
    if (shown.length === 0) return [];
    return [{ note: title, style: 'title' }, ...shown.map((row) => cellsOf(row, screen))];
  });
  const shapes = shapeRows(comparison).filter(({ text }) => text !== '');
  const lines = (text: string, style: Parameters<Screen['paint']>[0]): readonly string[] =>
    wrap(text, screen.width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${screen.paint(style, part)}`);
  const [verdict, ...others] = comparisonSentences(comparison);
  return [
    ...titleLine('COMPARISON', comparisonTally(comparison), screen),
    ...wrap(comparisonTitle(comparison), screen.width - 2).map((part) => `  ${part}`),
    ...sideTexts(comparison).flatMap(({ name, text }) => lines(`${name.slice(0, 1)}: ${text}`, 'dim')),
    '',
    ...(rows.length > 0 ? [...table(screen.width >= WIDE ? WITH_NOISE : COLUMNS, rows, screen), ''] : []),
    ...(hidden > 0 ? lines(`${countOf(hidden, 'more indicator')} with --details.`, 'dim') : []),
    ...shapes.flatMap(({ endpoint, text }) => lines(`${endpoint}: ${text}`, 'warn')),
    ...others.flatMap(({ text }) => lines(text, 'dim')),
    ...lines(verdict!.text, verdict!.tone),
  ];
}

function cellsOf(row: ComparedRow, { width }: Screen): Row {
  return {
    cells: [
      // What has a long name has it on a line of its own, and its end beside the figures.
      { text: `  ${row.name}`, short: shortName(row.name), above: true, style: 'plain' },
      width < NARROW ? '' : row.a,
      row.b,
      row.change,
      width < USUAL ? '' : row.interval,
      ...(width >= WIDE ? [row.minimum] : []),
      { text: row.word, style: row.tone },
    ],
  };
}

/** The end of a name with dots in it, which says more than its beginning. */
export function shortName(name: string): string {
  const parts = name.split('.');
  return `  ${parts.length > 1 ? '…' : ''}${parts.at(-1)!}`;
}
