import type { Report } from '../../model/report.ts';
import {
  type ComparisonText,
  GONE,
  type OutcomeText,
  outcomeTally,
  outcomeText,
  restText,
} from '../content/outcomes.ts';
import { DECISION } from '../content/words.ts';
import { cutEnd } from '../text.ts';
import type { Screen } from './paint.ts';
import { effectSection } from './past.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const COLUMNS: readonly Column[] = [
  { header: 'CHANGE', align: 'left', grows: true },
  { header: 'BEFORE', align: 'right' },
  { header: 'AFTER', align: 'right' },
  { header: 'EFFECT', align: 'right' },
];

/** Beyond these a terminal says how many there are, unless details are asked for. */
const COMPARISONS = 5;

function comparedRow(comparison: ComparisonText): Row {
  return {
    cells: [
      {
        text: `  ${comparison.indicator} · ${comparison.where}`,
        short: `  …${comparison.indicator.split('.').slice(-2).join('.')} · ${comparison.where}`,
        style: 'plain',
      },
      comparison.before,
      comparison.after,
      { text: comparison.effect, style: comparison.tone },
    ],
  };
}

function trialText({ headline, design }: OutcomeText): string {
  if (!headline) return design;
  if (headline.effect === GONE) return `${headline.before} → ${headline.after}, ${GONE} · ${headline.blocks} ${design}`;
  const estimate = headline.effect === headline.estimate ? '' : `${headline.estimate}, `;
  return `${estimate}95 % interval ${headline.interval} · ${headline.blocks} ${design} · noise ${headline.noise}`;
}

/** The text of the statement that a comparison is of, on one line. */
function titleRow({ title }: ComparisonText, { width }: Screen): readonly Row[] {
  return title === null ? [] : [{ note: cutEnd(title, width - 6), style: 'dim', indent: 4 }];
}

function outcomeRows(outcome: OutcomeText, screen: Screen): readonly Row[] {
  const { details } = screen;
  const shown = details ? outcome.all : outcome.decisive.slice(0, COMPARISONS);
  const rest = restText(outcome.all.slice(shown.length));
  const rows: Row[] = [
    { lead: { text: outcome.word, style: outcome.tone }, note: outcome.change, style: 'title' },
    ...shown.flatMap((one) => [comparedRow(one), ...titleRow(one, screen)]),
    { note: trialText(outcome), style: 'dim', indent: 4 },
  ];
  if (rest !== null) rows.push({ note: rest, style: 'dim', indent: 4 });
  // What was kept is said by the figures above; what was not needs its reason.
  if (details || outcome.word !== DECISION.kept.word) rows.push({ note: outcome.because, style: 'plain', indent: 2 });
  if (details) {
    rows.push({ note: `Done: ${outcome.apply}`, style: 'dim', indent: 2 });
    rows.push({ note: `Taken back by: ${outcome.undo}`, style: 'dim', indent: 2 });
  }
  return rows;
}

export function outcomeSection(report: Report, screen: Screen): readonly string[] {
  if (report.outcomes.length === 0) return [];
  const rows = report.outcomes.flatMap((outcome): readonly Row[] => [
    { cells: [] },
    ...outcomeRows(outcomeText(outcome), screen),
  ]);
  return [
    '',
    ...titleLine('BEFORE AND AFTER', outcomeTally(report), screen),
    '',
    ...table(COLUMNS, rows, screen),
    ...effectSection(report, screen),
  ];
}
