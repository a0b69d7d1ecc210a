import { z } from 'zod';
import { durationSchema } from '../../model/schemas.ts';
import { parseQuantity } from '../../model/units.ts';
import { abort } from './abort.ts';
import { filePath, headerName, method, seconds, text, weight } from './parts.ts';
import { thinkTime } from './think.ts';

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
    method: method.optional().describe('Default: GET. Anything else changes data on each request.'),
    headers: z
      .record(
        headerName,
        z
          .string()
          // The message must not repeat the value: it may be a secret.
          .regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, 'it contains characters that a header cannot have'),
      )
      .optional(),
    body: z.string().optional(),
    weight: weight.optional().describe('Share of the mix. Default: 1.'),
  }),
]);

const MOST_USERS = 50_000;
const MOST_PER_SECOND = 1e6;
/** The generator has the same bounds; a test of engine/ looks at both. */
const MOST_SPEED = 1000;
const MOST_ITERATIONS = 1e9;
const users = z.number().int().min(1).max(MOST_USERS);

/** `200` or `200/s`. */
const rate = z
  .union([z.number(), z.string()], { error: 'expected a rate such as 150 or 150/s' })
  .transform((value) => (typeof value === 'number' ? value : (parseQuantity(value, '1/s') ?? Number.NaN)))
  .refine((value) => value > 0 && value <= MOST_PER_SECOND, {
    error: 'expected a rate above 0 and of at most 1000000/s',
  });

const stage = z.strictObject({
  rate: z
    .union([z.literal(0), rate])
    .optional()
    .describe('Requests per second (iterations, where flows have several steps) that it leads to.'),
  users: users.optional().describe('Users that it leads to.'),
  over: durationSchema.default(0).describe('How long it takes to get there, evenly; 0: at once.'),
  hold: durationSchema.default(0).describe('How long it stays there.'),
});

const SHAPES = ['closed', 'constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak', 'trace'] as const;
const HTTP_3 = 'HTTP/3 is not supported, because Node has no stable QUIC yet: expected http1 or http2';

/** `load:` without its scenario's own checks; `scenario`: what a scenario written here may be. */
export const loadFields = <T extends z.ZodType>(scenario: T) => ({
  target: z.string().optional().describe('Target to load. Default: the only one that serves HTTP.'),
  preset: text.optional().describe('A named load to begin with; what else is given here goes before it.'),
  shape: z
    .enum(SHAPES)
    .optional()
    .describe(
      'closed: each user waits for its answer; the others send at planned times whatever happens. Default: trace, spike or constant-rate when there is a trace, a peak or a rate; else closed.',
    ),
  users: users.default(10).describe('Connections with a request in flight, at most.'),
  rate: rate
    .optional()
    .describe(
      'Requests per second (iterations, where flows have several steps): constant-rate, poisson; the base of spike and soak.',
    ),
  arrivals: z
    .enum(['even', 'poisson'])
    .optional()
    .describe('Whether requests come at equal distances or at random ones.'),
  rampUp: seconds(0, 86_400, 'of at most 1d').optional().describe('closed and soak: time in which the users start.'),
  thinkTime: thinkTime.optional().describe('Pause of a user between two iterations, where users wait for answers.'),
  stages: z.array(stage).min(1).max(1000).optional().describe('ramping-rate and steps: where the load goes, and when.'),
  peak: z
    .number()
    .positive()
    .max(MOST_PER_SECOND)
    .optional()
    .describe('spike: how high, in requests per second when there is a rate, else in users.'),
  peakAt: seconds(0, 86_400, 'of at most 1d').optional().describe('spike: when it begins, in the measured part.'),
  peakFor: seconds(0.1, 86_400, 'from 100ms to 1d').optional().describe('spike: how long it lasts.'),
  trace: filePath.optional().describe('trace: file of recorded arrivals, relative to this file.'),
  speed: z
    .number()
    .min(1 / MOST_SPEED)
    .max(MOST_SPEED)
    .optional()
    .describe('trace: how many times faster than recorded. Default: 1.'),
  iterations: z
    .number()
    .int()
    .min(1)
    .max(MOST_ITERATIONS)
    .optional()
    .describe(
      'closed: how many passes through the flows (requests, where flows have one step) all users make together; then the load is over, or when the duration is.',
    ),
  duration: seconds(0.1, 86_400, 'from 100ms to 1d')
    .default(10)
    .describe('How long is measured. With iterations: the longest that it may take, by default 10m.'),
  warmup: seconds(0, 3600, 'of at most 1h')
    .default(2)
    .describe('Time before that which does not count. Default of a trace, and of a load with iterations: 0s.'),
  timeout: seconds(0.01, 600, 'from 10ms to 10m').default(10).describe('When a request is given up.'),
  protocol: z
    .enum(['http1', 'http2'], { error: ({ input }) => (input === 'http3' || input === 'h3' ? HTTP_3 : undefined) })
    .default('http1')
    .describe('Which HTTP is spoken; never chosen by itself. HTTP/2 without TLS is by prior knowledge.'),
  connections: users.optional().describe('http2: connections that the users share. Default: one for every 100 users.'),
  socket: filePath.optional().describe('Unix socket that the service listens on, relative to this file.'),
  accessLog: filePath
    .optional()
    .describe("The service's own log with request times, relative to this file: to compare with what was measured."),
  accessLogFormat: text
    .optional()
    .describe(
      'How its lines look: a log_format of nginx, a LogFormat of Apache, or a name as in `pitwall import`. Default: found out.',
    ),
  workers: z.number().int().min(1).max(64).default(1).describe('Threads that generate.'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .describe('Seeds everything random: the same seed gives the same plan.'),
  allow: z.array(text).default([]).describe('Hosts besides this one that may be loaded.'),
  endpoints: z
    .array(loadEndpoint)
    .max(1000)
    .default([])
    .describe("What to request. Default: the target's endpoints with safe methods."),
  scenario: z
    .union([filePath, scenario])
    .optional()
    .describe('Flows of several steps instead of endpoints: written here, or the path of a file.'),
  abort: abort.optional().describe('When a run ends before its time.'),
});

type LoadInput = z.output<z.ZodObject<ReturnType<typeof loadFields<z.ZodUnknown>>>>;

/** Keys that only mean something in some shapes. */
const BELONGS: readonly (readonly [key: keyof LoadInput, shapes: readonly (typeof SHAPES)[number][]])[] = [
  ['stages', ['ramping-rate', 'steps']],
  ['peak', ['spike']],
  ['peakAt', ['spike']],
  ['peakFor', ['spike']],
  ['trace', ['trace']],
  ['speed', ['trace']],
  ['rampUp', ['closed', 'soak']],
  ['iterations', ['closed']],
];

/** The shape that is meant when none is named. */
export function shapeOf(load: Pick<LoadInput, 'shape' | 'rate' | 'trace' | 'peak'>): (typeof SHAPES)[number] {
  if (load.shape !== undefined) return load.shape;
  if (load.trace !== undefined) return 'trace';
  if (load.peak !== undefined) return 'spike';
  return load.rate === undefined ? 'closed' : 'constant-rate';
}

/** What is wrong between keys: which key, and the words. With a preset nothing has to be complete. */
export function loadMistakes(load: LoadInput): readonly { readonly key: keyof LoadInput; readonly problem: string }[] {
  const mistakes: { key: keyof LoadInput; problem: string }[] = [];
  const add = (key: keyof LoadInput, problem: string) => mistakes.push({ key, problem });
  const shape = shapeOf(load);
  const { preset, rate, stages = [], users } = load;
  if (load.shape === undefined && load.stages !== undefined && preset === undefined) {
    add('stages', 'they need a shape: ramping-rate, or steps');
  } else {
    for (const [key, shapes] of BELONGS) {
      if (load[key] === undefined || shapes.includes(shape) || (preset !== undefined && load.shape === undefined))
        continue;
      add(key, `it belongs to the shape ${shapes.join(' or ')}, and the shape here is ${shape}`);
    }
  }
  if (preset === undefined) {
    const missing = (key: keyof LoadInput, what: string) => {
      if (load[key] === undefined) add(key, `it is missing: ${shape} needs ${what}`);
    };
    if (shape === 'constant-rate' || shape === 'poisson') missing('rate', 'the requests per second');
    if (shape === 'ramping-rate' || shape === 'steps') missing('stages', 'stages such as [{ rate: 200, over: 1m }]');
    if (shape === 'spike') missing('peak', 'the height of the peak');
    if (shape === 'trace') missing('trace', 'the file of the recorded arrivals');
  }
  const kinds = new Set(stages.map((each) => [each.rate !== undefined, each.users !== undefined].join()));
  if (stages.length > 0 && (kinds.size > 1 || kinds.has('true,true') || kinds.has('false,false'))) {
    add('stages', 'each has either a rate or users, and all of them the same');
  } else if (shape === 'ramping-rate' && kinds.has('false,true')) {
    add('stages', 'ramping-rate has rates; for users take the shape steps');
  } else if (stages.length > 0 && stagesDuration(stages) === 0) {
    add('stages', 'together they take no time: give them over or hold');
  }
  if (load.thinkTime !== undefined && (rate !== undefined || OPEN.has(shape))) {
    add('thinkTime', 'only users think, and this load sends at planned times; leave out the rate, or the think time');
  }
  if (load.connections !== undefined && load.protocol !== 'http2') {
    add('connections', 'with http1 every user has a connection of its own; this is for protocol: http2');
  } else if (load.connections !== undefined && load.connections > users) {
    add('connections', `expected at most as many as there are users (${users})`);
  }
  if (load.accessLogFormat !== undefined && load.accessLog === undefined) {
    add('accessLogFormat', 'it says how the lines of accessLog look, and there is none');
  }
  if (load.scenario !== undefined && load.endpoints.length > 0) {
    add('endpoints', 'the scenario says what to request: leave out one of the two');
  }
  return mistakes;
}

const OPEN: ReadonlySet<string> = new Set(['constant-rate', 'poisson', 'ramping-rate', 'trace']);

/** Seconds that stages take together. */
export function stagesDuration(stages: readonly { readonly over: number; readonly hold: number }[]): number {
  return stages.reduce((sum, { over, hold }) => sum + over + hold, 0);
}

export type LoadSection = LoadInput;
