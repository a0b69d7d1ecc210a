import { PitwallError, reasonOf } from '../errors.ts';
import { EarlyEnd } from '../load/abort-watch.ts';
import { runLoad } from '../load/engine.ts';
import { invalidReasons, plannedOf } from '../load/validity.ts';
import type { ComparedRun, RunComparison } from '../model/comparison.ts';
import type { LoadBlock, LoadOptions, LoadResult, LoadTick } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import { Histogram } from '../stats/histogram.ts';
import { seededRandom, shuffled } from '../stats/random.ts';
import { compareRuns, FEWEST_PAIRS } from '../verify/compare-runs.ts';
import { blockSeries, isClosed } from '../verify/run-series.ts';
import { compareShapes } from '../verify/shape-test.ts';
import { NOTHING_ASSESSED } from './assess.ts';
import { DEFAULT_TOLERANCE } from './compare-runs.ts';
import { guardDuet } from './duet-guard.ts';
import { latenessOf } from './duet-lateness.ts';
import { runnableLoad } from './load.ts';
import { endedLoad } from './load-invalid.ts';
import { type LoadOverrides, type LoadPlan, loadPlanOf } from './load-options.ts';
import { makeReport, startRun } from './make-report.ts';
import { kindOf } from './run-kind.ts';
import type { Session } from './session.ts';

/** Pairs of blocks: as many as a run has blocks. */
const PAIRS = 20;
/** Shorter blocks are mostly start and end; before each of them connections are made and threads started (s). */
const TIMING = { block: 0.5, settle: 0.3 } as const;
/**
 * Share of the pairs that has to be valid: where more than one in three is spoiled, those left were picked by the machine's good moments, and
 * say little of the others. Of PAIRS 14 are left then, two more than a verdict takes. [judgement; as of calibrations]
 */
const LEAST_VALID = 2 / 3;
/** Steady ones: of a ramp or a spike every block would see another piece. */
const SHAPES: readonly LoadOptions['shape'][] = ['closed', 'constant-rate', 'poisson', 'soak'];

export interface DuetOptions {
  /** Ends at once: rejects with its reason. */
  readonly signal: AbortSignal;
  /** Ends in order: the comparison is that of the pairs made so far, where they are enough. */
  readonly stop?: AbortSignal;
  /** Origins of the two services. */
  readonly a: string;
  readonly b: string;
  readonly overrides: LoadOverrides;
  /** Default DEFAULT_TOLERANCE. */
  readonly tolerance?: number | undefined;
  /** Seconds: shortest block, and what passes before each that does not count. For tests. */
  readonly timing?: { readonly block: number; readonly settle: number };
  /** Called with the whole load before anything is sent; what it throws refuses it. */
  onLoad?(load: LoadOptions): void;
  /** Called before each pair of blocks, from 1; with 0 before the warm-up. */
  onPair?(pair: number, pairs: number): void;
  /**
   * Called before a comparison of fewer pairs than planned is given, with how many were whole. `failure`: what ended it, as it would
   * have ended a load; null when it was `stop`.
   */
  onEndedEarly?(made: number, pairs: number, failure: PitwallError | null): void;
}

/** One service in one block. */
interface Half {
  readonly block: LoadBlock;
  readonly result: LoadResult;
}

/**
 * Loads two services at the same time and compares them block by block.
 *
 * Each gets half of the configured load: half the users, or half the rate. Both halves of a pair of blocks start at the same
 * moment and ask for the same requests in the same order (one seed), so whatever else the machine or the network does meanwhile
 * hits both and cancels out of their ratio. Which of the two is started first, with the worker threads and connections that go
 * with it, is drawn anew for each pair, each way half of the time: what the generator may do to one side changes sides. Every block has
 * fresh connections and threads for the same reason.
 *
 * At once instead of by turns, because turns only cancel what is slower than a block: L. Bulej, V. Horký, P. Tůma, M. Farquet, A. Prokopec,
 * "Duet benchmarking: improving measurement accuracy in the cloud", ICPE 2020 (arXiv 2001.05811), got intervals 2.3 to 12.5 times
 * narrower. The price: on one host the two also wait for each other. A service that takes more CPU slows the other one down too,
 * so close to saturation the ratio is nearer to 1 than it would be alone; it never points the wrong way. Where that matters, pin each
 * to cores of its own (arXiv 2511.03533).
 *
 * The abort rules and danger signs of the load hold for each of the two, over all blocks (duet-guard.ts); once too many pairs are
 * spoiled for a verdict the rest is not run.
 *
 * @throws PitwallError LOAD_OPTIONS_INVALID for a load that is not steady or cannot be halved, DUET_SPOILED,
 * DUET_INTERRUPTED_EARLY (`stop` came before there were enough pairs), LOAD_ABORTED, LOAD_DANGER, LOAD_TARGET_LOST (the same of what
 * ends a load early), LOAD_NOT_ALLOWED and what a load throws
 */
export async function duet(session: Session, options: DuetOptions): Promise<Report> {
  const run = startRun();
  const whole = await runnableLoad(session, options.overrides, true);
  const plan = loadPlanOf(session)!;
  options.onLoad?.(whole);
  const { block, settle } = options.timing ?? TIMING;
  const pairs = Math.max(FEWEST_PAIRS, Math.min(PAIRS, Math.floor(whole.duration / block)));
  const duration = Math.max(block, whole.duration / pairs);
  const problem = indivisible(whole, duration);
  if (problem !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
  // Each block would begin anew to watch.
  const { abort: _, ...half } = halved(whole);
  const guard = await guardDuet(session.environment, whole, options);
  const stop = options.stop ? AbortSignal.any([options.stop, guard.signal]) : guard.signal;
  const both = (pair: number, first: 'a' | 'b', seconds: { duration: number; warmup: number }) =>
    drivePair(
      plan,
      { ...half, ...seconds, seed: (whole.seed + pair) >>> 0 },
      {
        ...options,
        stop,
        first,
        // Of the warm-up nothing counts.
        onTick: (side, tick) => pair > 0 && guard.saw(side, tick),
      },
    );
  const random = seededRandom(whole.seed);
  const order = shuffled(
    Array.from({ length: pairs }, (_, i) => (i % 2 === 0 ? 'a' : 'b')),
    random,
  );
  const kept: { a: Half; b: Half }[] = [];
  const neededOf = (made: number) => Math.max(FEWEST_PAIRS, Math.ceil(LEAST_VALID * made));
  let reason = '';
  let made = 0;
  let lost: PitwallError | null = null;
  // Once too many are spoiled the rest would be for nothing.
  const hopeless = () => kept.length + pairs - made < neededOf(pairs);
  try {
    if (whole.warmup > 0) {
      options.onPair?.(0, pairs);
      await both(0, 'a', { duration: Math.max(block, whole.warmup), warmup: settle });
    }
    for (const first of order) {
      options.signal.throwIfAborted();
      if (stop.aborted || hopeless()) break;
      options.onPair?.(made + 1, pairs);
      const pair = await both(made + 1, first, { duration, warmup: settle });
      if (pair === null) break;
      made++;
      const problem = problemOf(pair.a.result) ?? problemOf(pair.b.result);
      if (problem === null) kept.push(pair);
      else reason ||= problem;
    }
  } catch (error) {
    // A service that was there and is gone has ended the duet as it ends a load.
    if (made === 0 || !(error instanceof PitwallError) || error.code !== 'LOAD_UNREACHABLE') throw error;
    lost = endedLoad('target-lost', reasonOf(error));
  } finally {
    await guard.end();
  }
  const failure = lost ?? failureOf(guard.signal);
  const late = latenessOf(kept.map(({ a }) => a.result)) ?? latenessOf(kept.map(({ b }) => b.result));
  const needed = neededOf(made);
  if (failure !== null && kept.length < needed) throw failure;
  if (made < pairs && kept.length < needed && !hopeless()) {
    throw new PitwallError('DUET_INTERRUPTED_EARLY', { made, pairs, valid: kept.length, needed });
  }
  if (kept.length < needed || late !== null) {
    const valid = late === null ? kept.length : kept.filter(({ a, b }) => a.result.valid && b.result.valid).length;
    throw new PitwallError('DUET_SPOILED', { valid, pairs: made, reason: late ?? reason });
  }
  if (made < pairs) options.onEndedEarly?.(made, pairs, failure);
  const report = makeReport({
    run,
    command: 'duet',
    service: session.config.service.name,
    targets: session.targets.map(({ target }) => target),
    observations: [],
    assessment: NOTHING_ASSESSED,
  });
  const side = (name: 'a' | 'b'): ComparedRun => ({
    id: options[name],
    command: 'duet',
    service: report.run.service,
    name: null,
    startedAt: report.run.startedAt,
    host: report.run.host.name,
    load: { ...kindOf(kept[0]![name].result), duration: kept.length * duration },
    blocks: kept.length,
  });
  return {
    ...report,
    comparison: {
      schemaVersion: 1,
      design: 'duet',
      a: side('a'),
      b: side('b'),
      ...comparedPairs(kept, options.tolerance ?? DEFAULT_TOLERANCE, plan.target.target.id),
      cautions: cautionsOf(kept, { made, pairs, failure }, reason),
      noise: null,
    },
  };
}

/** What a guard that ended a duet ended it with; null when it did not. */
function failureOf({ aborted, reason }: AbortSignal): PitwallError | null {
  return aborted && reason instanceof EarlyEnd ? endedLoad(reason.end, reasonOf(reason)) : null;
}

/** Why a load cannot be shared out between two services; null when it can. `block`: seconds of a block. */
function indivisible({ shape, users, rate, iterations }: LoadOptions, block: number): string | null {
  if (!SHAPES.includes(shape)) return `a duet needs a steady load (${SHAPES.join(', ')}), and this one is ${shape}`;
  if (iterations !== undefined) {
    return 'a duet is measured in blocks of time, and this load counts its requests; give a duration';
  }
  if (rate !== undefined && (rate / 2) * block < 1) {
    return `each of the two gets half of ${rate} requests/s, and that is not even one in a block of ${Number(block.toPrecision(3))} s`;
  }
  if (rate === undefined && users < 2) return 'a duet gives half of the users to each service, so it needs at least 2';
  return null;
}

/** Half of a load, the same for both: of connections that users share (HTTP/2), too. */
export function halved(whole: LoadOptions): LoadOptions {
  const { rate, rampUp: _, iterations: __, connections, ...rest } = whole;
  return {
    ...rest,
    users: Math.max(1, Math.floor(whole.users / 2)),
    workers: Math.max(1, Math.floor(whole.workers / 2)),
    ...(rate === undefined ? {} : { rate: rate / 2 }),
    ...(connections === undefined ? {} : { connections: Math.max(1, Math.floor(connections / 2)) }),
  };
}

interface PairOptions extends Pick<DuetOptions, 'a' | 'b' | 'signal'> {
  readonly stop: AbortSignal;
  /** Which of them is started first. */
  readonly first: 'a' | 'b';
  onTick(side: 'a' | 'b', tick: LoadTick): void;
}

/** Both services at once; null when they were stopped. When one of them fails, the other ends with it. */
async function drivePair(
  plan: LoadPlan,
  load: LoadOptions,
  options: PairOptions,
): Promise<{ a: Half; b: Half } | null> {
  const { stop, first } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  // Neither begins before both have been reached: they have to run at the same time to be disturbed by the same things.
  const ready = Promise.withResolvers<void>();
  let missing = 2;
  const onReached = () => {
    missing--;
    if (missing === 0) ready.resolve();
    return ready.promise;
  };
  const drive = (side: 'a' | 'b') =>
    runLoad(
      { ...load, url: options[side] },
      {
        signal,
        stop,
        onReached,
        onTick: (tick) => options.onTick(side, tick),
        ...(plan.tls ? { tls: plan.tls } : {}),
      },
    );
  const order = first === 'a' ? (['a', 'b'] as const) : (['b', 'a'] as const);
  const driving = order.map((side) =>
    drive(side).catch((error: unknown) => {
      end.abort(error);
      ready.resolve();
      throw error;
    }),
  );
  const results = await Promise.all(driving).catch(async (error: unknown) => {
    await Promise.allSettled(driving);
    options.signal.throwIfAborted();
    if (stop.aborted) return null;
    throw error;
  });
  // Whoever stopped it, for whatever reason.
  if (results === null || (stop.aborted && results.some(({ partial }) => partial !== null))) return null;
  const half = (side: 'a' | 'b'): Half => {
    const result = results[order.indexOf(side)]!;
    return { result, block: blockOf(result) };
  };
  return { a: half('a'), b: half('b') };
}

/**
 * Why a block says nothing, lateness aside: of the fifty requests of a block the 99th percentile is the latest one, and would
 * reject every second block of a run that is valid as a whole. That is judged over all blocks, as of a run.
 */
function problemOf(result: LoadResult): string | null {
  if (result.partial !== null) return result.partial;
  const { generator, users, latency } = result;
  const reasons = invalidReasons({
    ...result,
    ...plannedOf(result),
    open: !isClosed(result),
    lateness: { p50: 0, p90: 0, p95: 0, p99: 0, count: 0 },
    responseP50: latency.response.p50,
    loopUtilisation: generator.loopUtilisation,
    cpuUtilisation: generator.cpuUtilisation,
    queued: generator.queued,
    users,
  });
  return reasons[0] ?? null;
}

function blockOf({ duration, steps }: LoadResult): LoadBlock {
  return {
    at: 0,
    duration,
    steps: steps.map(({ endpoint, sent, ok, latency: { response, service } }) => ({
      endpoint,
      completed: sent,
      errors: sent - ok,
      response,
      service,
    })),
  };
}

function comparedPairs(
  kept: readonly { readonly a: Half; readonly b: Half }[],
  tolerance: number,
  target: string,
): Pick<RunComparison, 'comparisons' | 'shapes' | 'tolerance' | 'verdict' | 'because'> {
  const about = { target, closed: isClosed(kept[0]!.a.result) };
  const sideOf = (side: 'a' | 'b'): Side => {
    const blocks = kept.map((pair) => pair[side].block);
    return { blocks, distributions: merged(kept.map((pair) => pair[side].result)), series: blockSeries(blocks, about) };
  };
  const [a, b] = [sideOf('a'), sideOf('b')];
  const shapes = compareShapes(a, b, { target, still: new Map(), seed: 1 });
  const result = compareRuns({ design: 'pairs', a: a.series, b: b.series, noise: null, tolerance, shapes });
  return { tolerance, shapes, ...result };
}

interface Side {
  readonly blocks: readonly LoadBlock[];
  readonly distributions: ReadonlyMap<string, Distribution>;
  readonly series: ReturnType<typeof blockSeries>;
}

function merged(results: readonly LoadResult[]): ReadonlyMap<string, Distribution> {
  const steps = Map.groupBy(
    results.flatMap((result) => result.steps),
    ({ endpoint }) => endpoint,
  );
  return new Map(
    [...steps].map(([endpoint, all]) => [
      endpoint,
      Histogram.fromDistributions(all.map(({ distributions }) => distributions.response)).toDistribution(),
    ]),
  );
}

function cautionsOf(
  kept: readonly { readonly a: Half; readonly b: Half }[],
  { made, pairs, failure }: { readonly made: number; readonly pairs: number; readonly failure: PitwallError | null },
  reason: string,
): string[] {
  const cautions: string[] = [];
  const how = failure === null ? 'interrupted' : 'ended';
  const why = failure === null ? '.' : `: ${failure.message}`;
  if (made < pairs) cautions.push(`It was ${how} after ${made} of ${pairs} pairs of blocks${why}`);
  const left = made - kept.length;
  if (left > 0) cautions.push(`${left} of ${made} pairs of blocks ${left === 1 ? 'was' : 'were'} left out: ${reason}`);
  if (kept.some(({ a }) => a.result.generator.sharedCores)) {
    cautions.push(
      'Generator and services share the cores of this host: where one of the services needs more CPU it slows the other one down too, so the true ratio is no nearer to 1 than this one.',
    );
  }
  return cautions;
}
