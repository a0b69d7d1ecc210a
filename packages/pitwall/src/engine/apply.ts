import { EXIT, type ExitCode, PitwallError } from '../errors.ts';
import type { Change, Outcome, Plan } from '../model/change.ts';
import type { LoadResult } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import type { Store } from '../model/store.ts';
import type { Recovered } from '../tune/recover.ts';
import { type Block, blockRecorder } from './blocks.ts';
import { rememberOutcome } from './recommendation-status.ts';
import type { Session } from './session.ts';
import { trial } from './trial.ts';
import { tuneContext, withLock } from './tuning.ts';

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
  readonly observations: readonly Observation[];
  /** Load of the newest blocks, for the report. */
  readonly load: LoadResult | null;
  readonly exitCode: ExitCode;
}

/** A refusal of one change says nothing about the next; these say that none can be made. */
const ENDS_ALL: readonly string[] = [
  'INTERRUPTED',
  'JOURNAL_FAILED',
  'UNDO_BLOCKED',
  'SERVICE_UNHEALTHY',
  'SERVICE_CONTROL_FAILED',
];

/** Applies a plan, one proved change after the other. Takes the lock, and first takes back what an earlier run left. */
export async function applyPlan(
  session: Session,
  store: Store,
  plan: Plan,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const tune = tuneContext(session, store, options);
  return withLock(session, tune, async (recovered) => {
    for (const one of recovered) options.onRecovered(one);
    const blocked = recovered.find(({ outcome }) => outcome === 'blocked');
    if (blocked) throw new PitwallError('UNDO_BLOCKED', { id: blocked.entry.id, reason: blocked.because });

    const record = blockRecorder(session, plan.changes, options.signal);
    const context = { session, tune, planId: plan.id, record, onProgress: options.onProgress };
    const outcomes: Outcome[] = [];
    const refused: { change: Change; error: PitwallError }[] = [];
    let current: readonly Block[] | null = null;
    let newest: readonly Block[] = [];
    for (const change of plan.changes) {
      options.signal.throwIfAborted();
      try {
        const result = await trial(context, change, current);
        current = result.current;
        newest = result.current ?? newest;
        outcomes.push(result.outcome);
        options.onOutcome(result.outcome);
        await rememberOutcome(store, result.outcome);
      } catch (error) {
        if (!(error instanceof PitwallError) || ENDS_ALL.includes(error.code)) throw error;
        refused.push({ change, error });
        options.onRefused(change, error);
      }
    }
    const takenBack = outcomes.some(({ decision }) => decision !== 'kept');
    return {
      outcomes,
      refused,
      observations: newest.flatMap(({ observations }) => observations),
      load: newest.at(-1)?.load ?? null,
      exitCode: takenBack || refused.length > 0 ? EXIT.refused : EXIT.ok,
    };
  });
}
