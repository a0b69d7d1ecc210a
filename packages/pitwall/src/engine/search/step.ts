import { PitwallError, reasonOf } from '../../errors.ts';
import { deriveIndicators } from '../../judge/indicators.ts';
import { EarlyEnd } from '../../load/abort-watch.ts';
import { type HostSigns, watchDanger } from '../../load/danger.ts';
import { judgeStep, type StepJudgement, type StepView } from '../../load/search/judge-step.ts';
import type { StepRecord } from '../../load/search/result.ts';
import { grouped } from '../../load/search/words.ts';
import { plannedOf } from '../../load/validity.ts';
import type { LoadResult, LoadTick } from '../../model/load.ts';
import type { SearchObjective, SearchPlan, SearchWhy } from '../../model/search.ts';
import { type LoadRun, runConfiguredLoad } from '../load.ts';
import type { LoadOverrides } from '../load-options.ts';
import type { Session, SessionTarget } from '../session.ts';
import { checksOf } from './objectives.ts';

/** Seconds between two looks at the danger signs of the host. */
const DANGER_INTERVAL = 0.5;

export interface StepContext {
  readonly session: Session;
  readonly loaded: SessionTarget;
  readonly plan: SearchPlan;
  readonly objectives: readonly SearchObjective[];
  /** Reads danger signs; null when the service is not on this host. */
  readonly signs: (() => Promise<HostSigns>) | null;
  /** Epoch seconds at which the search began. */
  readonly begin: number;
  readonly signal: AbortSignal;
  readonly stop: AbortSignal;
  onTick?(tick: LoadTick): void;
}

export interface StepOrder {
  readonly rate: number;
  readonly why: SearchWhy;
  /** How often in a row this rate was held already. */
  readonly holds: number;
  readonly overrides: LoadOverrides;
  /** Whether an earlier step reached the service: failures to reach it are then its doing. */
  readonly reachedBefore: boolean;
}

export interface StepOutcome {
  readonly record: StepRecord;
  /** Null when the load did not run at all. */
  readonly run: LoadRun | null;
}

/** Runs one step and judges it. Null when it was interrupted: half a step says nothing. */
export async function runStep(context: StepContext, order: StepOrder): Promise<StepOutcome | null> {
  const { session, signal } = context;
  const at = session.environment.now() - context.begin;
  const danger = new AbortController();
  const unwatch = context.signs
    ? watchDanger({
        read: context.signs,
        interval: DANGER_INTERVAL,
        onDanger: ({ text }) => danger.abort(new EarlyEnd('danger', text)),
      })
    : async () => {};
  try {
    const run = await runConfiguredLoad(session, {
      signal,
      stop: AbortSignal.any([context.stop, danger.signal]),
      watch: true,
      overrides: order.overrides,
      ...(context.onTick ? { onTick: (tick) => context.onTick!(tick) } : {}),
    });
    if (run.result.endedBy === 'interrupt') return null;
    return { record: recordOf(context, order, at, run), run };
  } catch (error) {
    signal.throwIfAborted();
    if (context.stop.aborted) return null;
    const text = dangerIn(error) ?? unrunnable(error, order);
    if (text === null) throw error;
    return { record: emptyRecord(order, at, text), run: null };
  } finally {
    await unwatch();
  }
}

/** The host was in danger before the load began. */
function dangerIn(error: unknown): string | null {
  if (error instanceof EarlyEnd) return error.end === 'danger' ? error.message : null;
  return error instanceof PitwallError && error.code === 'LOAD_DANGER' ? error.message : null;
}

/** Why a load that cannot start ends the search instead of failing it; null when it is a failure of its own. */
function unrunnable(error: unknown, { rate, reachedBefore }: StepOrder): string | null {
  const known = error instanceof PitwallError && ['LOAD_UNREACHABLE', 'LOAD_SETUP_FAILED'].includes(error.code);
  return known && reachedBefore
    ? `At ${grouped(rate)}/s the service could not be loaded any more: ${reasonOf(error)}`
    : null;
}

function recordOf(context: StepContext, order: StepOrder, at: number, run: LoadRun): StepRecord {
  const { result } = run;
  const { loaded, plan, session } = context;
  const checks = checksOf(context.objectives, loaded, result, session.environment.now());
  const stretch = plan.longestStep / (order.overrides.duration ?? plan.longestStep);
  const judgement = judgeStep(viewOf(order.rate, result, { checks, stretch }), order.holds, plan);
  const failed = sum(Object.values(result.errors));
  const completed = sum(result.timeline.map((tick) => tick.completed)) / Math.max(result.duration, 1e-9);
  const watched = run.observations.filter(({ collector }) => collector !== 'load');
  return {
    step: {
      at,
      rate: order.rate,
      why: order.why,
      verdict: judgement.verdict,
      because: judgement.because,
      steadiness: judgement.steadiness,
      users: result.users,
      planned: result.planned,
      sent: result.sent,
      throughput: result.requestsPerSecond,
      errorRatio: failed / Math.max(1, result.ok + failed),
      errors: result.errors,
      p50: result.latency.response.p50,
      p99: result.latency.response.p99,
      // Little's law; the time at the service, not the time that a request waited for a connection.
      concurrency: completed * result.latency.service.mean || 0,
      checks,
    },
    indicators: deriveIndicators(watched, session.catalogue.definitions),
    connectionsTaken: result.saturated,
    broke: brokeOf(judgement),
  };
}

export function viewOf(
  rate: number,
  result: LoadResult,
  { checks, stretch }: Required<Pick<StepView, 'checks' | 'stretch'>>,
): StepView {
  const byRule = result.endedBy === 'abort-rule' || result.endedBy === 'target-lost';
  // Data that has run dry is a fault of the plan, not of the service.
  const dry = result.endedBy === 'data' ? [`The data of the scenario ended: ${result.partial ?? ''}`] : [];
  const { planned, started } = plannedOf(result);
  return {
    rate,
    users: result.users,
    ticks: result.timeline,
    planned,
    started,
    sent: result.sent,
    ok: result.ok,
    valid: result.valid && dry.length === 0,
    invalidBecause: [...dry, ...result.invalidBecause],
    saturated: result.saturated,
    partial: byRule ? result.partial : null,
    danger: result.endedBy === 'danger' ? result.partial : null,
    checks,
    stretch,
  };
}

function emptyRecord(order: StepOrder, at: number, because: string): StepRecord {
  return {
    step: {
      at,
      rate: order.rate,
      why: order.why,
      verdict: 'danger',
      because,
      steadiness: 'unknown',
      users: order.overrides.users ?? 0,
      planned: 0,
      sent: 0,
      throughput: 0,
      errorRatio: 0,
      errors: {},
      p50: Number.NaN,
      p99: Number.NaN,
      concurrency: 0,
      checks: [],
    },
    indicators: [],
    connectionsTaken: false,
    broke: [because],
  };
}

function brokeOf({ verdict, broke, because }: StepJudgement): readonly string[] {
  return broke.length > 0 || (verdict !== 'fail' && verdict !== 'danger') ? broke : [because];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
