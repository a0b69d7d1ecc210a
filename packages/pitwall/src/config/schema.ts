import { z } from 'zod';
import { FEWEST_BLOCKS } from '../model/change.ts';
import { durationSchema, ratioSchema } from '../model/schemas.ts';

const text = z.string().min(1).max(200);
const seconds = (least: number, most: number, words: string) =>
  durationSchema.refine((value) => value >= least && value <= most, { error: `expected a duration ${words}` });

/** An argument vector. A single line of shell is refused: nothing here is ever given to a shell. */
const argumentVector = z
  .array(z.string().min(1), { error: 'expected a list of arguments such as [systemctl, restart, web]' })
  .min(1)
  .max(100);

const service = z
  .strictObject({
    name: text.optional().describe('What reports call the service. Default: the name of the folder.'),
    stop: argumentVector.optional().describe('Command that stops the service, as a list of arguments.'),
    start: argumentVector.optional().describe('Command that starts the service, as a list of arguments.'),
    timeout: seconds(0.1, 3600, 'from 100ms to 1h').default(30).describe('How long to wait for either.'),
  })
  .refine(({ stop, start }) => (stop === undefined) === (start === undefined), {
    error: 'stop and start belong together: give both or neither',
  });

const limit = z.union([z.number(), z.string()], {
  error: 'expected a number or a value with a unit such as 200ms, 64MiB, 80%',
});

const objective = z
  .strictObject({
    indicator: text.describe('Name of an indicator, such as http.client.request.duration.p95.'),
    target: limit.optional().describe('What is aimed at.'),
    warning: limit.optional().describe('From here on it is a warning.'),
    critical: limit.optional().describe('From here on it is critical.'),
    labels: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .optional()
      .describe('Only indicators with these labels.'),
    on: z.string().optional().describe('Only this target.'),
  })
  .refine(({ target, warning, critical }) => target !== undefined || warning !== undefined || critical !== undefined, {
    error: 'it has no limit: give target, warning or critical',
  });

const path = z
  .string()
  .regex(/^\//, 'expected a path that begins with /')
  // A space or a line break would end the request line and begin what follows it.
  .regex(/^[\u0021-\u007e]*$/, 'expected percent-encoded ASCII without spaces')
  .max(8000);

const loadEndpoint = z.union([
  path,
  z.strictObject({
    path: path.describe('Path with query.'),
    name: text.optional().describe('How reports call it. Default: method and path.'),
    method: z
      .string()
      .transform((name) => name.toUpperCase())
      .refine((name) => /^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/.test(name), {
        error: 'expected GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE',
      })
      .optional()
      .describe('Default: GET. Anything else changes data on each request.'),
    headers: z
      .record(
        z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'this cannot be the name of a header'),
        z
          .string()
          // The message must not repeat the value: it may be a secret.
          .regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, 'it contains characters that a header cannot have'),
      )
      .optional(),
    body: z.string().optional(),
    weight: z.number().positive().max(1e6).optional().describe('Share of the mix. Default: 1.'),
  }),
]);

const load = z
  .strictObject({
    target: z.string().optional().describe('Target to load. Default: the only one that serves HTTP.'),
    shape: z
      .enum(['closed', 'constant-rate'])
      .optional()
      .describe('closed: each user waits for its answer. Default: closed, or constant-rate when there is a rate.'),
    users: z.number().int().min(1).max(10_000).default(10).describe('Connections with a request in flight, at most.'),
    rate: z.number().positive().max(1e6).optional().describe('Requests per second, for constant-rate.'),
    duration: seconds(0.1, 86_400, 'from 100ms to 1d').default(10).describe('How long is measured.'),
    warmup: seconds(0, 3600, 'of at most 1h').default(2).describe('Time before that which does not count.'),
    timeout: seconds(0.01, 600, 'from 10ms to 10m').default(10).describe('When a request is given up.'),
    workers: z.number().int().min(1).max(64).default(1).describe('Threads that generate.'),
    seed: z.number().int().min(0).max(4_294_967_295).default(1).describe('Seeds the order of the endpoints.'),
    allow: z.array(text).default([]).describe('Hosts besides this one that may be loaded.'),
    endpoints: z
      .array(loadEndpoint)
      .max(1000)
      .default([])
      .describe("What to request. Default: the target's endpoints with safe methods."),
  })
  .refine(({ shape, rate }) => shape !== 'constant-rate' || rate !== undefined, {
    path: ['rate'],
    error: 'it is missing: constant-rate needs the requests per second',
  });

const trial = z.strictObject({
  design: z
    .enum(['auto', 'repeated', 'interleaved'])
    .default('auto')
    .describe('How blocks before and after are ordered; auto: interleaved where the change is known to be quick.'),
  // 8: with 6 a single wild pair hides a 15 % change in one trial of ten (bench/README.md, A/A).
  blocks: z.number().int().min(FEWEST_BLOCKS).max(1000).default(8).describe('Blocks an arm.'),
  blockDuration: seconds(0.1, 3600, 'from 100ms to 1h').default(1).describe('How long a block is.'),
  tolerance: ratioSchema
    .refine((value) => value < 1, { error: 'expected a ratio below 100%' })
    .default(0.05)
    .describe('Relative change below which two states are the same.'),
});

const targetId = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/,
    'the id of a target is a letter and then up to 39 letters, digits, "-", "_" or "."',
  );

/** The parts of pitwall.yaml. Each is checked by itself, so that a mistake in one does not hide those in another. */
export const SECTIONS = {
  version: z.literal(1).describe('Version of this format.'),
  service: service.prefault({}),
  targets: z
    .record(targetId, z.looseObject({ integration: z.string().optional() }).nullable())
    .refine((targets) => Object.keys(targets).length > 0, { error: 'it is empty: there is nothing to look at' })
    .describe('What to look at. The key is the id; the integration defaults to it.'),
  objectives: z.array(objective).max(1000).default([]).describe('Limits on indicators.'),
  load: load.prefault({}),
  trial: trial.prefault({}),
  rules: z
    .record(z.string(), z.record(z.string(), limit))
    .default({})
    .describe('Thresholds of rules: rule id, name of the threshold, value.'),
  state: text.default('.pitwall').describe('Folder of the store, relative to this file.'),
} as const;

export type SectionName = keyof typeof SECTIONS;
/** As validated; a section with a problem is absent. */
export type Sections = { readonly [Name in SectionName]?: z.output<(typeof SECTIONS)[Name]> };

export const fileSchema = z.strictObject(SECTIONS);
