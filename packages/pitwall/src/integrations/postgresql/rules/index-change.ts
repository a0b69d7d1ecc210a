import { printable } from '../../../errors.ts';
import type { ChangeDraft, PredictedEffect, Selector } from '../../../model/change.ts';
import type { Json } from '../../../model/json.ts';
import type { RuleView } from '../../../model/rule.ts';
import { shortened } from '../../_sql/shortened.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { factsOf } from '../facts/define.ts';
import type { StatementFact } from '../facts/statements.ts';
import { mayTouch } from '../may-touch.ts';
import { isSampled } from '../meter/samples.ts';
import { bytes, ratioOf } from './statement-view.ts';

/** As the application's calls have it, and as Pitwall's own runs of real calls. */
export const MEAN = 'postgresql.statement.mean';
export const TIMED = 'postgresql.statement.duration.p50';
export const DURATION = 'postgresql.statement.duration';

/** Statements of other tables that show what the machine did meanwhile. Each timed one costs a part of each block. [judgement] */
const MOST_CONTROLS = 50;
const MOST_TIMED_CONTROLS = 4;
/** Of a text, in plans and in the store. */
const LONGEST = 300;

/**
 * The proposal as a change that is proved in place: each statement that it is for has to become faster, by the mean of the
 * application's own calls, or, where logs or files have real calls that can be repeated, timed by Pitwall. The writes of the
 * table, and all other statements that are called, are guards; statements of other tables are controls.
 */
export function indexChange(proposal: IndexProposalFact, view: RuleView): ChangeDraft {
  const known = factsOf(view, 'postgresql.statement');
  const sampled = (id: string) => {
    const statement = known.get(id);
    return statement !== undefined && statement.kind === 'select' && isSampled(statement);
  };
  const helped = proposal.statements.filter((effect) => ratioOf(effect) < 1);
  const affects = helped.map(({ statement }) => selector(sampled(statement) ? TIMED : MEAN, statement));
  const others = [...known].filter(([, statement]) => isElsewhere(statement, proposal.table));
  const timedControls = affects.some(({ indicator }) => indicator === TIMED)
    ? others
        .map(([id]) => id)
        .filter(sampled)
        .slice(0, MOST_TIMED_CONTROLS)
    : [];
  const called = others.slice(0, MOST_CONTROLS).map(([id]) => id);
  const controls = [...called.map((id) => selector(MEAN, id)), ...timedControls.map((id) => selector(TIMED, id))];
  // Named, so that they are told of however rarely they are called.
  const means = [
    ...helped.map(({ statement }) => statement),
    ...proposal.writes.map(({ statement }) => statement),
    ...called,
  ];
  const timed = [...helped.map(({ statement }) => statement).filter(sampled), ...timedControls];
  const ratios = helped.map(ratioOf);
  return {
    tunable: 'postgresql/index',
    subject: proposal.subject,
    to: proposal.to as Json,
    reason: printable(`${proposal.because}${proposal.bytes === null ? '' : ` It takes ${bytes(proposal.bytes)}.`}`),
    affects,
    ...(controls.length > 0 ? { controls } : {}),
    meter: [
      ...[...new Set(means)].map((statement) => ({ measure: MEAN, statement })),
      ...[...new Set(timed)].map((statement) => ({ measure: DURATION, statement })),
    ],
    ...(ratios.length === 0 ? {} : { predictedRatio: Math.max(Math.min(...ratios), 1e-6) }),
    ...(proposal.buildSeconds === null ? {} : { expectedWriteSeconds: proposal.buildSeconds }),
    ...(proposal.lock === '' ? {} : { lock: proposal.lock }),
    predictions: [...helped, ...proposal.writes].map((effect) => predicted(effect, sampled(effect.statement))),
    ...basisOf(proposal, view),
  };
}

function selector(indicator: string, statement: string): Selector & { indicator: string } {
  return { indicator, labels: { statement } };
}

/** It does nothing with the table. */
export function isElsewhere(statement: StatementFact, table: string): boolean {
  return statement.notUnderstood === null && statement.tables.length > 0 && !mayTouch(statement, table);
}

function predicted({ statement, text, planner, measured }: EffectFact, isTimed: boolean): PredictedEffect {
  const by = isTimed ? [TIMED, MEAN] : [MEAN];
  return {
    statement,
    text: shortened(text, LONGEST),
    planner,
    copy: measured === null ? null : { ratio: measured.ratio, interval: [measured.low, measured.high] },
    measuredBy: by.map((indicator) => selector(indicator, statement)),
  };
}

/** Its planner may do otherwise in the next major version. */
function basisOf({ basis }: IndexProposalFact, view: RuleView): Pick<ChangeDraft, 'basis'> {
  if (basis === null) return {};
  const version = factsOf(view, 'postgresql.server').get('')?.version;
  return { basis: { ...basis, version: version === undefined ? null : `PostgreSQL ${version.split(/[.\s]/)[0]}` } };
}
