import type { IndexAdvice, Workload } from '../../../model/database.ts';
import { credible } from '../../_sql/advisor/credible.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import { nothingToDo } from '../../_sql/advisor/nothing-to-do.ts';
import type { Choice, ChosenIndex, IndexSpec } from '../../_sql/advisor/problem.ts';
import type { Refined } from '../../_sql/advisor/refine.ts';
import { rejectedBeside } from '../../_sql/advisor/rejected.ts';
import type { Part } from '../tunables/partitioned-index.ts';
import { definitionText } from '../what-if/definition.ts';
import { whyUnsound } from './expression.ts';
import type { Prepared } from './problem.ts';
import { createProposals, dropProposals } from './proposals.ts';

/** What the planner was asked, and what it said. */
export interface Screened {
  readonly prepared: Prepared;
  readonly choice: Choice;
  readonly title: string;
  /** Why statements could not be planned. */
  readonly failures: ReadonlyMap<string, string>;
  readonly taken: ReadonlySet<string>;
  /** Of the chosen indexes' partitioned tables: what an index of theirs is built on, by table. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
}

export interface MeasuredOnCopy {
  readonly refined: Refined;
  readonly buildSeconds: ReadonlyMap<string, number>;
  readonly failures: ReadonlyMap<string, string>;
  /** Statements that were run with values drawn from the copy's rows. */
  readonly drawn: ReadonlySet<string>;
}

/** What was found, for people and for plans. `notMeasured`: why not, although that was wanted. */
export function adviceOf(
  workload: Workload,
  { prepared, choice, title, failures, taken, parts }: Screened,
  measured: MeasuredOnCopy | null,
  notMeasured: string | null,
  cost: IndexAdvice['cost'],
): IndexAdvice {
  const { problem, schema, sizes, notUnderstood } = prepared;
  const believed = believable(choice, problem);
  const unmeasured = measured === null ? [] : believed.chosen.filter((one) => isUnmeasured(one, measured));
  const chosen = measured === null ? believed.chosen : [...leftBy(measured, choice), ...unmeasured];
  const told = {
    workload,
    problem,
    schema,
    sizes,
    costs: new Map(choice.chosen.flatMap(({ statements }) => statements.map(({ id, before }) => [id, before]))),
    refined: measured?.refined ?? null,
    buildSeconds: measured?.buildSeconds ?? new Map(),
    drawn: measured?.drawn ?? new Set(),
    taken,
    parts,
  };
  const created = createProposals(chosen, told);
  const dropped = dropProposals(choice.redundant, created, chosen, { schema });
  const texts = new Map(workload.statements.map(({ id, text }) => [id, text]));
  const planned = (one: { readonly statement: string; readonly because: string }) => {
    const failure = failures.get(one.statement);
    return failure === undefined
      ? one
      : { ...one, because: `The planner could not plan it: ${failure}.`, unknown: true };
  };
  const rejected = rejectedBeside(
    chosen.map(({ spec }) => spec),
    measured?.refined.rejected ?? believed.rejected,
    choice.rejected,
  );
  return {
    proposals: [...created, ...dropped],
    rejected: rejected.map(({ spec, because }) => ({ definition: definitionText(spec), table: spec.table, because })),
    notConsidered: [
      ...notUnderstood,
      ...choice.notConsidered.map(planned),
      ...[...(measured?.failures ?? [])].map(([statement, why]) => ({
        statement,
        because: `It was not measured on the copy: ${why}.`,
      })),
    ].map((one) => ({ ...one, text: texts.get(one.statement) ?? '' })),
    whatIf: [
      title,
      ...likelyNote(prepared),
      ...drawnNote(measured),
      ...(notMeasured === null ? [] : [`not measured: ${notMeasured}`]),
    ].join('; '),
    nothingToDo:
      created.length + dropped.length > 0 ? null : whyNothing(problem, choice, measured, believed.chosen.length),
    cost,
    sweep: choice.sweep,
  };
}

/** What the planner's word alone is good for. */
function believable(choice: Choice, problem: Prepared['problem']): ReturnType<typeof credible> {
  const tables = new Map(problem.tables.map((table) => [table.name, table]));
  const unsound = (spec: IndexSpec) => whyUnsound(spec, tables.get(spec.table) ?? { columns: [] });
  const { chosen, rejected } = credible(
    choice.chosen.filter(({ spec }) => unsound(spec) === null),
    problem,
  );
  const others = choice.chosen.flatMap(({ spec }) => {
    const why = unsound(spec);
    return why === null
      ? []
      : [{ spec, because: `It was not measured, and what the planner expects says little: ${why}.` }];
  });
  return { chosen, rejected: [...others, ...rejected] };
}

function whyNothing(problem: Prepared['problem'], choice: Choice, measured: MeasuredOnCopy | null, believed: number) {
  if (measured === null && choice.chosen.length > 0 && believed === 0) {
    return 'The planner expects so little of the indexes that it would use that they are not worth building unmeasured.';
  }
  if (measured !== null && choice.chosen.length > 0) {
    return 'Built on a copy and timed, none of the indexes that the planner would use makes the workload faster.';
  }
  return nothingToDo(problem, choice) ?? 'The indexes that exist serve the workload.';
}

/** None of the statements that it is for could be run: measuring says nothing against it. */
function isUnmeasured({ spec, statements }: ChosenIndex, { refined, failures }: MeasuredOnCopy): boolean {
  const isLeft = refined.chosen.some((one) => keyOf(one.spec) === keyOf(spec));
  return !isLeft && statements.length > 0 && statements.every(({ id }) => failures.has(id));
}

function likelyNote({ planned }: Prepared): readonly string[] {
  const count = planned.filter(({ likely }) => likely !== undefined).length;
  if (count === 0) return [];
  const what = count === 1 ? 'one statement, of which no call is' : `${count} statements, of which no calls are`;
  return [`${what} known, planned for frequent and rare values of the columns`];
}

function drawnNote(measured: MeasuredOnCopy | null): readonly string[] {
  const count = [...(measured?.drawn ?? [])].filter((id) => !measured!.failures.has(id)).length;
  if (count === 0) return [];
  const what = count === 1 ? 'one statement, of which no call is' : `${count} statements, of which no calls are`;
  return [`values for ${what} known, were drawn from the rows of the copy`];
}

/** What measuring left, with what the planner knew of each. */
function leftBy({ refined }: MeasuredOnCopy, choice: Choice): readonly ChosenIndex[] {
  const known = new Map(choice.chosen.map((one) => [keyOf(one.spec), one]));
  return refined.chosen.map((one) => known.get(keyOf(one.spec)) ?? unplanned(one.spec, one.bytes ?? 0));
}

/** A set near the planner's choice was faster: the planner's figures for it are of another set. */
function unplanned(spec: IndexSpec, bytes: number): ChosenIndex {
  return { spec, bytes, savedSeconds: 0, writeSeconds: 0, statements: [] };
}
