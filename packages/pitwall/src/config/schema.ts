import { z } from 'zod';
import { FEWEST_BLOCKS } from '../model/change.ts';
import { ratioSchema } from '../model/schemas.ts';
import { scenarioSchema } from './scenario/schema.ts';
import { loadFields } from './schema/load.ts';
import { limit, seconds, text } from './schema/parts.ts';

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
  // The scenario is checked by itself, step by step.
  load: z.strictObject(loadFields(z.unknown())).prefault({}),
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

/** The whole file, for its JSON Schema. */
export const fileSchema = z.strictObject({
  ...SECTIONS,
  load: z.strictObject(loadFields(scenarioSchema)).prefault({}),
});
