import { EXIT, type ExitCode } from '../errors.ts';
import type { Outcome, Plan } from '../model/change.ts';
import type { LoadResult } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { withStatus } from './advice-memory.ts';
import { type ApplyOptions, applyPlan } from './apply.ts';
import { assessSession, check } from './check.ts';
import { runConfiguredLoad } from './load.ts';
import { loadPlanOf } from './load-options.ts';
import { makeReport, startRun } from './make-report.ts';
import { planFrom } from './plan.ts';
import type { Session } from './session.ts';

export interface LoopOptions extends ApplyOptions {
  /** The command that runs it, as its report is headed. */
  readonly command: string;
  /** Seconds of rates in each check. */
  readonly window: number;
  /** Check → plan → apply at most this often: what one round changes can bring the next one's findings to light. */
  readonly rounds: number;
  /** At most so many recommendations a round, the most worthwhile. */
  readonly limit: number;
  onStage(text: string): void;
  onPlan(plan: Plan): void;
}

export interface LoopResult {
  readonly report: Report;
  readonly plans: readonly Plan[];
  /** A change taken back is the loop at work, not a failure; a conflict, or a load that is not valid, is one. */
  readonly exitCode: ExitCode;
}

/**
 * The whole loop on one service: load, then (check, plan, apply with trials) until nothing new is proposed, then load and
 * check again. A change that was tried and taken back is not tried twice.
 */
export async function tuneLoop(session: Session, store: Store, options: LoopOptions): Promise<LoopResult> {
  const run = startRun();
  const { signal } = options;
  const checkOnce = () =>
    check(session, { signal, store, window: options.window, confirm: true, onProgress: options.onProgress });
  const loadOnce = async (): Promise<{ result: LoadResult | null; observations: readonly Observation[] }> =>
    loadPlanOf(session)
      ? runConfiguredLoad(session, {
          signal,
          watch: true,
          onTick: (tick) => options.onProgress(`load: ${tick.at.toFixed(0)} s`),
        })
      : { result: null, observations: [] };

  options.onStage('Checking');
  let checked = await checkOnce();
  await store.saveRun(checked.report, checked.observations);
  options.onStage('Loading');
  const before = await loadOnce();
  const outcomes: Outcome[] = [];
  const plans: Plan[] = [];
  const tried = new Set<string>();
  for (let round = 0; round < options.rounds; round++) {
    const proposed = await planFrom(session, checked.assessment.recommendations, {
      allowRestart: options.allowRestart,
      observations: checked.observations,
      rules: checked.assessment.rules,
      limit: options.limit,
    });
    const plan: Plan = {
      ...proposed,
      changes: proposed.changes.filter(({ tunable, target, subject }) => !tried.has(`${tunable} ${target} ${subject}`)),
    };
    for (const { tunable, target, subject } of plan.changes) tried.add(`${tunable} ${target} ${subject}`);
    if (round > 0 && plan.changes.length === 0) break;
    options.onPlan(plan);
    plans.push(plan);
    if (plan.changes.length === 0) break;
    options.onStage('Applying, one change at a time');
    const applied = await applyPlan(session, store, plan, options);
    outcomes.push(...applied.outcomes);
    if (applied.stopped !== null) throw applied.stopped;
    if (!applied.outcomes.some(({ decision }) => decision === 'kept')) break;
    options.onStage('Checking again');
    checked = await checkOnce();
  }
  options.onStage('Loading again');
  const after = await loadOnce();
  // What watched the load says how the host does under it; the same collectors in the check saw it nearly idle.
  const underLoad = new Set(after.observations.map(({ target, collector }) => `${target.id} ${collector}`));
  const observations = [
    ...checked.observations.filter(({ target, collector }) => !underLoad.has(`${target.id} ${collector}`)),
    ...after.observations,
  ];
  const assessment = assessSession(session, observations);
  const report = makeReport({
    run,
    command: options.command,
    service: session.config.service.name,
    targets: session.targets.map(({ target }) => target),
    observations,
    assessment: { ...assessment, recommendations: await withStatus(assessment.recommendations, store) },
    outcomes,
    load: after.result,
    loadBefore: before.result,
  });
  await store.saveRun(report, observations);
  const conflict = outcomes.some(({ decision }) => decision === 'conflict');
  const invalid = [before.result, after.result].some((result) => result !== null && !result.valid);
  return { report, plans, exitCode: conflict ? EXIT.refused : invalid ? EXIT.unmeasurable : EXIT.ok };
}
