import { z } from 'zod';
import { PitwallError, printable } from '../../errors.ts';
import type { TlsSettings } from '../../load/endpoint.ts';
import type { LoadOptions } from '../../model/load.ts';
import { abortSchema, scenarioSchema, thinkTimeSchema } from './scenario-schema.ts';

/** What a coordinator puts into the store and every agent carries out its share of. */
export interface AgentPlan {
  readonly options: LoadOptions;
  readonly tls?: TlsSettings;
}

/**
 * Of what coordinator and agents hand to each other, plan and results alike, and not of Pitwall: an agent of another format is
 * refused at the plan, and not when it hands in a result that nobody can read. Goes up with every change of either.
 */
export const FORMAT = 2;
/** As the store has it, see migrations/001-load.ts. */
const MOST_BYTES = 64 * 1024 * 1024;

const text = z.string().max(16_000_000);
const seconds = z.number().min(0).max(86_400);
const count = z.int().min(0).max(100_000_000);
const rate = z.number().min(0).max(10_000_000);

const optionsSchema = z.strictObject({
  url: z.string().max(2000),
  endpoints: z
    .array(
      z.strictObject({
        name: text,
        method: text,
        path: text,
        headers: z.record(text, text).readonly(),
        body: text.exactOptional(),
        weight: z.number().positive(),
      }),
    )
    .max(10_000)
    .readonly(),
  scenario: scenarioSchema.exactOptional(),
  protocol: z.enum(['http1', 'http2']).exactOptional(),
  connections: count.exactOptional(),
  socket: z.string().max(1000).exactOptional(),
  timeout: seconds,
  workers: count,
  seed: z.int(),
  allow: z.array(z.string().max(300)).max(1000).readonly(),
  abort: abortSchema.exactOptional(),
  shape: z.enum(['closed', 'constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak', 'trace']),
  users: count,
  rate: rate.exactOptional(),
  arrivals: z.enum(['even', 'poisson']).exactOptional(),
  rampUp: seconds.exactOptional(),
  thinkTime: thinkTimeSchema.exactOptional(),
  stages: z
    .array(z.strictObject({ rate: rate.exactOptional(), users: count.exactOptional(), over: seconds, hold: seconds }))
    .max(10_000)
    .readonly()
    .exactOptional(),
  peak: rate.exactOptional(),
  peakAt: seconds.exactOptional(),
  peakFor: seconds.exactOptional(),
  trace: z
    .strictObject({
      // Typed arrays have no form of their own in JSON.
      at: z.array(seconds).transform((at) => Float64Array.from(at)),
      flow: z.array(z.int().min(0).max(65_535)).transform((flow) => Uint16Array.from(flow)),
    })
    .refine(({ at, flow }) => at.length === flow.length, 'as many flows as times')
    .exactOptional(),
  speed: z.number().positive().max(1_000_000).exactOptional(),
  iterations: z.int().min(1).max(1e12).exactOptional(),
  duration: seconds,
  warmup: seconds,
}) satisfies z.ZodType<LoadOptions>;

const pem = z.string().max(1_000_000).exactOptional();
const version = z.enum(['TLSv1.2', 'TLSv1.3']).exactOptional();
const tlsSchema = z.strictObject({
  ca: pem,
  cert: pem,
  key: pem,
  passphrase: pem,
  servername: pem,
  rejectUnauthorized: z.boolean().exactOptional(),
  minVersion: version,
  maxVersion: version,
  resume: z.boolean().exactOptional(),
}) satisfies z.ZodType<TlsSettings>;

/** A field that the model has and the schema has not would be refused on every agent: this is an error of types instead. */
type Missing = Exclude<keyof LoadOptions, keyof z.infer<typeof optionsSchema>> | MissingTls;
type MissingTls = Exclude<keyof TlsSettings, keyof z.infer<typeof tlsSchema>>;
const nothingMissing: [Missing] extends [never] ? true : never = true;
void nothingMissing;

export const planSchema = z.strictObject({
  format: z.literal(FORMAT),
  options: optionsSchema,
  tls: tlsSchema.exactOptional(),
}) satisfies z.ZodType<AgentPlan>;

/**
 * The plan as JSON.
 * @throws PitwallError LOAD_OPTIONS_INVALID when it is too large to be handed around
 */
export function writePlan({ options, tls }: AgentPlan): string {
  const { trace, ...rest } = options;
  const written = JSON.stringify({
    format: FORMAT,
    options: trace ? { ...rest, trace: { at: [...trace.at], flow: [...trace.flow] } } : rest,
    ...(tls ? { tls } : {}),
  });
  if (Buffer.byteLength(written) > MOST_BYTES) {
    throw new PitwallError('LOAD_OPTIONS_INVALID', {
      problem: 'with its data (feeders, trace) it is larger than the 64 MiB that agents take',
    });
  }
  return written;
}

/**
 * Reads a plan that somebody put into the store. Anybody who may write there could have.
 * @throws PitwallError SHARE_REFUSED
 */
export function readPlan(written: string): AgentPlan {
  let data: unknown;
  try {
    data = JSON.parse(written);
  } catch {
    throw new PitwallError('SHARE_REFUSED', { problem: 'its plan is not JSON' });
  }
  if (typeof data === 'object' && data !== null && 'format' in data && data.format !== FORMAT) {
    const problem = `its plan has format ${String(data.format)}, and this Pitwall reads format ${FORMAT}`;
    throw new PitwallError('SHARE_REFUSED', { problem });
  }
  const plan = parsed(data);
  if (!plan.success) {
    const { path, message } = plan.error.issues[0]!;
    const problem = printable(`its plan is not one: ${path.join('.') || 'plan'}: ${message}`);
    throw new PitwallError('SHARE_REFUSED', { problem });
  }
  const { options, tls } = plan.data;
  return { options, ...(tls ? { tls } : {}) };
}

function parsed(data: unknown): ReturnType<typeof planSchema.safeParse> {
  try {
    return planSchema.safeParse(data);
  } catch (error) {
    // Nested so deeply that reading it overflows the stack.
    if (error instanceof RangeError)
      throw new PitwallError('SHARE_REFUSED', { problem: 'its plan is nested too deeply' });
    throw error;
  }
}
