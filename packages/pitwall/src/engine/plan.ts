import type { Plan } from '../model/change.ts';
import type { Recommendation } from '../model/recommendation.ts';
import { makePlan } from '../tune/plan.ts';
import type { Session } from './session.ts';
import { resolveTarget } from './tuning.ts';

/** Turns recommendations into a plan against what the targets read now. Changes nothing. */
export function planFrom(
  session: Session,
  recommendations: readonly Recommendation[],
  options: { readonly allowRestart: boolean },
): Promise<Plan> {
  return makePlan({
    service: session.config.service.name,
    now: new Date(session.environment.now() * 1000),
    recommendations,
    allowRestart: options.allowRestart,
    resolve: (target) => resolveTarget(session, target),
  });
}
