import { PitwallError } from '../errors.ts';
import { loadIntegration } from '../integrations/registry.ts';
import type { Verdict } from '../model/indicator.ts';
import type { Failure, Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import type { ConfirmRequest } from '../model/rule.ts';
import type { Store } from '../model/store.ts';
import type { Target } from '../model/target.ts';
import { type CollectTask, collectorTasks, type ObserveOptions, runCollectors } from '../observe/run-collectors.ts';
import { withStatus } from './advice-memory.ts';
import { type Assessment, assess } from './assess.ts';
import { startAsking } from './db/asked.ts';
import { leaveOutOwnLoads } from './db/own-load.ts';
import { loadPlanOf } from './load-options.ts';
import { loadEndpointFacts } from './load-samples.ts';
import { makeReport, startRun } from './make-report.ts';
import { readObservation, type SavedObservation } from './observation-file.ts';
import { ownCpuSeconds } from './platform.ts';
import { catalogueOf, type Session, type SessionTarget } from './session.ts';

/** Rules may ask once, see the answer, and ask something that follows from it; more rounds than this is a bug in a rule. */
const CONFIRM_ROUNDS = 2;

export interface CheckOptions {
  readonly signal: AbortSignal;
  /** Seconds over which rates are taken. */
  readonly window: number;
  /** False: rules stay unconfirmed, nothing is copied. */
  readonly confirm: boolean;
  /** What earlier runs did about recommendations is looked up here. */
  readonly store: Store;
  onProgress(text: string): void;
}

export interface CheckResult {
  readonly report: Report;
  readonly observations: readonly Observation[];
  readonly assessment: Assessment;
}

/** One assessment: measure, judge, diagnose, and confirm on copies what rules are not yet sure of. Changes nothing. */
export async function check(session: Session, options: CheckOptions): Promise<CheckResult> {
  const run = startRun();
  const asking = startAsking(session);
  await leaveOutOwnLoads(session.targets, options.store);
  const observations = await measure(session, options);
  let assessment = assessSession(session, observations);
  for (let round = 0; options.confirm && round < CONFIRM_ROUNDS && assessment.confirmRequests.length > 0; round++) {
    const tasks = confirmTasks(session, assessment.confirmRequests);
    options.onProgress(`trying ${tasks.length} ${tasks.length === 1 ? 'idea' : 'ideas'} out on a copy`);
    observations.push(...(await runCollectors(tasks, observeOptions(session, options))));
    assessment = assessSession(session, observations);
  }
  assessment = { ...assessment, recommendations: await withStatus(assessment.recommendations, options.store) };
  const report = makeReport({
    run,
    command: 'check',
    service: session.config.service.name,
    targets: session.targets.map(({ target }) => target),
    observations,
    assessment,
  });
  return { report: asking(report), observations, assessment };
}

/** Runs every collector of every target once. Targets without a connection contribute their failure. */
async function measure(session: Session, options: CheckOptions): Promise<Observation[]> {
  const connected = session.targets.filter(({ failure }) => failure === null);
  const tasks = connected.flatMap(({ target, integration, connection }) =>
    collectorTasks(target, integration, connection),
  );
  options.onProgress(`measuring ${session.targets.map(({ target }) => target.id).join(', ')}`);
  const observations = await runCollectors(tasks, observeOptions(session, options));
  return [
    ...session.targets.filter(({ failure }) => failure !== null).map(failedObservation(session)),
    ...configured(session),
    ...observations,
  ];
}

function observeOptions(session: Session, options: CheckOptions): ObserveOptions {
  return {
    environment: session.environment,
    signal: options.signal,
    window: options.window,
    cpuSeconds: ownCpuSeconds,
    onDone: ({ collector, failure }) => options.onProgress(failure ? `${collector}: ${failure.message}` : collector),
  };
}

/** What only the configuration knows, as facts, so that rules and replays see it like anything measured. */
function configured(session: Session): Observation[] {
  const load = loadPlanOf(session);
  if (!load) return [];
  return [emptyObservation(session, load.target.target, 'configuration', { facts: loadEndpointFacts(load.endpoints) })];
}

function failedObservation(session: Session): (target: SessionTarget) => Observation {
  return ({ target, failure }) => emptyObservation(session, target, 'connect', { failure: failure! });
}

function emptyObservation(
  session: Session,
  target: Target,
  collector: string,
  more: Partial<Pick<Observation, 'facts' | 'failure'>>,
): Observation {
  const now = session.environment.now();
  return {
    target,
    collector: `${target.integration}/${collector}`,
    startedAt: now,
    finishedAt: now,
    samples: [],
    facts: [],
    gaps: [],
    cost: { wallSeconds: 0, cpuSeconds: 0 },
    ...more,
  };
}

export function assessSession(session: Session, observations: readonly Observation[]): Assessment {
  return assess({
    targets: session.targets.map(({ target }) => target),
    observations,
    catalogue: session.catalogue,
    objectives: session.config.objectives,
    thresholds: session.config.thresholds,
  });
}

function confirmTasks(
  session: Session,
  requests: readonly { readonly target: Target; readonly request: ConfirmRequest }[],
): CollectTask[] {
  return requests.flatMap(({ target, request }) => {
    const at = session.targets.find((candidate) => candidate.target.id === target.id);
    const confirmation = at?.integration.confirmations.find(({ id }) => id === request.probe);
    if (!at || at.failure || !confirmation) return [];
    return [
      {
        target,
        id: request.probe,
        probe: true,
        timeLimit: confirmation.timeLimit,
        run: (context) => confirmation.confirm(at.connection, { key: request.key, input: request.input }, context),
      } satisfies CollectTask,
    ];
  });
}

/**
 * Targets that could not be measured, with why: those that gave nothing at all, and those with an objective that could not be
 * looked at because a collector failed. Neither was met or missed.
 */
export function unmeasuredTargets(
  observations: readonly Observation[],
  verdicts: readonly Verdict[],
): { target: Target; failure: Failure }[] {
  const unjudged = new Set(verdicts.flatMap(({ status, target }) => (status === 'error' ? [target] : [])));
  const byTarget = Map.groupBy(
    observations.filter(({ collector }) => !collector.endsWith('/configuration')),
    ({ target }) => target.id,
  );
  return [...byTarget.values()].flatMap((of) => {
    const failed = of.find(({ failure }) => failure !== undefined);
    const gaveNothing = of.every(({ samples, facts }) => samples.length === 0 && facts.length === 0);
    if (!failed || !(gaveNothing || unjudged.has(failed.target.id))) return [];
    return [{ target: failed.target, failure: failed.failure! }];
  });
}

export function savedObservation(session: Session, observations: readonly Observation[]): SavedObservation {
  return {
    kind: 'pitwall-observation',
    schemaVersion: 1,
    service: session.config.service.name,
    targets: session.targets.map(({ target }) => target),
    observations,
    objectives: session.config.objectives,
    thresholds: session.config.thresholds,
  };
}

/** Judges and diagnoses a saved observation again, without the machine it came from. */
export async function replay(
  file: string,
  override: Pick<SavedObservation, 'objectives' | 'thresholds'> | null,
): Promise<CheckResult> {
  const run = startRun();
  const saved = await readObservation(file);
  if (saved.targets.length === 0) throw new PitwallError('OBSERVATION_INVALID', { file, reason: 'it names no target' });
  const integrations = await Promise.all(
    [...new Set(saved.targets.map(({ integration }) => integration))].map(loadIntegration),
  );
  const assessment = assess({
    targets: saved.targets,
    observations: saved.observations,
    catalogue: catalogueOf(integrations),
    objectives: override?.objectives ?? saved.objectives,
    thresholds: override?.thresholds ?? saved.thresholds,
  });
  const { targets, observations, service } = saved;
  const report = makeReport({ run, command: 'check', service, targets, observations, assessment, replayedFrom: file });
  return { report, observations, assessment };
}
