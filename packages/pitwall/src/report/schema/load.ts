import { z } from 'zod';
import type { LoadResult } from '../../model/load.ts';

/**
 * The part of the Report that a load fills. Reports of 0.1.0 had less in it: what they lack is read as not known (NaN, shown
 * as —) or as empty, never as zero.
 */

const list = <T extends z.ZodType>(item: T, most?: number) =>
  (most === undefined ? z.array(item) : z.array(item).max(most)).readonly();

/** Buckets of a histogram: see its layout in stats/histogram.ts. */
const BUCKETS = 33 * 1024;
/** At most 60 are ever written (load/protocol.ts); a comparison takes time and memory by the square of them. */
const MOST_BLOCKS = 100;
/** As agents may hand in (engine/agents/result-schema.ts). */
export const MOST_STEPS = 10_000;
/**
 * A tick a second of at most 24 h (load/shapes); of endpoints that are loaded one after the other eleven may take that long each. A
 * report beyond it comes from elsewhere, and would take the memory of who reads it. [judgement]
 */
const MOST_TICKS = 1_000_000;
/** Cell c covers 10^(c/5) µs and up: a hundred reach to 10^14 s. */
const MOST_CELLS = 100;

/** NaN is written as null: percentiles of nothing, and what an earlier version did not measure. */
const known = z
  .number()
  .nullish()
  .transform((value) => value ?? Number.NaN)
  .describe('null: not known');
const seconds = z.number().describe('Seconds');
const count = z.number();
const ratio = z.number().describe('0–1');

const latencySummary = z
  .object({ p50: known, p90: known, p95: known, p99: known, p999: known, p9999: known, max: known, mean: known })
  .meta({ id: 'latencySummary', description: 'Seconds; null: not known' });

/** A summary that earlier versions did not write. */
const laterSummary = latencySummary.optional().transform((summary) => summary ?? latencySummary.parse({}));

const latency = z.object({
  response: latencySummary,
  service: latencySummary,
  slip: latencySummary,
  firstByte: laterSummary,
  server: latencySummary.exactOptional(),
  database: latencySummary.exactOptional(),
});

const bucket = z
  .tuple([
    z
      .int()
      .min(0)
      .max(BUCKETS - 1),
    z.int().min(1),
  ])
  .readonly();

const distribution = z
  .object({
    count,
    sum: z.number(),
    min: z.number(),
    max: z.number(),
    histogram: z.object({ buckets: list(bucket, BUCKETS) }).exactOptional(),
  })
  .meta({ id: 'distribution' });

const errors = z.record(z.string(), z.number()).describe('How many, by kind');

const step = z.object({
  endpoint: z.string(),
  method: z.string(),
  flow: z.string().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  sent: count,
  ok: count,
  errors,
  bytes: count,
  latency,
  distributions: z.object({ response: distribution, service: distribution, slip: distribution }),
  said: z
    .object({
      server: count,
      database: count,
      service: seconds.exactOptional(),
      between: distribution
        .exactOptional()
        .describe('Service time − what the service said, answer by answer; what is below 0 counts as 0'),
    })
    .exactOptional(),
  expected: seconds.exactOptional(),
  checks: list(z.object({ name: z.string(), passed: count, failed: count })).exactOptional(),
});

const tick = z.object({
  at: seconds,
  completed: count,
  errors: count,
  p50: known,
  p90: known,
  p99: known,
  bytes: known,
  inFlight: known,
  heat: list(z.tuple([z.number(), z.number()]).readonly(), MOST_CELLS)
    .describe('[cell, answers]: cell c covers 10^(c/5) to 10^((c+1)/5) µs')
    .optional()
    .transform((cells) => cells ?? []),
});

const loadBlock = z.object({
  at: seconds,
  duration: seconds,
  steps: list(
    z.object({
      endpoint: z.string(),
      completed: count,
      errors: count,
      response: latencySummary,
      service: latencySummary,
    }),
    MOST_STEPS,
  ),
});

/** The blocks of a run. */
export const loadBlocks = list(loadBlock, MOST_BLOCKS);

const connections = z.object({
  protocol: z.string(),
  opened: known,
  connect: latencySummary,
  tls: z
    .object({
      version: z.string(),
      cipher: z.string(),
      handshake: latencySummary,
      resumed: count,
      verified: z.boolean(),
    })
    .nullable(),
});

const generator = z.object({
  loopUtilisation: known,
  cpuUtilisation: known,
  workers: count,
  late: known,
  lateness: laterSummary,
  queued: known,
  eachWorker: list(
    z.object({
      loopUtilisation: known,
      cpuUtilisation: known,
      gc: z.object({ pauses: count, seconds, longest: seconds }),
    }),
  )
    .optional()
    .transform((workers) => workers ?? []),
  stealRatio: ratio.nullish().transform((value) => value ?? null),
  sharedCores: z
    .boolean()
    .optional()
    .transform((shared) => shared ?? false),
  selfTest: z
    .object({ requestsPerSecond: z.number(), latencyFloor: z.object({ p50: known, p99: known }) })
    .nullish()
    .transform((test) => test ?? null),
});

const agent = z.object({
  name: z.string(),
  host: z.string(),
  clockOffset: z.number().nullable().describe('Seconds: clock of the shared store − clock of the agent'),
  clockUncertainty: z.number().nullable(),
  workers: count,
  sent: z.number().nullable(),
  state: z.enum(['done', 'interrupted', 'lost']),
});

export const load = z
  .object({
    url: z.string(),
    shape: z.enum(['closed', 'constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak', 'trace']),
    scenario: z.string().exactOptional(),
    users: count,
    peakUsers: count.exactOptional().describe('Where the number of users changes: the most at a time'),
    rate: z.number().nullable(),
    counted: z
      .object({ iterations: count, loads: count })
      .exactOptional()
      .describe('Where a number of iterations was to end it: how many, by each of so many loads one after the other'),
    duration: seconds,
    requestsPerSecond: known,
    planned: count,
    sent: count,
    iterations: z
      .object({ planned: count, started: count })
      .exactOptional()
      .describe('Of flows with several steps: iterations that were due, and that were started'),
    ok: count,
    errors,
    bytes: count,
    latency,
    steps: list(step, MOST_STEPS),
    timeline: list(tick, MOST_TICKS),
    blocks: loadBlocks.optional().transform((blocks) => blocks ?? []),
    connections: connections
      .optional()
      .transform((made) => made ?? connections.parse({ protocol: 'http/1.1', connect: {}, tls: null })),
    partial: z
      .string()
      .nullish()
      .transform((why) => why ?? null),
    endedBy: z
      .enum(['plan', 'interrupt', 'abort-rule', 'target-lost', 'danger', 'data'])
      .optional()
      .transform((end) => end ?? ('plan' as const)),
    saturated: z
      .boolean()
      .optional()
      .transform((full) => full ?? false),
    valid: z.boolean(),
    invalidBecause: list(z.string()),
    warnings: list(z.string()),
    generator,
    agents: list(agent).exactOptional(),
  })
  .meta({ id: 'load' }) satisfies z.ZodType<LoadResult>;
