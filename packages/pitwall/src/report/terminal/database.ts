import type { DatabaseReport, IndexAdvice } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
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
import { clean, cutEnd, displayWidth, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const STATEMENTS: readonly Column[] = [
  { header: 'SHARE', align: 'right' },
  { header: 'TIME', align: 'right' },
  { header: 'CALLS', align: 'right' },
  { header: 'MEAN', align: 'right' },
  { header: 'ROWS A CALL', align: 'right' },
  { header: 'FROM', align: 'left' },
];

const EFFECTS: readonly Column[] = [
  { header: 'CALLS', align: 'right' },
  { header: 'PLANNER', align: 'right' },
  { header: 'ON A COPY', align: 'right' },
  { header: 'IN PLACE', align: 'right' },
];

/** Rejected indexes that are named without --details. */
const REJECTED = 5;
const LABEL = 8;
/** Lines of a statement that are shown, and how far in they stand. */
const STATEMENT_LINES = 3;
const UNDER = 4;
/** Of an endpoint beside the figures; 80 columns hold that much. */
const ENDPOINT = 30;

export function databaseSection(report: Report, screen: Screen): readonly string[] {
  return databasesOf(report).flatMap((database) => [
    ...workloadLines(database, screen),
    ...explainedLines(database, screen),
    ...adviceLines(database, screen),
  ]);
}

/** Also what `db --watch` draws. */
export function workloadLines({ target, workload }: DatabaseReport, screen: Screen): readonly string[] {
  if (!workload) return [];
  const rows = statementTexts(workload).flatMap(
    ({ share, time, calls, mean, rows: each, text, from, notes }): Row[] => [
      { cells: [share, time, calls, mean, each, cutEnd(from, ENDPOINT)] },
      ...statementRows(text, screen),
      ...notes.map((note): Row => ({ note, style: 'dim', indent: UNDER + 2 })),
    ],
  );
  const shown = workload.statements.length;
  const more = workload.total.statements - shown;
  return [
    '',
    ...titleLine(`STATEMENTS of ${clean(target)}`, workloadTally(workload), screen),
    '',
    ...(rows.length > 0 ? table(STATEMENTS, rows, screen) : [`  ${screen.paint('dim', 'None are known.')}`]),
    ...(more > 0 ? [`  ${screen.paint('dim', `… ${countOf(more, 'more statement')}; --limit shows more.`)}`] : []),
    '',
    ...sourceTexts(workload).flatMap((text) => prose(text, screen)),
  ];
}

/** Below its figures, and cut where it would fill the screen: details have it whole. */
function statementRows(text: string, { width, details }: Screen): readonly Row[] {
  const lines = wrap(text, width - UNDER - 4);
  const kept = details ? lines : lines.slice(0, STATEMENT_LINES);
  return kept.map((line, i) => ({
    note: i === kept.length - 1 && kept.length < lines.length ? cutEnd(`${line} …`, width - UNDER - 2) : line,
    style: 'title',
    indent: UNDER,
  }));
}

function prose(text: string, { paint, width }: Screen): readonly string[] {
  return wrap(text, width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${paint('dim', part)}`);
}

function explainedLines({ target, explained }: DatabaseReport, screen: Screen): readonly string[] {
  if (!explained) return [];
  const { paint, width } = screen;
  const line = (indent: string, text: string) =>
    wrap(text, Math.max(20, width - displayWidth(indent))).map((part) => indent + part);
  return [
    '',
    ...titleLine(`PLAN on ${clean(target)}`, planTimes(explained), screen),
    ...wrap(clean(explained.text), width - 2).map((part) => `  ${paint('dim', part)}`),
    '',
    ...planLines(explained).flatMap(({ branch, below, title, figures, details, marks }) => {
      const head = `  ${branch}`;
      const under = `  ${below}`;
      const inner = Math.max(20, width - displayWidth(under) - 2);
      return [
        ...wrap(title, Math.max(20, width - displayWidth(head))).map((part, i) =>
          i === 0 ? `${paint('dim', head)}${paint('title', part)}` : `${paint('dim', under)}${paint('title', part)}`,
        ),
        ...(figures === '' ? [] : line('', figures).map((part) => paint('dim', `${under}  ${part}`))),
        ...details.flatMap((text) => wrap(text, inner).map((part) => `${paint('dim', under)}  ${part}`)),
        ...marks.flatMap((text) =>
          wrap(`! ${text}`, inner).map((part) => `${paint('dim', under)}  ${paint('warn', part)}`),
        ),
      ];
    }),
    '',
    ...explained.notes.flatMap((note) => prose(note, screen)),
  ];
}

function adviceLines({ target, advice }: DatabaseReport, screen: Screen): readonly string[] {
  if (!advice) return [];
  return [
    '',
    ...titleLine(`INDEXES of ${clean(target)}`, adviceTally(advice), screen),
    ...proposalTexts(advice).flatMap((proposal, i) => proposalLines(proposal, i + 1, screen)),
    ...restLines(advice, screen),
    '',
    ...adviceNotes(advice).flatMap((text) => prose(text, screen)),
  ];
}

function proposalLines(proposal: ProposalText, number: number, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const labelled = (label: string, lines: readonly string[]) =>
    lines
      .flatMap((text) => wrap(text, width - 6 - LABEL))
      .map((part, i) => `    ${paint('dim', (i === 0 ? label : '').padEnd(LABEL))}  ${part}`);
  return [
    '',
    ...wrap(proposal.title, width - 6).map(
      (part, i) => `${i === 0 ? ` ${String(number).padStart(2)} ` : '    '}${paint('title', part)}`,
    ),
    ...wrap(proposal.because, width - 4).map((part) => `    ${part}`),
    ...labelled('DDL', proposal.ddl),
    ...labelled('Undo', proposal.undo),
    ...proposal.facts.flatMap(([label, value]) => labelled(label, [value])),
    ...effectLines('Reads that change', proposal.reads, screen),
    ...effectLines('Writes that pay for it', proposal.writes, screen),
  ];
}

function effectLines(title: string, effects: readonly EffectText[], screen: Screen): readonly string[] {
  if (effects.length === 0) return [];
  const rows = effects.flatMap(({ text, calls, planner, measured, interval, inPlace }): Row[] => [
    { cells: [calls, planner, measured, inPlace] },
    ...statementRows(text, screen),
    ...(interval === '' ? [] : [{ note: `measured: ${interval} (95 %)`, style: 'dim', indent: 2 } as const]),
  ]);
  return [
    '',
    `    ${screen.paint('dim', title)}`,
    ...table(EFFECTS, rows, { ...screen, width: screen.width - 2 }).map((row) => `  ${row}`),
  ];
}

function restLines(advice: IndexAdvice, screen: Screen): readonly string[] {
  const { paint, width, details } = screen;
  const rejected = rejectionTexts(advice);
  const shown = details ? rejected : rejected.slice(0, REJECTED);
  const left = notConsideredTexts(advice);
  return [
    ...(rejected.length === 0 ? [] : ['', `  ${paint('title', 'Considered and rejected')}`]),
    ...shown.flatMap(([index, because]) => [
      `    ${cutEnd(index, width - 4)}`,
      ...wrap(because, width - 8).map((part) => `      ${paint('dim', part)}`),
    ]),
    ...(shown.length < rejected.length
      ? [`    ${paint('dim', `… ${countOf(rejected.length - shown.length, 'more')}; --details shows all.`)}`]
      : []),
    ...(left.length === 0 ? [] : ['', `  ${paint('title', 'Not considered')}`]),
    ...left.flatMap(([because, count]) =>
      wrap(`${countOf(count, 'statement')}: ${because}`, width - 6).map((part) => `    ${paint('dim', part)}`),
    ),
  ];
}
