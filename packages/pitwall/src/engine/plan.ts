import type { Plan } from '../model/change.ts';
import type { Observation } from '../model/observation.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { RuleOutcome } from '../model/rule.ts';
import { makePlan } from '../tune/plan.ts';
import type { Session } from './session.ts';
import { statementTitles } from './statement-titles.ts';
import { resolveTarget } from './tuning.ts';

export interface PlanLimits {
  readonly allowRestart: boolean;
  /** Of the check: what statements are called is looked up here. */
  readonly observations: readonly Observation[];
  /** Of the check: what is not known yet is said with the reason, so that nobody takes its silence for an answer. */
  readonly rules: readonly RuleOutcome[];
  /** Of recommendations that change something, only so many: the most worthwhile. */
  readonly limit?: number;
}

/** Turns recommendations (best first) into a plan against what the targets read now. Changes nothing. */
export async function planFrom(
  session: Session,
  recommendations: readonly Recommendation[],
  { allowRestart, observations, rules, limit = Number.POSITIVE_INFINITY }: PlanLimits,
): Promise<Plan> {
  const all = recommendations.filter(({ changes }) => changes.length > 0);
  // What is left out anyway does not take the place of what could be done.
  const closed = all.filter(({ status }) => status === 'rolled-back' || status === 'dismissed');
  const changing = all.filter((one) => !closed.includes(one));
  const plan = await makePlan({
    service: session.config.service.name,
    now: new Date(session.environment.now() * 1000),
    recommendations: [...changing.slice(0, limit), ...closed],
    allowRestart,
    titleOf: statementTitles(observations),
    resolve: (target) => resolveTarget(session, target),
  });
  const passedOver = changing
    .slice(limit)
    .map(({ title }) => ({ what: title, because: `not among the ${limit} most worthwhile` }));
  return { ...plan, leftOut: [...plan.leftOut, ...passedOver, ...notKnownYet(rules)] };
}

/** What rules wait for, as a plan says it: once for all that wait for the same. */
export function notKnownYet(rules: readonly RuleOutcome[]): Plan['leftOut'] {
  const waiting = rules.filter(({ status }) => status === 'not-yet');
  const alike = Map.groupBy(waiting, ({ target, because }) => JSON.stringify([target, because]));
  return [...alike.values()].map((those) => ({
    what: `${those.map(({ rule }) => rule).join(', ')} on ${those[0]!.target}`,
    because: `not known yet: ${those[0]!.because}`,
  }));
}
