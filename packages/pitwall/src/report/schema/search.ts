import { z } from 'zod';
import type { SearchResult } from '../../model/search.ts';
import { direction, labels, unit } from './indicator.ts';

/** The part of the Report that `load --search` fills. */

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const number = z.number();
const seconds = z.number().describe('Seconds');
const rate = z.number().describe('Requests (iterations of flows) per second');
const interval = z.tuple([z.number(), z.number()]).readonly();
/** NaN is written as null: percentiles of nothing. */
const known = z
  .number()
  .nullish()
  .transform((value) => value ?? Number.NaN)
  .describe('Seconds; null: not known');

const objective = {
  indicator: z.string(),
  labels,
  unit,
  direction,
  limit: number,
  source: z.string(),
};

const resource = z.enum([
  'service-cpu',
  'cgroup-cpu',
  'host-cpu',
  'memory',
  'io',
  'disk',
  'open-files',
  'accept-queue',
  'connections',
]);

const step = z
  .object({
    at: seconds.describe('Seconds since the search began'),
    rate,
    why: z.enum(['start', 'double', 'bisect', 'repeat', 'hold', 'again']),
    verdict: z.enum(['pass', 'fail', 'hold', 'invalid', 'danger']),
    because: z.string(),
    steadiness: z.enum(['steady', 'drifting', 'growing', 'unknown']),
    users: number,
    planned: number,
    sent: number,
    throughput: number.describe('Requests per second answered with success'),
    errorRatio: number,
    errors: z.record(z.string(), z.number()),
    p50: known,
    p99: known,
    concurrency: number.describe('Requests under way at the service on average'),
    checks: list(
      z.object({
        ...objective,
        value: z.number().nullable(),
        count: z.number().exactOptional(),
        kept: z.boolean().nullable(),
      }),
    ),
    resources: list(
      z.object({
        resource,
        name: z.string().nullable(),
        utilisation: z.number().nullable(),
        saturated: z.boolean(),
        evidence: z.string(),
      }),
    ),
  })
  .meta({ id: 'searchStep' });

const scalability = z
  .object({
    points: list(z.object({ concurrency: number, throughput: number })),
    largest: number,
    lambda: number,
    sigma: number,
    kappa: number,
    intervals: z.object({
      lambda: interval,
      sigma: interval,
      kappa: interval,
      peakConcurrency: z.object({ low: number, high: z.number().nullable() }),
    }),
    peak: z.object({ concurrency: number, throughput: number }).nullable(),
    curve: list(z.object({ concurrency: number, throughput: number, low: number, high: number })),
    rSquared: number,
  })
  .meta({ id: 'scalability', description: 'Universal Scalability Law with 95 % bootstrap bands' });

export const search = z
  .object({
    plan: z.object({
      from: rate,
      to: rate,
      resolution: number,
      stepDuration: seconds,
      enoughRequests: number,
      longestStep: seconds,
      repeats: number,
      mostHolds: number,
      mostRetries: number,
      mostSteps: number,
    }),
    objectives: list(z.object(objective)),
    steps: list(step),
    end: z.enum(['found', 'top', 'none', 'generator', 'danger', 'interrupted', 'unsettled']),
    highestPassing: rate.nullable(),
    lowestFailing: rate.nullable(),
    broke: list(z.string()),
    limit: z.object({
      kind: z.enum(['resource', 'waiting', 'latency', 'unknown']),
      resource: resource.nullable(),
      text: z.string(),
    }),
    demands: list(z.object({ resource, name: z.string().nullable(), demand: number, bound: number })),
    scalability: scalability.nullable(),
    scalabilityBecause: z.string().nullable(),
    warnings: list(z.string()),
  })
  .meta({ id: 'search' }) satisfies z.ZodType<SearchResult>;
