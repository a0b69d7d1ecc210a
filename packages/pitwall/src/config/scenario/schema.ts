import { z } from 'zod';
import { abort } from '../schema/abort.ts';
import { filePath, scalar, text, weight } from '../schema/parts.ts';
import { headers, stepSchema } from './step-schema.ts';

const feeder = z.union(
  [
    filePath,
    z.strictObject({
      file: filePath.optional().describe('CSV with a header line, or JSON lines; relative to this file.'),
      rows: z.array(z.record(z.string(), z.unknown())).optional().describe('The rows themselves, instead of a file.'),
      order: z
        .enum(['sequential', 'random', 'unique', 'once'])
        .default('sequential')
        .describe(
          'sequential: one after the other, over all users; random: any; unique: each user has one of its own; once: each is used once, and the run ends with the last.',
        ),
      format: z.enum(['csv', 'jsonl']).optional().describe('Default: by the ending of the file.'),
      delimiter: z.string().length(1).optional().describe('Of CSV. Default: a comma; a tab for .tsv.'),
    }),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' ? undefined : 'expected the path of a file, or a map with file or rows',
  },
);

/** Of variables and of what is extracted: as templates can name it. */
export const valueName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, 'a name is a letter and then up to 99 letters, digits, "_", "-" or "."');

const scenarioFields = <T extends z.ZodType>(step: T) => {
  const steps = z.array(step).max(1000);
  return {
    name: text.optional().describe('How reports call it. Default: the name of the file.'),
    variables: z.record(valueName, scalar).optional().describe('Values for {{name}} in all steps.'),
    cookies: z.boolean().default(false).describe('Whether users keep and send the cookies that answers set.'),
    headers: headers.optional().describe('Of all steps that do not set them. Values are templates.'),
    feeders: z.record(text, feeder).optional().describe('Rows of values for {{column}}.'),
    oncePerUser: steps.optional().describe('Steps that each user does once, before. They do not count.'),
    flows: z
      .array(
        z.strictObject({
          name: text.optional().describe('How reports call it. Default: flow 1, flow 2, …'),
          weight: weight.default(1).describe('Share of the iterations.'),
          steps: steps.min(1),
        }),
      )
      .min(1)
      .max(200)
      .optional()
      .describe('What users do, by weight.'),
    steps: steps.min(1).optional().describe('Instead of flows, when there is one.'),
    cleanUp: steps.optional().describe('Steps that each user does once, after. They do not count.'),
    abort: abort.optional().describe('When a run ends before its time; load.abort goes before it.'),
  };
};

/** A scenario in full: for its JSON Schema. */
export const scenarioSchema = z.strictObject(scenarioFields(stepSchema));

/** The same with steps left unread: each is checked by itself, so that a mistake in one does not hide those in others. */
export const scenarioFrame = z.strictObject(scenarioFields(z.unknown()));

export type FrameInput = z.output<typeof scenarioFrame>;
