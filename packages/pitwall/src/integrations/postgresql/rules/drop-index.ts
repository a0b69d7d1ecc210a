import { printable } from '../../../errors.ts';
import type { ChangeDraft } from '../../../model/change.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import type { StatementFact } from '../facts/statements.ts';
import { qualified } from '../identifiers.ts';
import { mayTouch } from '../may-touch.ts';
import { isSampled } from '../meter/samples.ts';
import { dropIndex } from './changes.ts';
import { DURATION, isElsewhere, MEAN } from './index-change.ts';

/** Fact kinds that `droppedBy` reads, for `uses`. */
export const DROP_FACTS = ['postgresql.statement', 'postgresql.workload', 'postgresql.table'] as const;

/** Statements of the table that watch over the trial, those that are timed there, and statements of other tables. [judgement] */
const MOST_GUARDS = 30;
const MOST_TIMED = 4;
const MOST_CONTROLS = 30;
/** Calls a second from which on a trial of minutes sees some: one a minute. [judgement] */
const LEAST_RATE = 1 / 60;

interface Drop {
  readonly name: string;
  readonly index: IndexFact;
  readonly reason: string;
  /** Beginning of a sentence: what nothing here can say. */
  readonly notKnown: string;
  /** Why it cannot harm, whether or not anything is measured: the same definition stays, or nothing used it. */
  readonly isSafe: boolean;
}

/**
 * The index dropped, proved by the space that it gives back and guarded by statements of its table, which must not become
 * slower. Advice instead where Pitwall would not do it by itself: nothing would show that it was needed, or it makes values unique.
 */
export function droppedBy(view: RuleView, drop: Drop): Pick<FindingDraft, 'changes' | 'advice'> {
  const { name, index, reason, notKnown } = drop;
  const guards = guardsOf(view, index.table);
  const left = whyLeft(drop, guards.length);
  if (left !== null) {
    const text = printable(`${left} ${notKnown} To do it by hand:`);
    return { advice: { text, code: `${dropSql(index)};` } };
  }
  const text = printable(`${reason}. ${guardText(guards.length)} ${notKnown}`);
  return { changes: [guarded(view, index.table, dropIndex(name, text), guards)] };
}

/** Why a person should do it, as a sentence; null: Pitwall can. */
function whyLeft({ index, isSafe }: Drop, guards: number): string | null {
  if (index.unique) {
    return 'Pitwall drops no index that makes values unique, though another one does so too: ON CONFLICT or a migration may name it.';
  }
  if (index.kind === 'partitioned') {
    return 'It is of a partitioned table: DROP INDEX keeps everybody away from the table and all its partitions for a moment, and cannot be done concurrently.';
  }
  if (isSafe || guards > 0) return null;
  return 'No statement of its table is called often enough, or known with its values: nothing would show that the index was needed.';
}

/** CONCURRENTLY is not for the index of a partitioned table. */
function dropSql({ kind, schema, name }: IndexFact): string {
  return `DROP INDEX ${kind === 'partitioned' ? '' : 'CONCURRENTLY '}${qualified(schema, name)}`;
}

function guardText(guards: number): string {
  if (guards === 0) return 'No statement of its table is called now, so none guards the trial.';
  return `${guards === 1 ? 'One statement' : `${guards} statements`} of its table must not become slower, or it is built again.`;
}

type Known = readonly (readonly [id: string, statement: StatementFact])[];

/** Statements of the table that the trial will see: called often, or timed with real calls. */
function guardsOf(view: RuleView, table: string): Known {
  const window = factsOf(view, 'postgresql.workload').get('')?.window ?? null;
  const tables = namesOf(view, table);
  const isSeen = (one: StatementFact) =>
    canBeTimed(one) || (one.seconds !== null && window !== null && one.calls / Math.max(1, window) >= LEAST_RATE);
  return [...factsOf(view, 'postgresql.statement')]
    .filter(([, one]) => one.notUnderstood === null && tables.some((name) => mayTouch(one, name)) && isSeen(one))
    .toSorted(([, a], [, b]) => (b.seconds ?? 0) - (a.seconds ?? 0))
    .slice(0, MOST_GUARDS);
}

/** The table, and those that it is a partition of: statements name these. */
function namesOf(view: RuleView, table: string): readonly string[] {
  const tables = factsOf(view, 'postgresql.table');
  const names = [table];
  for (let above = tables.get(table)?.parent; above && !names.includes(above); above = tables.get(above)?.parent) {
    names.push(above);
  }
  return names;
}

function canBeTimed(statement: StatementFact): boolean {
  return statement.kind === 'select' && isSampled(statement);
}

function guarded(view: RuleView, table: string, change: ChangeDraft, guards: Known): ChangeDraft {
  if (guards.length === 0) return change;
  const names = namesOf(view, table);
  const controls = [...factsOf(view, 'postgresql.statement')]
    .filter(([, one]) => names.every((name) => isElsewhere(one, name)))
    .map(([id]) => id)
    .slice(0, MOST_CONTROLS);
  const timed = guards.filter(([, one]) => canBeTimed(one)).slice(0, MOST_TIMED);
  return {
    ...change,
    ...(controls.length === 0
      ? {}
      : { controls: controls.map((statement) => ({ indicator: MEAN, labels: { statement } })) }),
    meter: [
      ...(change.meter ?? []),
      ...[...guards.map(([id]) => id), ...controls].map((statement) => ({ measure: MEAN, statement })),
      ...timed.map(([statement]) => ({ measure: DURATION, statement })),
    ],
  };
}
