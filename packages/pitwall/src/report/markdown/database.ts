import type { DatabaseReport } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import {
  adviceNotes,
  adviceTally,
  type EffectText,
  notConsideredTexts,
  proposalTexts,
  rejectionTexts,
} from '../content/database/advice.ts';
import { planLines, planTimes } from '../content/database/plan.ts';
import { databasesOf, sourceTexts, statementTexts, workloadTally } from '../content/database/statements.ts';
import { countOf } from '../format.ts';
import { clean, cleanLines } from '../text.ts';
import { fence, md, section, table } from './parts.ts';

export function databaseLines(report: Report): readonly string[] {
  return databasesOf(report).flatMap((database) => [
    ...workloadLines(database),
    ...explainedLines(database),
    ...adviceLines(database),
  ]);
}

function workloadLines({ target, workload }: DatabaseReport): readonly string[] {
  if (!workload) return [];
  const rows = statementTexts(workload).map(({ share, time, calls, mean, rows: each, text, from, notes }) => [
    share,
    time,
    calls,
    mean,
    each,
    md(from),
    md(text),
    md(notes.join('; ')),
  ]);
  return [
    ...section(`Statements of ${md(clean(target))}`, workloadTally(workload)),
    ...table(['Share', 'Time', 'Calls', 'Mean', 'Rows', 'From', 'Statement', 'Notes'], [0, 1, 2, 3, 4], rows),
    ...sourceTexts(workload).map((text) => `- ${md(text)}`),
    '',
  ];
}

function explainedLines({ target, explained }: DatabaseReport): readonly string[] {
  if (!explained) return [];
  const lines = planLines(explained).flatMap(({ branch, below, title, figures, details, marks }) => [
    branch + title,
    ...[figures, ...details, ...marks.map((mark) => `! ${mark}`)]
      .filter((text) => text !== '')
      .map((text) => `${below}  ${text}`),
  ]);
  return [
    ...section(`Plan on ${md(clean(target))}`, planTimes(explained)),
    ...fence(cleanLines(explained.text)),
    '',
    ...fence(lines),
    '',
    ...explained.notes.map((note) => `- ${md(clean(note))}`),
    '',
  ];
}

function adviceLines({ target, advice }: DatabaseReport): readonly string[] {
  if (!advice) return [];
  return [
    ...section(`Indexes of ${md(clean(target))}`, adviceTally(advice)),
    ...proposalTexts(advice).flatMap(({ title, because, ddl, undo, facts, reads, writes }) => [
      `### ${md(title)}`,
      '',
      md(because),
      '',
      ...fence(ddl),
      '',
      'Undo:',
      '',
      ...fence(undo),
      '',
      ...facts.map(([label, value]) => `- ${label}: ${md(value)}`),
      '',
      ...effects('Reads that change', reads),
      ...effects('Writes that pay for it', writes),
    ]),
    ...adviceNotes(advice).map((text) => `- ${md(text)}`),
    ...rejectionTexts(advice).map(([index, because]) => `- Rejected: ${md(index)}: ${md(because)}`),
    ...notConsideredTexts(advice).map(
      ([because, count]) => `- Not considered, ${countOf(count, 'statement')}: ${md(because)}`,
    ),
    '',
  ];
}

function effects(title: string, texts: readonly EffectText[]): readonly string[] {
  if (texts.length === 0) return [];
  return table(
    [title, 'Calls', 'Planner', 'On a copy', '95 %', 'In place'],
    [1],
    texts.map(({ text, calls, planner, measured, interval, inPlace }) => [
      md(text),
      calls,
      planner,
      measured,
      interval,
      inPlace,
    ]),
  );
}
