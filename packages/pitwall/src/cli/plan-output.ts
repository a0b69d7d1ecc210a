import type { Plan } from '../model/change.ts';
import { printExactly, writeExactly } from './context.ts';
import { changeTextWithoutSecrets, containsSecret, withoutSecrets } from './secrets.ts';

const REFUSED = 'a value in it is, or contains, a secret of the configuration, and a plan cannot hold that';

/**
 * The plan without secrets. Only its text for people is rewritten: a value with a blank in it would be carried out as such,
 * so a change that has a secret in a value is left out.
 */
export function planWithoutSecrets(plan: Plan): Plan {
  const refused = plan.changes.filter(({ target, subject, to, from, affects, meter }) =>
    containsSecret([target, subject, to, from, affects.map(({ labels }) => labels), meter]),
  );
  return {
    ...plan,
    service: withoutSecrets(plan.service),
    changes: plan.changes.filter((change) => !refused.includes(change)).map(changeTextWithoutSecrets),
    leftOut: [
      ...plan.leftOut.map(({ what, because }) => ({ what: withoutSecrets(what), because: withoutSecrets(because) })),
      ...refused.map(({ preview }) => ({ what: withoutSecrets(preview.apply), because: REFUSED })),
    ],
  };
}

/** Prints what `planWithoutSecrets` gave, as `pitwall apply` reads it. */
export function printPlan(plan: Plan): void {
  printExactly(planJson(plan));
}

/** Writes what `planWithoutSecrets` gave, as `pitwall apply` reads it. Throws FILE_UNWRITABLE. */
export function writePlanFile(file: string, plan: Plan): void {
  writeExactly(file, planJson(plan));
}

function planJson(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}
