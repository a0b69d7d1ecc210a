import { PitwallError, reasonOf } from '../errors.ts';
import type { AnyIntegration, CollectContext, Collected, Environment } from '../model/integration.ts';
import type { Cost, Failure, Observation } from '../model/observation.ts';
import type { Target } from '../model/target.ts';
import { Turnstile } from './turnstile.ts';

/** One thing to run: a collector or a confirmation of a target's integration, bound to its connection. */
export interface CollectTask {
  readonly target: Target;
  /** How it is called in observations: the collector's or confirmation's id. */
  readonly id: string;
  readonly probe: boolean;
  /** Seconds beyond the window after which it is given up on. */
  readonly timeLimit: number;
  run(context: CollectContext): Promise<Collected>;
}

export interface ObserveOptions {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Seconds over which rates are taken. */
  readonly window: number;
  /** CPU seconds this process has used so far. */
  cpuSeconds(): number;
  onDone?(observation: Observation): void;
}

/** The tasks of a connected target: all collectors of its integration. */
export function collectorTasks(target: Target, integration: AnyIntegration, connection: unknown): CollectTask[] {
  return integration.collectors.map((collector) => ({
    target,
    id: `${integration.id}/${collector.id}`,
    probe: collector.kind === 'probe',
    timeLimit: collector.timeLimit,
    run: (context) => collector.collect(connection, context),
  }));
}

/**
 * Runs all tasks and returns an observation for each, in the order given: one that fails, or does not end in time, becomes
 * an observation with a failure and disturbs no other. Only one task is active at a time (see Turnstile), passive collectors
 * before probes, so that probes do not disturb each other's timing and the CPU that each one costs is its own.
 * Rejects only when `signal` is aborted.
 */
export async function runCollectors(tasks: readonly CollectTask[], options: ObserveOptions): Promise<Observation[]> {
  const turnstile = new Turnstile(options.cpuSeconds);
  const started = [...tasks.keys()].sort((a, b) => Number(tasks[a]!.probe) - Number(tasks[b]!.probe));
  const results = new Array<Observation>(tasks.length);
  await Promise.all(
    started.map(async (index) => {
      const observation = await runOne(tasks[index]!, turnstile, options);
      results[index] = observation;
      options.onDone?.(observation);
    }),
  );
  options.signal.throwIfAborted();
  return results;
}

async function runOne(task: CollectTask, turnstile: Turnstile, options: ObserveOptions): Promise<Observation> {
  const { environment } = options;
  const pass = await turnstile.enter();
  const startedAt = environment.now();
  // The limit counts active time only: waiting for the turnstile is not the collector's fault.
  const limit = new AbortController();
  const signal = AbortSignal.any([options.signal, limit.signal]);
  const own: Environment = {
    ...environment,
    now: () => environment.now(),
    // While one collector waits for its window to pass, the others may work.
    sleep: async (seconds, sleepSignal) => {
      pass.leave();
      try {
        await environment.sleep(seconds, sleepSignal);
      } finally {
        await pass.enterAgain();
      }
    },
  };
  const deadline = watchActiveTime(pass, task.timeLimit, () =>
    limit.abort(new PitwallError('COLLECTOR_TIMEOUT', { collector: task.id, seconds: task.timeLimit })),
  );
  let collected: Collected = {};
  let failure: Failure | undefined;
  try {
    // What had to wait for its turn is not begun any more after Ctrl-C.
    signal.throwIfAborted();
    collected = await untilAborted(task.run({ environment: own, signal, window: options.window }), signal);
  } catch (error) {
    failure = failureOf(task.id, limit.signal.aborted ? limit.signal.reason : error);
  } finally {
    clearInterval(deadline);
    pass.close();
  }
  const finishedAt = environment.now();
  const cost: Cost = { wallSeconds: finishedAt - startedAt, cpuSeconds: pass.cpuSeconds };
  return {
    target: task.target,
    collector: task.id,
    startedAt,
    finishedAt,
    samples: failure ? [] : (collected.samples ?? []),
    facts: failure ? [] : (collected.facts ?? []),
    gaps: failure ? [] : (collected.gaps ?? []),
    cost,
    ...(failure ? { failure } : {}),
  };
}

function watchActiveTime(pass: { activeSeconds(): number }, limit: number, expire: () => void): NodeJS.Timeout {
  return setInterval(() => {
    if (pass.activeSeconds() > limit) expire();
  }, 50).unref();
}

/** A collector that ignores its signal must not hold us: its promise is abandoned. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    // Also when it is aborted already: what the abandoned work throws later is nobody's news.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Any thrown thing as data. Unknown errors are named as the collector's failure, never passed on as a stack. */
export function failureOf(what: string, error: unknown): Failure {
  const known =
    error instanceof PitwallError
      ? error
      : new PitwallError('COLLECTOR_FAILED', { collector: what, reason: reasonOf(error) });
  return { code: known.code, message: known.message, hint: known.hint };
}
