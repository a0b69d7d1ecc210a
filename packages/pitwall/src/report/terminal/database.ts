import type { DatabaseReport, Explained, IndexAdvice, ShownWorkload } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import {
  adviceNotes,
  adviceTally,
  EFFECTS,
  type EffectText,
  effectColumns,
  notConsideredTexts,
  notKnownTexts,
  type ProposalText,
  proposalTexts,
  rejectionTexts,
} from '../content/database/advice.ts';
import { BEYOND, beyondTexts, planLines, planNotes, planTimes } from '../content/database/plan.ts';
import { databasesOf, sourceTexts, statementTexts, workloadTally } from '../content/database/statements.ts';
import { madeEffects, signTally } from '../content/past.ts';
import { countOf, formatNumber } from '../format.ts';
import { clean, cutEnd, displayWidth, wrap } from '../text.ts';
import { stateLines } from './database-state.ts';
import type { Screen } from './paint.ts';
import { effectGroups } from './past.ts';
import { type Column, type Row, table, titleLine } from './table.ts';

const STATEMENTS: readonly Column[] = [
  { header: 'SHARE', align: 'right' },
  { header: 'TIME', align: 'right' },
  { header: 'CALLS', align: 'right' },
  { header: 'MEAN', align: 'right' },
  { header: 'ROWS A CALL', align: 'right' },
  { header: 'FROM', align: 'left' },
];

/** Rejected indexes that are named without --details. */
const REJECTED = 5;
const LABEL = 8;
/** Cells of a share: `< 0.1 %`. */
const SHARE = 7;
/** Lines of a statement that are shown, and how far in they stand. */
const STATEMENT_LINES = 3;
const UNDER = 4;
/** Of an endpoint beside the figures: with less room it has a line of its own. */
const ENDPOINT = { least: 16, most: 30 };

export function databaseSection(report: Report, screen: Screen): readonly string[] {
  return databasesOf(report).flatMap((database) => [
    ...(database.advice && !screen.details ? workloadHead(database, screen) : workloadLines(database, screen)),
    ...stateLines(database, screen),
    ...explainedLines(database, screen),
    ...adviceLines(database, screen),
    ...madeLines(database, screen),
  ]);
}

function madeLines({ target, made }: DatabaseReport, screen: Screen): readonly string[] {
  const groups = madeEffects(made ?? []);
  if (groups.length === 0) return [];
  const title = `MADE BEFORE on ${clean(target)}`;
  return ['', ...titleLine(title, signTally(groups), screen), '', ...effectGroups(groups, screen)];
}

function workloadLines(database: DatabaseReport, screen: Screen): readonly string[] {
  const { workload } = database;
  return workload ? [...statementLines(database, screen), '', ...sourceLines(workload, screen)] : [];
}

/** Where indexes are asked for, they are what is looked at. */
function workloadHead({ target, workload }: DatabaseReport, screen: Screen): readonly string[] {
  if (!workload) return [];
  const title = titleLine(`STATEMENTS of ${clean(target)}`, workloadTally(workload), screen);
  const hint = workload.statements.length > 0 ? prose('--details lists them.', screen) : [];
  return ['', ...title, ...hint, ...sourceLines(workload, screen)];
}

function sourceLines(workload: ShownWorkload, screen: Screen): readonly string[] {
  return sourceTexts(workload).flatMap((text) => prose(text, screen));
}

/** The statements with their figures; what `db --watch` draws. */
export function statementLines({ target, workload }: DatabaseReport, screen: Screen): readonly string[] {
  if (!workload) return [];
  const texts = statementTexts(workload);
  const figures = texts.map(({ share, time, calls, mean, rows: each }) => [share, time, calls, mean, each]);
  const room = roomBeside(figures, screen);
  const rows = texts.flatMap(({ text, from, notes, isOnlyCaller }, i): Row[] => [
    { cells: [...figures[i]!, room === 0 ? '' : cutEnd(from, room)] },
    ...statementRows(text, screen),
    ...[...(room === 0 && isOnlyCaller ? [`from ${from}`] : []), ...notes].map(
      (note): Row => ({ note, style: 'dim', indent: UNDER + 2 }),
    ),
  ]);
  const shown = workload.statements.length;
  const more = workload.total.statements - shown;
  return [
    '',
    ...titleLine(`STATEMENTS of ${clean(target)}`, workloadTally(workload), screen),
    '',
    ...(rows.length > 0 ? table(STATEMENTS, rows, screen) : [`  ${screen.paint('dim', noneText(workload))}`]),
    ...(more > 0 ? [`  ${screen.paint('dim', `… ${countOf(more, 'more statement')}; --limit shows more.`)}`] : []),
  ];
}

/** Nothing ran, or what ran may not be seen. */
function noneText({ window, sources }: ShownWorkload): string {
  if (sources.some(({ hidden = 0 }) => hidden > 0)) return 'None that the role may see.';
  return window === null ? 'None are known.' : 'None in this time.';
}

/** Cells for an endpoint on the line of the figures; 0: too few. */
function roomBeside(figures: readonly (readonly string[])[], { width }: Screen): number {
  const widths = STATEMENTS.slice(0, -1).map(({ header }, i) =>
    Math.max(header.length, ...figures.map((cells) => displayWidth(cells[i]!))),
  );
  const room = Math.min(ENDPOINT.most, width - 2 - widths.reduce((sum, one) => sum + one + 2, 0));
  return room < ENDPOINT.least ? 0 : room;
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
    ...beyondLines(explained, screen),
    '',
    ...planNotes(explained).flatMap((note) => prose(note, screen)),
  ];
}

function beyondLines(explained: Explained, screen: Screen): readonly string[] {
  const texts = beyondTexts(explained);
  if (texts.length === 0) return [];
  return [
    '',
    `  ${screen.paint('title', BEYOND)}`,
    ...texts.flatMap(({ because, ddl }) => [
      ...wrap(`! ${because}`, screen.width - 4).map((part) => `    ${screen.paint('warn', part)}`),
      ...(ddl.length > 0 ? labelled('DDL', ddl, screen) : []),
    ]),
  ];
}

function adviceLines(database: DatabaseReport, screen: Screen): readonly string[] {
  const { target, advice, explained } = database;
  const { width } = screen;
  if (!advice) return [];
  return [
    '',
    ...titleLine(`INDEXES of ${clean(target)}`, adviceTally(advice, explained), screen),
    ...notKnownTexts(advice).flatMap((text) => wrap(text, width - 4).map((part) => `  ${part}`)),
    ...proposalTexts(database).flatMap((proposal, i) => proposalLines(proposal, i + 1, screen)),
    ...restLines(advice, screen),
    '',
    ...adviceNotes(database).flatMap((text) => prose(text, screen)),
  ];
}

function proposalLines(proposal: ProposalText, number: number, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  return [
    '',
    ...wrap(proposal.title, width - 6).map(
      (part, i) => `${i === 0 ? ` ${String(number).padStart(2)} ` : '    '}${paint('title', part)}`,
    ),
    ...wrap(proposal.because, width - 4).map((part) => `    ${part}`),
    ...labelled('DDL', proposal.ddl, screen),
    ...labelled('Undo', proposal.undo, screen),
    ...proposal.facts.flatMap(([label, value]) => labelled(label, [value], screen)),
    ...effectLines(EFFECTS.found, proposal.reads, screen),
    ...effectLines(EFFECTS.writes, proposal.writes, screen),
  ];
}

function labelled(label: string, lines: readonly string[], { paint, width }: Screen): readonly string[] {
  return lines
    .flatMap((text) => wrap(text, width - 6 - LABEL))
    .map((part, i) => `    ${paint('dim', (i === 0 ? label : '').padEnd(LABEL))}  ${part}`);
}

function effectLines(title: string, effects: readonly EffectText[], screen: Screen): readonly string[] {
  if (effects.length === 0) return [];
  // The interval has a line of its own.
  const columns = effectColumns(effects).filter(([, field]) => field !== 'interval');
  const rows = effects.flatMap((effect): Row[] => [
    { cells: [effect.calls, ...columns.map(([, field]) => effect[field])] },
    ...statementRows(effect.text, screen),
    ...(effect.interval === ''
      ? []
      : [{ note: `measured: ${effect.interval} (95 %)`, style: 'dim', indent: 2 } as const]),
  ]);
  const header = ['Calls', ...columns.map(([label]) => label)].map(
    (label): Column => ({ header: label.toUpperCase(), align: 'right' }),
  );
  return [
    '',
    `    ${screen.paint('dim', title)}`,
    ...table(header, rows, { ...screen, width: screen.width - 2 }).map((row) => `  ${row}`),
  ];
}

function restLines(advice: IndexAdvice, screen: Screen): readonly string[] {
  const { paint, width, details } = screen;
  const rejected = rejectionTexts(advice);
  const shown = details ? rejected : rejected.slice(0, REJECTED);
  const left = notConsideredTexts(advice, details);
  return [
    ...(rejected.length === 0 ? [] : ['', `  ${paint('title', 'Considered and rejected')}`]),
    ...shown.flatMap(([index, because]) => [
      `    ${cutEnd(index, width - 4)}`,
      ...wrap(because, width - 8).map((part) => `      ${paint('dim', part)}`),
    ]),
    ...(shown.length < rejected.length
      ? [`    ${paint('dim', `… ${formatNumber(rejected.length - shown.length)} more; --details shows all.`)}`]
      : []),
    ...(left.length === 0 ? [] : ['', `  ${paint('title', 'Not considered')}`]),
    ...left.flatMap(({ because, statements, more }) => [
      ...wrap(because, width - 6).map((part) => `    ${paint('dim', part)}`),
      ...statements.map(
        ([share, text]) => `      ${paint('dim', share.padStart(SHARE))}  ${cutEnd(text, width - SHARE - 10)}`,
      ),
      ...(more > 0 ? [`      ${paint('dim', `${' '.repeat(SHARE)}  … ${countOf(more, 'more statement')}`)}`] : []),
    ]),
  ];
}
