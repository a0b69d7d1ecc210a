import { readFile } from 'node:fs/promises';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Plan } from '../model/change.ts';
import { parsePlan } from '../tune/plan-file.ts';
import type { Session } from './session.ts';

/** Reads a plan that a person may have edited, checked against the targets of the session. Throws PLAN_INVALID. */
export async function readPlanFile(file: string, session: Session): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
  const integrations = new Map(session.targets.map(({ target, integration }) => [target.id, integration]));
  return parsePlan(text, file, integrations);
}
