import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import type { Change, Outcome, Plan } from '../model/change.ts';
import type { Store } from '../model/store.ts';
import type { Recovered } from '../tune/recover.ts';
import { rememberOutcome } from './advice-memory.ts';
import { type Block, blockRecorder } from './blocks.ts';
import type { Session } from './session.ts';
import { trial } from './trial.ts';
import { healthProblem, tuneContext, withLock } from './tuning.ts';

export interface ApplyOptions {
  readonly signal: AbortSignal;
  readonly allowRestart: boolean;
  onProgress(text: string): void;
  onOutcome(outcome: Outcome): void;
  onRefused(change: Change, error: PitwallError): void;
  onRecovered(recovered: Recovered): void;
}

export interface ApplyResult {
  readonly outcomes: readonly Outcome[];
  readonly refused: readonly { readonly change: Change; readonly error: PitwallError }[];
  /** What an earlier, interrupted run had left, and what became of it. */
  readonly recovered: readonly Recovered[];
  /** What ended the plan before its last change; null when nothing did. The outcomes until then stand. */
  readonly stopped: unknown;
  readonly exitCode: ExitCode;
}

/** A refusal of one change says nothing about the next; these say that none can be made. */
const ENDS_ALL: readonly string[] = [
  'INTERRUPTED',
  'JOURNAL_FAILED',
  'UNDO_BLOCKED',
  'ORIGINAL_NEEDED',
  'SERVICE_UNHEALTHY',
  'SERVICE_CONTROL_FAILED',
];

/**
 * Applies a plan, one proved change after the other. Takes the lock, and first takes back what an earlier run left. Once it
 * has begun it does not throw: what ended it early is in `stopped`, beside what was done until then.
 */
export async function applyPlan(
  session: Session,
  store: Store,
  plan: Plan,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const tune = tuneContext(session, store, options);
  return withLock(session, tune, async (recovered) => {
    for (const one of recovered) options.onRecovered(one);
    const outcomes: Outcome[] = [];
    const refused: { change: Change; error: PitwallError }[] = [];
    let stopped: unknown = null;
    try {
      await preconditions(session, recovered, options.signal);
      const record = blockRecorder(session, store, plan.changes, options.signal);
      const context = { session, tune, planId: plan.id, record, onProgress: options.onProgress };
      let current: readonly Block[] | null = null;
      for (const change of plan.changes) {
        options.signal.throwIfAborted();
        const before: readonly Block[] | null = current;
        current = null;
        try {
          const result = await trial(context, change, before);
          current = result.current;
          outcomes.push(result.outcome);
          options.onOutcome(result.outcome);
        } catch (error) {
          if (!(error instanceof PitwallError) || ENDS_ALL.includes(error.code)) throw error;
          refused.push({ change, error });
          options.onRefused(change, error);
          continue;
        }
        await rememberOutcome(store, outcomes.at(-1)!, isRepeatable(session, change));
      }
    } catch (error) {
      stopped = error;
    }
    const recoveredAll = recovered.every(({ outcome }) => outcome === 'rolled-back');
    const keptAll = outcomes.every(({ decision }) => decision === 'kept') && refused.length === 0;
    return { outcomes, refused, recovered, stopped, exitCode: keptAll && recoveredAll ? EXIT.ok : EXIT.refused };
  });
}

/** Its rule finds the state anew: that it was done before says nothing about the next time. */
function isRepeatable(session: Session, { target, tunable }: Change): boolean {
  const at = session.targets.find((one) => one.target.id === target);
  return at?.integration.tunables.find(({ id }) => id === tunable)?.meta.repeatable ?? false;
}

/** Nothing is changed while something old is stuck, or on a service that is unwell: its illness would be our verdict. */
async function preconditions(session: Session, recovered: readonly Recovered[], signal: AbortSignal): Promise<void> {
  const blocked = recovered.find(({ outcome }) => outcome === 'blocked');
  if (blocked) throw new PitwallError('UNDO_BLOCKED', { id: blocked.entry.id, reason: blocked.because });
  const problem = await healthProblem(session, signal);
  if (problem !== null) throw new PitwallError('SERVICE_UNHEALTHY', { reason: `before any change, ${problem}` });
}
