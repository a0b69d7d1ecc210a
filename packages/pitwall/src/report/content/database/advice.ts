import type { DatabaseReport, IndexAdvice, IndexProposal } from '../../../model/database.ts';
import {
  countOf,
  formatBytes,
  formatDuration,
  formatEffect,
  formatInterval,
  formatNumber,
  NOTHING,
} from '../../format.ts';
import { clean, cleanLines } from '../../text.ts';
import { sentence } from '../words.ts';

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
  const of = explained ? 'a call' : `of the workload’s ${all ? formatDuration(all) : 'time'}, writes counted`;
  return (advice?.proposals ?? []).map((proposal) => ({
    title:
      `${proposal.action} ${clean(proposal.name)} on ${clean(proposal.table)} ${clean(proposal.definition)}`.trim(),
    because: `${sentence(proposal.because)}${pastText(proposal)}`,
    ddl: cleanLines(proposal.ddl),
    undo: cleanLines(proposal.undo),
    facts: factsOf(proposal, of),
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
    planner: planner === null || planner.before <= 0 ? NOTHING : formatEffect(planner.after / planner.before, 's'),
    measured: measured === null ? NOTHING : formatEffect(measured.ratio, 's'),
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

export function adviceTally({ proposals }: IndexAdvice): string {
  const create = proposals.filter(({ action }) => action === 'create').length;
  const parts = [
    `${countOf(create, 'index', 'indexes')} to create`,
    `${formatNumber(proposals.length - create)} to drop`,
  ];
  return proposals.length === 0 ? 'nothing to do' : parts.join(', ');
}

const TO_APPLY =
  'To make them: pitwall plan, then pitwall apply. Each is measured in place, and taken back when it gains nothing.';

/** Why there is nothing, how the planner was asked and what asking cost, and how the proposals are made. */
export function adviceNotes({ advice, explained }: DatabaseReport): readonly string[] {
  if (!advice) return [];
  const { nothingToDo, whatIf, cost, proposals } = advice;
  return [
    ...(nothingToDo === null ? [] : [sentence(nothingToDo)]),
    sentence(`Planner asked by ${whatIf}`),
    `Asking cost the database ${countOf(cost.statements, 'statement')} and ${formatDuration(cost.seconds)} of its time.`,
    // What helps one statement is not yet good for all.
    ...(proposals.length === 0 || explained ? [] : [TO_APPLY]),
  ];
}

export function rejectionTexts({ rejected }: IndexAdvice): readonly (readonly [index: string, because: string])[] {
  return rejected.map(({ table, definition, because }) => [`${clean(table)} ${clean(definition)}`, sentence(because)]);
}

/** Statements by the reason why no index was sought for them. */
export function notConsideredTexts({
  notConsidered,
}: IndexAdvice): readonly (readonly [because: string, count: number])[] {
  const groups = Map.groupBy(notConsidered, ({ because }) => clean(because));
  return [...groups].map(([because, all]) => [sentence(because), all.length]);
}
