import { z } from 'zod';
import type { SliceResult } from '../../load/engine.ts';
import type { RawTick } from '../../load/protocol.ts';
import { ERROR_KINDS } from '../../model/error-kinds.ts';
import type { Distribution } from '../../model/observation.ts';

/** Of a histogram: see its layout in stats/histogram.ts. */
export const BUCKETS = 33 * 1024;

/** What agents measured, as it comes out of the shared store: every number has to be one that can have been measured. */
const count = z.int().min(0);
const amount = z.number().min(0);
const ratio = z.number().min(0).max(1000);
const sentence = z.string().max(1000);
const list = <T extends z.ZodType>(item: T, most: number) => z.array(item).max(most).readonly();

const distribution = z
  .strictObject({
    count,
    sum: amount,
    min: amount,
    max: amount,
    histogram: z
      .strictObject({
        buckets: list(
          z
            .tuple([
              z
                .int()
                .min(0)
                .max(BUCKETS - 1),
              z.int().min(1),
            ])
            .readonly(),
          BUCKETS,
        ),
      })
      .exactOptional(),
  })
  // Otherwise percentiles and counts would tell different stories.
  .refine(({ count, histogram }) => sumOf(histogram?.buckets ?? []) === count, 'counts do not add up')
  .refine(({ min, max }) => min <= max, 'the least is above the most') satisfies z.ZodType<Distribution>;

function sumOf(buckets: readonly (readonly [number, number])[]): number {
  return buckets.reduce((sum, [, times]) => sum + times, 0);
}

/** By kind of failure. A kind that nobody knows would be a name that every object has, such as `constructor`. */
const byKind = <T extends z.ZodType>(value: T) => z.partialRecord(z.enum(ERROR_KINDS), value).readonly();

export const tickSchema = z.strictObject({
  second: count,
  completed: count,
  errors: count,
  bytes: count,
  inFlight: count,
  response: distribution,
  loopUtilisation: ratio,
  late: count,
}) satisfies z.ZodType<RawTick>;

const step = z
  .strictObject({
    sent: count,
    ok: count,
    errors: byKind(count),
    bytes: count,
    response: distribution,
    service: distribution,
    slip: distribution,
    firstByte: distribution,
    server: distribution,
    between: distribution,
    saidService: amount,
    database: distribution,
    checks: list(z.tuple([count, count]).readonly(), 1000),
    expected: amount.nullable(),
  })
  .refine(({ sent, ok, errors }) => sent === ok + Object.values(errors).reduce((sum, n) => sum + n, 0), {
    message: 'sent is not ok + errors',
  })
  .refine(({ server, between }) => server.count === between.count, {
    message: 'not every answer that says what the server took has a difference',
  });

const worker = z.strictObject({
  steps: list(step, 10_000),
  started: count,
  unsent: count,
  queued: count,
  stale: count,
  late: count,
  lateness: distribution,
  transport: z.strictObject({
    protocol: sentence,
    opened: count,
    connect: distribution,
    tls: z.strictObject({ version: sentence, cipher: sentence, handshake: distribution, resumed: count }).nullable(),
  }),
  cleanUp: z.strictObject({ done: count, failed: count }),
  reasons: byKind(sentence),
  shortage: sentence.nullable(),
  health: z.strictObject({
    loopUtilisation: ratio,
    cpuUtilisation: ratio,
    gc: z.strictObject({ pauses: count, seconds: amount, longest: amount }),
  }),
  duration: amount,
  complete: z.boolean(),
});

export const sliceResultSchema = z.strictObject({
  slice: z.strictObject({ offset: count, count, of: count }),
  workers: list(worker, 1000),
  blocks: list(
    z.strictObject({
      block: count,
      steps: list(
        z.strictObject({ completed: count, errors: count, response: distribution, service: distribution }),
        10_000,
      ),
    }),
    100_000,
  ),
  partial: sentence.nullable(),
  endedBy: z.enum(['plan', 'interrupt', 'abort-rule', 'target-lost', 'danger', 'data']),
  loopback: z.boolean(),
  stealRatio: ratio.nullable(),
  verified: z.boolean(),
}) satisfies z.ZodType<SliceResult>;
