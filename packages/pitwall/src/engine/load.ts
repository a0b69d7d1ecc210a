import { PitwallError } from '../errors.ts';
import { runLoad } from '../load/engine.ts';
import type { LoadTarget } from '../model/integration.ts';
import type { LoadEndpoint, LoadOptions, LoadResult, LoadTick } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import { collectorTasks, runCollectors } from '../observe/run-collectors.ts';
import { loadSamples } from './load-samples.ts';
import { ownCpuSeconds } from './platform.ts';
import type { Session, SessionTarget } from './session.ts';

export interface LoadPlan {
  readonly target: SessionTarget;
  readonly url: string;
  readonly endpoints: readonly LoadEndpoint[];
  readonly tls?: LoadTarget['tls'];
}

/**
 * Where the configured load goes and what it requests: `load.endpoints`, or else the target's endpoints with safe methods.
 * Null when no target takes a load. Throws LOAD_TARGET_UNCLEAR when several could.
 */
export function loadPlanOf(session: Session): LoadPlan | null {
  const { load } = session.config;
  const possible = session.targets.filter(({ integration }) => integration.loadTarget !== undefined);
  const chosen = load.target === null ? possible : possible.filter(({ target }) => target.id === load.target);
  if (chosen.length > 1) {
    throw new PitwallError('LOAD_TARGET_UNCLEAR', { targets: chosen.map(({ target }) => target.id).join(', ') });
  }
  const target = chosen[0];
  if (!target) {
    if (load.target !== null) throw new PitwallError('LOAD_TARGET_UNKNOWN', { target: load.target });
    return null;
  }
  const { url, endpoints, tls } = target.integration.loadTarget!(target.configured.options, target.connection);
  return { target, url, endpoints: load.endpoints.length > 0 ? load.endpoints : endpoints, ...(tls ? { tls } : {}) };
}

export interface LoadRunOptions {
  readonly signal: AbortSignal;
  /** Takes precedence over the configuration. */
  readonly overrides?: Partial<
    Pick<LoadOptions, 'shape' | 'users' | 'rate' | 'duration' | 'warmup' | 'workers' | 'timeout' | 'seed'>
  >;
  onTick?(tick: LoadTick): void;
  /** Also run the collectors that watch a load (host, processes) over its duration. */
  readonly watch: boolean;
}

/** Runs the configured load and, beside it, the collectors that watch one. */
export async function runConfiguredLoad(
  session: Session,
  options: LoadRunOptions,
): Promise<{ result: LoadResult; observations: Observation[] }> {
  const plan = loadPlanOf(session);
  if (!plan || plan.endpoints.length === 0) throw new PitwallError('LOAD_NOTHING_TO_REQUEST');
  const { load } = session.config;
  const loadOptions: LoadOptions = {
    url: plan.url,
    endpoints: plan.endpoints,
    shape: load.shape,
    users: load.users,
    duration: load.duration,
    warmup: load.warmup,
    timeout: load.timeout,
    workers: load.workers,
    seed: load.seed,
    allow: load.allow,
    ...(load.rate === null ? {} : { rate: load.rate }),
    ...options.overrides,
  };
  const { environment } = session;
  const startedAt = environment.now();
  // Whichever of the two fails, the other ends with it: nobody would wait for it, and its connections are closed soon.
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const loading = runLoad(loadOptions, {
    signal,
    ...(plan.tls ? { tls: plan.tls } : {}),
    ...(options.onTick ? { onTick: options.onTick } : {}),
  });
  const watching = options.watch ? watchers(session, loadOptions, signal) : Promise.resolve([]);
  const [result, watched] = await Promise.all([loading, watching]).catch(async (error: unknown) => {
    end.abort(error);
    await Promise.allSettled([loading, watching]);
    throw error;
  });
  const finishedAt = environment.now();
  const observation: Observation = {
    target: plan.target.target,
    collector: 'load',
    startedAt,
    finishedAt,
    // An invalid load says nothing about the service: it is a gap, not a set of numbers.
    samples: result.valid ? loadSamples(result, finishedAt) : [],
    facts: [],
    gaps: result.invalidBecause.map((why) => ({ what: 'the load', why })),
    cost: { wallSeconds: finishedAt - startedAt, cpuSeconds: 0 },
  };
  return { result, observations: [observation, ...watched] };
}

/** Host and process collectors over the measured part of the load. */
async function watchers(session: Session, load: LoadOptions, signal: AbortSignal): Promise<Observation[]> {
  const { environment } = session;
  await environment.sleep(load.warmup, signal);
  const tasks = session.targets
    .filter(({ failure }) => failure === null)
    .flatMap(({ target, integration, connection }) => {
      const watching = integration.collectors.filter(({ watchesLoad }) => watchesLoad);
      return collectorTasks(target, { ...integration, collectors: watching }, connection);
    });
  // A little short of the load's end, so that the last reading is still under load.
  const window = Math.max(0.2, load.duration * 0.95);
  return runCollectors(tasks, { environment, signal, window, cpuSeconds: ownCpuSeconds });
}
