import { PitwallError } from '../errors.ts';
import { isUndecided } from '../load/search/check-text.ts';
import { inARow, nextStep } from '../load/search/next-step.ts';
import { searchPlan, secondsOf } from '../load/search/plan.ts';
import { type StepRecord, searchResult } from '../load/search/result.ts';
import { grouped } from '../load/search/words.ts';
import type { LoadTick } from '../model/load.ts';
import type { SearchEnd, SearchObjective, SearchPlan, SearchResult } from '../model/search.ts';
import type { LoadRun } from './load.ts';
import { type LoadOverrides, loadPlanOf } from './load-options.ts';
import { hostWatch } from './search/host-watch.ts';
import { type ObjectiveFlags, searchObjectives } from './search/objectives.ts';
import { stepOptions, withoutShape } from './search/options.ts';
import { recovered } from './search/recover.ts';
import { shownLoad } from './search/shown-load.ts';
import { runStep, type StepContext } from './search/step.ts';
import type { Session } from './session.ts';

export interface SearchOptions {
  /** What the flags say; defaults: see load/search/plan.ts. */
  readonly plan: Partial<Pick<SearchPlan, 'from' | 'to' | 'resolution' | 'stepDuration'>>;
  readonly objectives: ObjectiveFlags;
  /** Flags of the load, without those of its shape. */
  readonly overrides: LoadOverrides;
  /** Ends at once: rejects with its reason. */
  readonly signal: AbortSignal;
  /** Ends in order: the answer is what was found so far. */
  readonly stop: AbortSignal;
  onPlan?(plan: SearchPlan, objectives: readonly SearchObjective[]): void;
  onBegin?(step: { readonly rate: number; readonly seconds: number }): void;
  onTick?(tick: LoadTick): void;
  onStep?(step: StepRecord['step']): void;
  /** The service is given time to do what it was overloaded with. */
  onRecover?(): void;
}

export interface SearchOutcome {
  readonly result: SearchResult;
  /** The load at the highest rate that passed; when none did, the last one that ran; null when none did. */
  readonly run: LoadRun | null;
}

/**
 * Finds the highest rate that keeps the objectives. Decisions are made in load/search (pure); this runs the steps, watches
 * the host for danger, and waits after each failure until the service has come back to rest.
 * @throws PitwallError LOAD_OPTIONS_INVALID, LOAD_NOTHING_TO_REQUEST and whatever keeps the first step from running
 */
export async function searchRate(session: Session, options: SearchOptions): Promise<SearchOutcome> {
  const { signal, stop } = options;
  const plan = searchPlan(options.plan);
  const loaded = loadPlanOf(session)?.target;
  if (!loaded) throw new PitwallError('LOAD_NOTHING_TO_REQUEST');
  const objectives = searchObjectives(session, loaded, options.objectives);
  const { options: load, step: overridesFor } = await stepOptions(session, options.overrides, objectives);
  options.onPlan?.(plan, objectives);
  const { environment } = session;
  const context: StepContext = {
    session: withoutShape(session),
    loaded,
    plan,
    objectives,
    // Whoever says `abort: { danger: false }` goes on at their own risk here as well.
    signs: load.abort?.danger === false ? null : await hostWatch(environment, load),
    begin: environment.now(),
    signal,
    stop,
    ...(options.onTick ? { onTick: (tick) => options.onTick!(tick) } : {}),
  };
  const records: StepRecord[] = [];
  const runs = new Map<number, LoadRun>();
  let last: LoadRun | null = null;
  let end: SearchEnd | null = null;
  const warnings: string[] = [];
  while (end === null) {
    const history = records.map(({ step }) => step);
    const next = nextStep(history, plan);
    if (next.kind === 'done') {
      end = next.end;
      break;
    }
    if (stop.aborted) {
      end = 'interrupted';
      break;
    }
    const undecided = records.at(-1)?.step.checks.some(isUndecided) ?? false;
    const seconds = secondsOf({ ...next, undecided }, plan);
    const overrides = overridesFor({ rate: next.rate, duration: seconds });
    options.onBegin?.({ rate: next.rate, seconds });
    const outcome = await runStep(context, {
      rate: next.rate,
      why: next.why,
      holds: history.at(-1)?.rate === next.rate ? inARow(history, 'hold') : 0,
      overrides,
      reachedBefore: records.some(({ step }) => step.sent > 0),
    });
    if (outcome === null) {
      end = 'interrupted';
      break;
    }
    const { record, run } = outcome;
    records.push(record);
    options.onStep?.(record.step);
    last = run ?? last;
    // A valid one has numbers that can be shown; one that passed in spite of its generator only has a verdict.
    if (run && record.step.verdict === 'pass' && (run.result.valid || !runs.has(next.rate))) runs.set(next.rate, run);
    if (record.step.verdict === 'pass' || record.step.verdict === 'danger') continue;
    options.onRecover?.();
    const calm = calmOf(runs);
    if (!(await recovered(context.session, { calm, overrides, signal, stop }))) {
      warnings.push(
        `After ${grouped(record.step.rate)}/s the service did not come back to rest within a minute, so nothing more was sent.`,
      );
      end = 'danger';
    }
  }
  const result = searchResult({ plan, objectives, records, end, seed: load.seed, warnings });
  const run = (result.highestPassing === null ? null : runs.get(result.highestPassing)) ?? last;
  const shown = shownLoad(result, run?.result ?? null);
  return { result: shown === null ? result : { ...result, warnings: [...result.warnings, shown] }, run };
}

/** Median service time (s) of the calmest step that passed. */
function calmOf(runs: ReadonlyMap<number, LoadRun>): number | null {
  const medians = [...runs.values()].map(({ result }) => result.latency.service.p50).filter((each) => each > 0);
  return medians.length > 0 ? Math.min(...medians) : null;
}
