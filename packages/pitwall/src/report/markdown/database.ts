import type { DatabaseReport, Explained } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import {
  adviceNotes,
  adviceTally,
  EFFECTS,
  type EffectText,
  effectColumns,
  notConsideredTexts,
  notKnownTexts,
  proposalTexts,
  rejectionTexts,
} from '../content/database/advice.ts';
import { BEYOND, beyondTexts, planLines, planNotes, planTimes } from '../content/database/plan.ts';
import { databasesOf, sourceTexts, statementTexts, workloadTally } from '../content/database/statements.ts';
import { madeEffects, signTally } from '../content/past.ts';
import { countOf } from '../format.ts';
import { clean, cleanLines } from '../text.ts';
import { stateLines } from './database-state.ts';
import { fence, md, section, table } from './parts.ts';
import { effectGroupLines } from './past.ts';

export function databaseLines(report: Report): readonly string[] {
  return databasesOf(report).flatMap((database) => [
    ...workloadLines(database),
    ...stateLines(database),
    ...explainedLines(database),
    ...adviceLines(database),
    ...madeLines(database),
  ]);
}

function madeLines({ target, made }: DatabaseReport): readonly string[] {
  const groups = madeEffects(made ?? []);
  if (groups.length === 0) return [];
  return [...section(`Made before on ${md(clean(target))}`, signTally(groups)), ...effectGroupLines(groups)];
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
    ...beyondLines(explained),
    ...planNotes(explained).map((note) => `- ${md(note)}`),
    '',
  ];
}

function beyondLines(explained: Explained): readonly string[] {
  const texts = beyondTexts(explained);
  if (texts.length === 0) return [];
  return [
    `### ${BEYOND}`,
    '',
    ...texts.flatMap(({ because, ddl }) => [md(because), '', ...(ddl.length > 0 ? [...fence(ddl), ''] : [])]),
  ];
}

function adviceLines(database: DatabaseReport): readonly string[] {
  const { target, advice, explained } = database;
  if (!advice) return [];
  return [
    ...section(`Indexes of ${md(clean(target))}`, adviceTally(advice, explained)),
    ...notKnownTexts(advice).flatMap((text) => [md(text), '']),
    ...proposalTexts(database).flatMap(({ title, because, ddl, undo, facts, reads, writes }) => [
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
      ...effects(EFFECTS.found, reads),
      ...effects(EFFECTS.writes, writes),
    ]),
    ...adviceNotes(database).map((text) => `- ${md(text)}`),
    ...rejectionTexts(advice).map(([index, because]) => `- Rejected: ${md(index)}: ${md(because)}`),
    ...notConsideredTexts(advice).flatMap(({ because, statements, more }) => [
      `- Not considered: ${md(because)}`,
      ...statements.map(([share, text]) => `  - ${share}: ${md(text)}`),
      ...(more > 0 ? [`  - … ${countOf(more, 'more statement')}`] : []),
    ]),
    '',
  ];
}

function effects(title: string, texts: readonly EffectText[]): readonly string[] {
  if (texts.length === 0) return [];
  const columns = effectColumns(texts);
  return table(
    [title, 'Calls', ...columns.map(([label]) => label)],
    [1],
    texts.map((effect) => [md(effect.text), effect.calls, ...columns.map(([, field]) => effect[field])]),
  );
}
