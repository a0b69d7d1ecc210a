import type { DatabaseReport, Explained, IndexAdvice, IndexProposal } from '../../../model/database.ts';
import {
  countOf,
  formatBytes,
  formatCost,
  formatDuration,
  formatEffect,
  formatInterval,
  formatNumber,
  formatPercent,
  NOTHING,
} from '../../format.ts';
import { clean, cleanLines, cutEnd } from '../../text.ts';
import { sentence } from '../words.ts';

/** Titles of the tables of effects: a DELETE that finds its rows by an index is among the former. */
export const EFFECTS = { found: 'Statements that change', writes: 'Writes of the table, with all proposals' } as const;

export interface EffectText {
  readonly text: string;
  readonly calls: string;
  /** The planner's word, a measurement on a copy, and one in place. `—`: there is none. */
  readonly planner: string;
  readonly measured: string;
  readonly interval: string;
  readonly inPlace: string;
}

export interface ProposalText {
  readonly title: string;
  readonly because: string;
  readonly ddl: readonly string[];
  readonly undo: readonly string[];
  /** Size, time to build, lock: `label: value`. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly reads: readonly EffectText[];
  readonly writes: readonly EffectText[];
}

export function proposalTexts({ advice, workload, explained }: DatabaseReport): readonly ProposalText[] {
  const all = workload?.total.seconds;
  const of = ({ statements, writes }: IndexProposal) => {
    if (explained) return 'a call';
    // A copy may be slower or faster than what was recorded.
    if ([...statements, ...writes].some(({ measured }) => measured !== null))
      return 'over the workload at the copy’s speed, writes counted';
    return `of the workload’s ${all ? formatDuration(all) : 'time'} by the planner, writes counted`;
  };
  return (advice?.proposals ?? []).map((proposal) => ({
    title:
      `${proposal.action} ${clean(proposal.name)} on ${clean(proposal.table)} ${clean(proposal.definition)}`.trim(),
    because: `${sentence(proposal.because)}${pastText(proposal)}`,
    ddl: cleanLines(proposal.ddl),
    undo: cleanLines(proposal.undo),
    facts: factsOf(proposal, of(proposal)),
    reads: proposal.statements.map(effectText),
    writes: proposal.writes.map(effectText),
  }));
}

function pastText({ past }: IndexProposal): string {
  if (!past) return '';
  const news = past.newEvidence.length === 0 ? '' : `; since then: ${past.newEvidence.join('; ')}`;
  return ` ${sentence(`${past.text}${news}`)}`;
}

/** `of`: what the time saved is a part of. */
function factsOf(
  { action, bytes, buildSeconds, lock, savedSeconds }: IndexProposal,
  of: string,
): ProposalText['facts'] {
  const size =
    bytes.measured !== null
      ? `${formatBytes(bytes.measured)}${action === 'create' ? ' as built on a copy' : ''}`
      : bytes.estimated === null
        ? NOTHING
        : `about ${formatBytes(bytes.estimated)} (estimated)`;
  return [
    ['Size', size],
    ...(buildSeconds === null ? [] : [['Build', `${formatDuration(buildSeconds)} on a copy`] as const]),
    ['Lock', clean(lock)],
    ...(savedSeconds === null
      ? []
      : [[savedSeconds < 0 ? 'Costs' : 'Saves', `${formatDuration(Math.abs(savedSeconds))} ${of}`] as const]),
  ];
}

function effectText({ text, calls, planner, measured, inPlace }: IndexProposal['statements'][number]): EffectText {
  return {
    text: clean(text),
    calls: formatNumber(calls),
    planner: planner === null || planner.before <= 0 ? NOTHING : formatCost(planner.after / planner.before),
    measured:
      measured === null ? NOTHING : `${measured.atLeast ? 'at least ' : ''}${formatEffect(measured.ratio, 's')}`,
    interval: measured === null ? '' : formatInterval(measured.interval, 's'),
    inPlace: inPlace === null ? NOTHING : formatEffect(inPlace.ratio, 's'),
  };
}

const COLUMNS = [
  ['Planner', 'planner'],
  ['On a copy', 'measured'],
  ['95 %', 'interval'],
  ['In place', 'inPlace'],
] as const;

/** Of tables of effects, those in which anything is known: a column of nothing says nothing. */
export function effectColumns(effects: readonly EffectText[]): readonly (typeof COLUMNS)[number][] {
  return COLUMNS.filter(([, field]) => effects.some((effect) => effect[field] !== NOTHING && effect[field] !== ''));
}

export function adviceTally({ proposals, notKnown, notConsidered }: IndexAdvice, explained?: Explained): string {
  if (notKnown) return 'not known';
  const create = proposals.filter(({ action }) => action === 'create').length;
  const parts = [
    `${countOf(create, 'index', 'indexes')} to create`,
    `${formatNumber(proposals.length - create)} to drop`,
  ];
  if (proposals.length > 0) return `${parts.join(', ')}${sizeText(proposals)}${unknownText(notConsidered)}`;
  if (explained?.beyond?.some(({ ddl }) => ddl !== null)) return 'nothing for what the plan shows';
  return notConsidered.some(({ unknown }) => unknown) ? 'nothing to do, as far as it is known' : 'nothing to do';
}

/** What all new ones take together. */
function sizeText(proposals: IndexAdvice['proposals']): string {
  const sizes = proposals
    .filter(({ action }) => action === 'create')
    .map(({ bytes }) => bytes.measured ?? bytes.estimated);
  return sizes.length > 1 && sizes.every((size) => size !== null)
    ? `; ${formatBytes(sizes.reduce((sum, size) => sum + size, 0))} in all`
    : '';
}

/** Less than this of the workload is not worth a word in a headline. */
const MUCH = 0.1;

function unknownText(notConsidered: IndexAdvice['notConsidered']): string {
  const share = notConsidered.reduce((sum, one) => sum + (one.unknown ? (one.share ?? 0) : 0), 0);
  return share >= MUCH ? `; of ${formatPercent(share)} of the workload nothing is known` : '';
}

/** How the figures of several indexes are to be read. */
function togetherText(proposals: IndexAdvice['proposals']): readonly string[] {
  const created = proposals.filter(({ action }) => action === 'create');
  if (created.length < 2) return [];
  return created.some(({ statements }) => statements.some(({ measured }) => measured !== null))
    ? ['What statements take on the copy, and with it the planner’s cost, is with all proposals together.']
    : ['What the planner expects of each index is beside the other proposals.'];
}

const TO_APPLY =
  'To make them: pitwall plan, then pitwall apply. Each is measured in place, and taken back when it gains nothing.';

/** Why there is nothing, how the planner was asked and what asking cost, and how the proposals are made. */
export function adviceNotes({ advice, explained }: DatabaseReport): readonly string[] {
  if (!advice) return [];
  const { nothingToDo, whatIf, cost, proposals } = advice;
  return [
    ...(nothingToDo === null ? [] : [sentence(nothingToDo)]),
    ...(whatIf === '' ? [] : [sentence(`Planner asked by ${whatIf}`)]),
    ...(cost.statements === 0
      ? []
      : [
          `Asking cost the database ${countOf(cost.statements, 'statement')} and ${formatDuration(cost.seconds)} of its time.`,
        ]),
    ...togetherText(proposals),
    // What helps one statement is not yet good for all.
    ...(proposals.length === 0 || explained ? [] : [TO_APPLY]),
  ];
}

export function rejectionTexts({ rejected }: IndexAdvice): readonly (readonly [index: string, because: string])[] {
  return rejected.map(({ table, definition, because }) => [`${clean(table)} ${clean(definition)}`, sentence(because)]);
}

/** Why it is not known whether there is something to do, and what to do about that. */
export function notKnownTexts({ notKnown }: IndexAdvice): readonly string[] {
  return (notKnown ?? []).map(sentence);
}

/** Statements that no index was sought for, by the reason. */
export interface NotConsideredText {
  /** With how many they are, and their share of the time: `It is not understood: … (2 statements, 12 % of the time)`. */
  readonly because: string;
  /** The first of them, most of the time first: `8 %`, and the text, cut. */
  readonly statements: readonly (readonly [share: string, text: string])[];
  /** Statements beyond those. */
  readonly more: number;
}

/** Characters of a text that is only named. */
const NAMED = 120;
/** Statements that are named without details. */
const NAMES = 3;

/** What is not known comes first, then by share of the time. `all`: every one is named. */
export function notConsideredTexts({ notConsidered }: IndexAdvice, all = false): readonly NotConsideredText[] {
  const groups = [...Map.groupBy(notConsidered, ({ because }) => clean(because))].map(([because, its]) => {
    const share = its.every((one) => one.share !== undefined) ? its.reduce((sum, one) => sum + one.share!, 0) : null;
    return { because, its, share, rank: (its.some(({ unknown }) => unknown) ? 1 : 0) + (share ?? 0) / 2 };
  });
  return groups
    .sort((a, b) => b.rank - a.rank)
    .map(({ because, its, share }) => {
      const weight = share === null ? '' : `, ${shareText(share)} of the time`;
      const named = its.slice(0, all ? its.length : NAMES);
      return {
        because: `${sentence(because)} (${countOf(its.length, 'statement')}${weight})`,
        statements: named.map((one) => [
          one.share === undefined ? NOTHING : shareText(one.share),
          cutEnd(clean(one.text), NAMED),
        ]),
        more: its.length - named.length,
      };
    });
}

function shareText(share: number): string {
  return share > 0 && share < 0.0005 ? '< 0.1 %' : formatPercent(Number(share.toPrecision(2)));
}
