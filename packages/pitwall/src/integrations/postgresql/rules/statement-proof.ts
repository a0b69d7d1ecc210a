import type { Basis, ChangeDraft, Selector } from '../../../model/change.ts';
import type { RuleView } from '../../../model/rule.ts';
import { shortened } from '../../_sql/shortened.ts';
import { factsOf } from '../facts/define.ts';
import { isSampled } from '../meter/samples.ts';
import { DURATION, isElsewhere, MEAN, TIMED } from './index-change.ts';
import { workloadOf } from './statement-view.ts';

/** Statements that have to become faster, and those of other tables that show what the machine did meanwhile. [judgement] */
const MOST_HELPED = 10;
const MOST_CONTROLS = 50;
/** Seconds that counts have to cover before their rate says anything: a usual ten minutes. [judgement] */
const LEAST_WINDOW = 600;
/** Of a text, in plans and in the store. */
const LONGEST = 300;

type Proof = Pick<ChangeDraft, 'affects' | 'controls' | 'meter' | 'basis'>;

/**
 * How a change of what the planner knows of a table is proved in place: these statements have to become faster, each by repeated
 * real calls where logs or files have such, else by the mean of the application's own calls.
 */
export function statementProof(view: RuleView, table: string, statements: readonly string[]): Proof {
  const known = factsOf(view, 'postgresql.statement');
  const helped = statements.filter((id) => known.has(id)).slice(0, MOST_HELPED);
  const isTimed = (id: string) => known.get(id)!.kind === 'select' && isSampled(known.get(id)!);
  const controls = [...known]
    .filter(([, statement]) => isElsewhere(statement, table))
    .slice(0, MOST_CONTROLS)
    .map(([id]) => id);
  const selector = (indicator: string, statement: string): Selector => ({ indicator, labels: { statement } });
  return {
    affects: helped.map((id) => selector(isTimed(id) ? TIMED : MEAN, id)),
    ...(controls.length > 0 ? { controls: controls.map((id) => selector(MEAN, id)) } : {}),
    meter: [
      ...[...helped, ...controls].map((statement) => ({ measure: MEAN, statement })),
      ...helped.filter(isTimed).map((statement) => ({ measure: DURATION, statement })),
    ],
    basis: basisOf(view, table, helped),
  };
}

function basisOf(view: RuleView, table: string, helped: readonly string[]): Basis {
  const read = workloadOf(view);
  const { window, seconds } = 'workload' in read ? read.workload : { window: null, seconds: null };
  const known = factsOf(view, 'postgresql.statement');
  const { rows = 0, liveRows = 0 } = factsOf(view, 'postgresql.table').get(table) ?? {};
  const size = Math.max(rows ?? 0, liveRows);
  const version = factsOf(view, 'postgresql.server').get('')?.version;
  return {
    statements: helped.map((statement) => {
      const { text, seconds: own } = known.get(statement)!;
      return {
        statement,
        text: shortened(text, LONGEST),
        helped: true,
        share: own !== null && seconds ? own / seconds : null,
        load: own !== null && window !== null && window >= LEAST_WINDOW ? own / window : null,
      };
    }),
    sizes: size > 0 ? [{ what: `rows of ${table}`, value: size }] : [],
    version: version === undefined ? null : `PostgreSQL ${version.split(/[.\s]/)[0]}`,
  };
}
