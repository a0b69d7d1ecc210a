import type { Channel, PlainRequest } from '../channel.ts';
import { Answer } from './answer.ts';
import { failedChecks } from './checks.ts';
import type { CompiledStep } from './compile.ts';
import { extractAll } from './extract.ts';
import { withCookies } from './request.ts';
import type { User } from './users.ts';

/** What became of a step: why it counts as failed, as an error kind and as words; null and '' when it does not. */
export interface Exchange {
  readonly kind: string | null;
  readonly because: string;
  /** Indexes of the checks that failed. */
  readonly failed: readonly number[];
}

const GOOD: Exchange = { kind: null, because: '', failed: [] };

/**
 * Judges the answer that a channel has just read, keeps its cookies, and takes values out of it. A status from 400 on is an
 * error unless the step checks the status itself. Extraction is for answers that are as they should be.
 */
export function judge(channel: Channel, step: CompiledStep, user: User, now: number): Exchange {
  const { status } = channel;
  const bad = status >= 400 && !step.checksStatus;
  if (!step.capture && step.checks.length === 0) return bad ? byStatus(status, []) : GOOD;
  const captured = step.capture ? channel.captured() : null;
  const answer = new Answer(status, (now - channel.intended) / 1000, captured);
  if (captured !== null) user.jar?.takeAll(captured.headers, user.path, Date.now());
  const failed = failedChecks(step.checks, answer);
  if (bad) return byStatus(status, failed);
  if (failed.length > 0)
    return { kind: 'check', because: `it failed the check ${step.checks[failed[0]!]!.name}`, failed };
  const missing = extracted(step, answer, user);
  return missing === null ? GOOD : { kind: 'extract', because: missing, failed };
}

/** The request of a step for a user, with its cookies. Throws TemplateProblem. */
export function requestOf(step: CompiledStep, user: User): PlainRequest {
  const request = step.fixed ?? step.build(user.scope);
  user.path = request.path;
  return user.jar === null ? request : withCookies(request, user.jar.header(request.path, Date.now()));
}

/** Why values are missing that should have been in an answer, or null. Somebody may have nested it deeper than the stack is. */
function extracted(step: CompiledStep, answer: Answer, user: User): string | null {
  try {
    return extractAll(step.extractors, answer, user.scope.values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return 'it is nested too deeply for a value to be taken out of it';
  }
}

function byStatus(status: number, failed: readonly number[]): Exchange {
  return { kind: status < 500 ? 'status-4xx' : 'status-5xx', because: `it was answered with ${status}`, failed };
}
