import type { DatabaseReport, Explained } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import { sweepChart } from '../charts/sweep.ts';
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
import { countOf } from '../format.ts';
import { clean, cleanLines, cutEnd } from '../text.ts';
import { statePart } from './database-state.ts';
import { type Child, el } from './element.ts';
import { code, details, figure, part, section, table } from './parts.ts';
import { effectGroups } from './past.ts';

const STATEMENTS = [
  { label: 'Share', figure: true },
  { label: 'Time', figure: true },
  { label: 'Calls', figure: true },
  { label: 'Mean', figure: true },
  { label: 'Rows', figure: true },
  { label: 'From', words: true },
  { label: 'Statement' },
] as const;

export function databaseSection(report: Report): Child {
  return databasesOf(report).map((database, i) => [
    workloadPart(database, i),
    statePart(database, i),
    explainedPart(database, i),
    advicePart(database, i),
    madePart(database, i),
  ]);
}

function madePart({ target, made }: DatabaseReport, i: number): Child {
  const groups = madeEffects(made ?? []);
  if (groups.length === 0) return null;
  return section(`made-${i}`, `Made before on ${clean(target)}`, signTally(groups), effectGroups(groups));
}

/** Rows of a table that a page still shows at once. */
const MOST_NAMED = 200;

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
    ...marks.map((mark) => el('span', { class: 'mark-text' }, `${below}  ! ${mark}\n`)),
  ]);
  return section(
    `plan-${i}`,
    `Plan on ${clean(target)}`,
    planTimes(explained),
    code(cleanLines(explained.text)),
    el('pre', {}, el('code', {}, lines)),
    beyondPart(explained),
    planNotes(explained).map(soft),
  );
}

function beyondPart(explained: Explained): Child {
  const texts = beyondTexts(explained);
  if (texts.length === 0) return null;
  return part(
    BEYOND,
    texts.map(({ because, ddl }) => [el('p', {}, because), ddl.length > 0 ? code(ddl) : null]),
  );
}

function advicePart(database: DatabaseReport, i: number): Child {
  const { target, advice, explained } = database;
  if (!advice) return null;
  const rejected = rejectionTexts(advice);
  return section(
    `indexes-${i}`,
    `Indexes of ${clean(target)}`,
    adviceTally(advice, explained),
    notKnownTexts(advice).map((text) => el('p', {}, text)),
    proposalTexts(database).map(proposalPart),
    figure(
      'Budget',
      'Time of the workload, by the planner, that each number of bytes of new indexes would buy.',
      explained ? null : sweepChart(advice.sweep, `sweep-${i}`),
    ),
    adviceNotes(database).map(soft),
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
    notConsideredTexts(advice, true).map(({ because, statements }) =>
      details(
        `Not considered: ${because}`,
        table(
          'Statements that were not considered',
          [{ label: 'Share', figure: true }, { label: 'Statement' }],
          statements.slice(0, MOST_NAMED).map(([share, text]) => ({ cells: [share, el('code', {}, text)] })),
        ),
      ),
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
    effects(EFFECTS.found, reads),
    effects(EFFECTS.writes, writes),
  );
}

function effects(title: string, texts: readonly EffectText[]): Child {
  if (texts.length === 0) return null;
  const columns = effectColumns(texts);
  return [
    soft(title),
    table(
      title,
      [
        { label: 'Statement' },
        { label: 'Calls', figure: true },
        ...columns.map(([label]) => ({ label, words: true as const })),
      ],
      texts.map((effect) => ({
        cells: [el('code', {}, effect.text), effect.calls, ...columns.map(([, field]) => effect[field])],
      })),
    ),
  ];
}
