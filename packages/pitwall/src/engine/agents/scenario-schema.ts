import { z } from 'zod';
import type { AbortRules, Check, Extraction, Feeder, Flow, Scenario, Step, StepBody } from '../../model/scenario.ts';

/**
 * A scenario as it comes out of the shared store. Its form alone: whether it makes sense (templates, patterns, data) the load
 * engine checks before it sends anything, wherever a scenario comes from.
 */
const text = z.string().max(16_000_000);
const name = z.string().max(1000);
const texts = z.record(name, text).readonly();
const seconds = z.number().min(0).max(86_400);
const list = <T extends z.ZodType>(item: T, most: number) => z.array(item).max(most).readonly();

export const thinkTimeSchema = z.discriminatedUnion('distribution', [
  z.strictObject({ distribution: z.literal('constant'), mean: seconds }),
  z.strictObject({ distribution: z.literal('uniform'), min: seconds, max: seconds }),
  z.strictObject({ distribution: z.literal('exponential'), mean: seconds }),
  z.strictObject({ distribution: z.literal('lognormal'), mean: seconds, sigma: z.number().min(0).max(10) }),
]);

const contentType = name.nullable();
const body = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text, contentType }),
  z.strictObject({ kind: z.literal('bytes'), base64: text, contentType }),
  z.strictObject({ kind: z.literal('json'), value: z.json() }),
  z.strictObject({ kind: z.literal('form'), fields: texts }),
  z.strictObject({
    kind: z.literal('multipart'),
    parts: list(
      z.strictObject({ name, value: text, base64: z.boolean(), fileName: name.nullable(), contentType }),
      1000,
    ),
  }),
]) satisfies z.ZodType<StepBody>;

const into = { as: name, fallback: text.exactOptional() };
const extraction = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('jsonpath'), path: text, ...into }),
  z.strictObject({ from: z.literal('regex'), pattern: text, group: z.int().min(0).max(1000), ...into }),
  z.strictObject({ from: z.literal('header'), name, ...into }),
  z.strictObject({ from: z.literal('cookie'), name, ...into }),
]) satisfies z.ZodType<Extraction>;

const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status'), name, in: list(z.int().min(100).max(999), 900) }),
  z.strictObject({ kind: z.literal('header'), name, header: name, matches: text.nullable() }),
  z.strictObject({ kind: z.literal('jsonpath'), name, path: text, equals: z.json().exactOptional() }),
  z.strictObject({ kind: z.literal('body'), name, matches: text }),
  z.strictObject({ kind: z.literal('size'), name, min: z.number(), max: z.number() }),
  z.strictObject({ kind: z.literal('latency'), name, max: z.number() }),
]) satisfies z.ZodType<Check>;

const step = z.strictObject({
  name,
  method: name,
  path: text,
  headers: texts,
  body: body.nullable(),
  thinkTime: thinkTimeSchema.nullable(),
  expected: seconds.nullable(),
  extract: list(extraction, 1000),
  checks: list(check, 1000),
  tags: texts,
}) satisfies z.ZodType<Step>;

const flow = z.strictObject({
  name,
  weight: z.number().positive(),
  steps: list(step, 10_000),
}) satisfies z.ZodType<Flow>;

const feeder = z.strictObject({
  name,
  order: z.enum(['sequential', 'random', 'unique', 'once']),
  rows: list(texts, 10_000_000),
}) satisfies z.ZodType<Feeder>;

export const scenarioSchema = z.strictObject({
  name,
  flows: list(flow, 1000),
  feeders: list(feeder, 100),
  variables: texts,
  headers: texts,
  cookies: z.boolean(),
  oncePerUser: list(step, 1000),
  cleanUp: list(step, 1000),
}) satisfies z.ZodType<Scenario>;

export const abortSchema = z.strictObject({
  errorRatio: z.number().min(0).max(1).nullable(),
  p99: seconds.nullable(),
  over: seconds,
  danger: z.boolean(),
}) satisfies z.ZodType<AbortRules>;
