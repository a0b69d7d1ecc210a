import { eachOf, runEachEndpoint } from '../load/each-endpoint.ts';
import { assertRunnable, type LoadContext, runLoad } from '../load/engine.ts';
import { validateOptions } from '../load/options.ts';
import { selfTest } from '../load/self-test.ts';
import type { LoadLedger } from '../model/ledger.ts';
import type { GeneratorSelfTest, LoadOptions, LoadResult } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import type { Series } from '../model/report.ts';
import { watchAccessLog } from './ledger/access-log-truth.ts';
import { Edges } from './ledger/edges.ts';
import { loadLedger } from './ledger/load-ledger.ts';
import { counterSeries, tracksOf } from './ledger/rows.ts';
import { onMeasuredTime, type Stretch, thinned } from './ledger/stretches.ts';
import { type LoadOverrides, loadOptionsOf } from './load-options.ts';
import { loadSamples } from './load-samples.ts';
import { NOTHING_WATCHED, watchLoad } from './load-watch.ts';
import { hostWatch } from './search/host-watch.ts';
import type { Session } from './session.ts';

export interface LoadRunOptions {
  readonly signal: AbortSignal;
  /** Ends the run early and in order, see LoadContext.stop. */
  readonly stop?: AbortSignal;
  readonly overrides?: LoadOverrides;
  onTick?: LoadContext['onTick'];
  /** Also run the collectors that watch a load (host, processes) over its duration. */
  readonly watch: boolean;
  /** First find out what the generator can do here by itself (about a second). */
  readonly selfTest?: boolean;
  /** Who runs the load; default: this process. */
  readonly generate?: (options: LoadOptions, context: LoadContext) => Promise<LoadResult>;
}

export interface LoadRun {
  readonly result: LoadResult;
  readonly observations: readonly Observation[];
  /** Epoch seconds: when the measured part began. */
  readonly measuredAt: number;
  /** What was used up, over the time of the load. */
  readonly series: readonly Series[];
  /** What a request cost the targets; null when nothing of that is known. */
  readonly ledger: LoadLedger | null;
}

/**
 * The configured load with the flags over it, looked at before anything is sent. `here`: this machine generates all of it.
 * @throws PitwallError as `loadOptionsOf`, and LOAD_OPTIONS_INVALID, LOAD_LIMITS
 */
export async function runnableLoad(session: Session, overrides: LoadOverrides, here: boolean): Promise<LoadOptions> {
  const { options } = await loadOptionsOf(session, overrides);
  if (here) await assertRunnable(options);
  // How many workers one machine takes is looked at there.
  else validateOptions({ ...options, workers: 1 });
  return options;
}

/** Runs the configured load and, beside it, what watches one: collectors, and counters of what it costs. */
export async function runConfiguredLoad(session: Session, options: LoadRunOptions): Promise<LoadRun> {
  const { plan, options: loadOptions } = await loadOptionsOf(session, options.overrides);
  const { environment } = session;
  const startedAt = environment.now();
  const { accessLog, accessLogFormat } = session.config.load;
  const log = options.watch && accessLog !== null ? await watchAccessLog(accessLog, accessLogFormat) : null;
  // Without a look at the cgroup of the service, a container would be killed before the host shows anything.
  const signs = loadOptions.abort?.danger ? await hostWatch(environment, loadOptions) : null;
  const self: { test: GeneratorSelfTest | null } = { test: null };
  // Whichever of the two fails, the other ends with it: nobody would wait for it, and its connections are closed soon.
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const start = Promise.withResolvers<number>();
  const stretches: Stretch[] = [];
  const edges = new Edges();
  const loading = (options.generate ?? runLoad)(loadOptions, {
    signal,
    onStart: (at) => start.resolve(at / 1000),
    onPartStart(at) {
      void edges.add(at / 1000);
      void edges.add(at / 1000 + loadOptions.duration);
    },
    async onPart(at, seconds) {
      stretches.push({ at: at / 1000, duration: seconds });
      // One that counts its requests is over long before its time.
      if (seconds < loadOptions.duration) await edges.add(environment.now());
    },
    async onReached() {
      if (!options.selfTest) return;
      self.test = await selfTest(options.stop ? AbortSignal.any([signal, options.stop]) : signal);
    },
    ...(options.stop ? { stop: options.stop } : {}),
    ...(plan.tls ? { tls: plan.tls } : {}),
    ...(options.onTick ? { onTick: options.onTick } : {}),
    ...(signs ? { signs } : {}),
  });
  // A load that fails before it starts leaves nothing to watch.
  loading.catch(start.reject);
  const watching = start.promise.then((measuredAt) =>
    options.watch
      ? watchLoad(session, {
          measuredAt,
          duration: plannedSeconds(loadOptions, options.generate),
          over: loading.then(() => {}),
          ...(options.generate === runEachEndpoint ? { edges } : {}),
          signal,
        })
      : NOTHING_WATCHED,
  );
  const [loaded, watched] = await Promise.all([loading, watching]).catch(async (error: unknown) => {
    end.abort(error);
    await Promise.allSettled([loading, watching]);
    throw error;
  });
  const result = { ...loaded, generator: { ...loaded.generator, selfTest: self.test ?? loaded.generator.selfTest } };
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
  const measuredAt = await start.promise;
  const readings = onMeasuredTime(watched.readings, measuredAt, stretches);
  const inParts = stretches.length > 1 ? { stretches } : {};
  const said =
    log && (await log.read({ options: loadOptions, result, measuredAt, signal: options.signal, ...inParts }));
  return {
    result,
    observations: [observation, ...watched.observations],
    measuredAt,
    series: counterSeries(tracksOf(stretches.length > 1 ? thinned(readings) : readings, result.duration)),
    ledger: loadLedger(result, { target: plan.target.target.id, readings, log: said }),
  };
}

/**
 * Seconds for which a load is watched: its measured part, or all of them, with the warm-ups between them, where one endpoint comes
 * after the other. A number of requests is done long before its time, which is then only the most that it may take.
 */
export function plannedSeconds(options: LoadOptions, generate: LoadRunOptions['generate']): number {
  const { duration, warmup, iterations } = options;
  if (generate !== runEachEndpoint || iterations !== undefined) return duration;
  return eachOf(options).length * (duration + warmup) - warmup;
}
