import type { DatabaseReport } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import { sweepChart } from '../charts/sweep.ts';
import {
  adviceNotes,
  adviceTally,
  type EffectText,
  notConsideredTexts,
  type ProposalText,
  proposalTexts,
  rejectionTexts,
} from '../content/database/advice.ts';
import { planLines, planTimes } from '../content/database/plan.ts';
import { databasesOf, sourceTexts, statementTexts, workloadTally } from '../content/database/statements.ts';
import { countOf } from '../format.ts';
import { clean, cleanLines, cutEnd } from '../text.ts';
import { type Child, el } from './element.ts';
import { code, details, figure, part, section, table } from './parts.ts';

const STATEMENTS = [
  { label: 'Share', figure: true },
  { label: 'Time', figure: true },
  { label: 'Calls', figure: true },
  { label: 'Mean', figure: true },
  { label: 'Rows', figure: true },
  { label: 'From', words: true },
  { label: 'Statement' },
] as const;

const EFFECTS = [
  { label: 'Statement' },
  { label: 'Calls', figure: true },
  { label: 'Planner', words: true },
  { label: 'On a copy', words: true },
  { label: '95 %', words: true },
  { label: 'In place', words: true },
] as const;

export function databaseSection(report: Report): Child {
  return databasesOf(report).map((database, i) => [
    workloadPart(database, i),
    explainedPart(database, i),
    advicePart(database, i),
  ]);
}

const soft = (text: string): Child => el('p', { class: 'soft small' }, text);

function workloadPart({ target, workload }: DatabaseReport, i: number): Child {
  if (!workload) return null;
  const rows = statementTexts(workload).map(({ share, time, calls, mean, rows: each, text, from, notes }) => ({
    cells: [
      share,
      time,
      calls,
      mean,
      each,
      cutEnd(from, 40),
      { content: [el('code', {}, text), notes.map(soft)], style: 'free' },
    ],
  }));
  return section(
    `statements-${i}`,
    `Statements of ${clean(target)}`,
    workloadTally(workload),
    table(`Statements of ${clean(target)}`, STATEMENTS, rows),
    sourceTexts(workload).map(soft),
  );
}

function explainedPart({ target, explained }: DatabaseReport, i: number): Child {
  if (!explained) return null;
  const lines = planLines(explained).flatMap(({ branch, below, title, figures, details: more, marks }) => [
    el('span', {}, `${branch}${title}\n`),
    ...[figures, ...more]
      .filter((text) => text !== '')
      .map((text) => el('span', { class: 'soft' }, `${below}  ${text}\n`)),
    ...marks.map((mark) => el('span', { class: 'warn' }, `${below}  ! ${mark}\n`)),
  ]);
  return section(
    `plan-${i}`,
    `Plan on ${clean(target)}`,
    planTimes(explained),
    code(cleanLines(explained.text)),
    el('pre', {}, el('code', {}, lines)),
    explained.notes.map((note) => soft(clean(note))),
  );
}

function advicePart({ target, advice }: DatabaseReport, i: number): Child {
  if (!advice) return null;
  const rejected = rejectionTexts(advice);
  return section(
    `indexes-${i}`,
    `Indexes of ${clean(target)}`,
    adviceTally(advice),
    proposalTexts(advice).map(proposalPart),
    figure(
      'Budget',
      'Time of the workload, by the planner, that each number of bytes of new indexes would buy.',
      sweepChart(advice.sweep, `sweep-${i}`),
    ),
    adviceNotes(advice).map(soft),
    rejected.length === 0
      ? null
      : details(
          `Considered and rejected: ${countOf(rejected.length, 'index', 'indexes')}`,
          table(
            'Rejected indexes',
            [{ label: 'Index' }, { label: 'Why' }],
            rejected.map((cells) => ({ cells })),
          ),
        ),
    notConsideredTexts(advice).map(([because, count]) =>
      soft(`Not considered, ${countOf(count, 'statement')}: ${because}`),
    ),
  );
}

function proposalPart({ title, because, ddl, undo, facts, reads, writes }: ProposalText): Child {
  return part(
    title,
    el('p', {}, because),
    code(ddl),
    details('Undo', code(undo)),
    facts.map(([label, value]) => soft(`${label}: ${value}`)),
    effects('Reads that change', reads),
    effects('Writes that pay for it', writes),
  );
}

function effects(title: string, texts: readonly EffectText[]): Child {
  if (texts.length === 0) return null;
  return [
    soft(title),
    table(
      title,
      EFFECTS,
      texts.map(({ text, calls, planner, measured, interval, inPlace }) => ({
        cells: [el('code', {}, text), calls, planner, measured, interval, inPlace],
      })),
    ),
  ];
}
