import { unmeasuredTargets } from '../engine/check.ts';
import { PitwallError } from '../errors.ts';
import type { Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';

/** Throws UNMEASURED for the first target that could not be measured, with the others in `also`. */
export function refuseUnmeasured(observations: readonly Observation[], { verdicts }: Pick<Report, 'verdicts'>): void {
  const errors = unmeasuredTargets(observations, verdicts).map(({ target, failure }) => ({
    target: target.id,
    reason: failure.message.replace(/\.$/, ''),
    hint: failure.hint ?? 'See what the report says is not measurable.',
  }));
  if (errors.length === 0) return;
  const also = errors.slice(1).map((details) => new PitwallError('UNMEASURED', details).message);
  throw new PitwallError('UNMEASURED', errors[0], { also });
}
