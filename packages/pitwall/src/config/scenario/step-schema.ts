import { z } from 'zod';
import { sizeSchema } from '../../model/schemas.ts';
import { filePath, headerName, method, scalar, seconds, text } from '../schema/parts.ts';
import { thinkTime } from '../schema/think.ts';

/** A path with query; a template. What it may be is said when templates are looked at. */
const path = z.string().max(8000);
/** 1 MiB: what is bigger belongs into a file. */
const template = z.string().max(1024 ** 2);
export const headers = z.record(headerName, scalar);

const contentType = z.string().regex(/^[\t\u0020-\u007e]+$/, 'it contains characters that a header cannot have');

const body = z.union(
  [
    template,
    z.strictObject({
      text: template.optional().describe('Text, in which values are filled in.'),
      file: filePath.optional().describe('File that is sent as it is, relative to this file.'),
      contentType: contentType.optional().describe('Content-Type of it. Default: none is sent.'),
    }),
  ],
  { error: ({ input }) => (typeof input === 'object' ? undefined : 'expected text, or a map with text or file') },
);

const part = z.strictObject({
  value: scalar.optional().describe('Text, in which values are filled in.'),
  file: filePath.optional().describe('File that is sent as it is, relative to this file.'),
  fileName: text.optional().describe('Default for a file: its name.'),
  contentType: contentType.optional().describe('Default for a file: application/octet-stream.'),
});

const multipart = z.union([
  z.record(z.string(), z.union([scalar, part])),
  z.array(part.extend({ name: z.string().max(200) })).max(1000),
]);

const status = z.union(
  [z.number().int().min(100).max(599), z.string().regex(/^[1-5]xx$/i, 'expected a status such as 200, or 2xx')],
  {
    error: ({ input }) => (typeof input === 'string' ? undefined : 'expected a status such as 200, or 2xx'),
  },
);

const pattern = z.string();

const check = z.strictObject({
  status: z
    .union([status, z.array(status).min(1).max(100)])
    .optional()
    .describe('200, 2xx, or a list of these.'),
  header: z
    .record(headerName, pattern)
    .optional()
    .describe('Headers that have to be there: `exists`, or a regular expression for the value.'),
  jsonpath: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSONPath, and what it has to lead to: `exists`, a value, or `{ equals: value }`.'),
  body: z
    .union([pattern, z.array(pattern).min(1).max(100)])
    .optional()
    .describe('Regular expressions that the body has to contain.'),
  size: z
    .strictObject({ min: sizeSchema.default(0), max: sizeSchema.default(Number.MAX_SAFE_INTEGER) })
    .refine(({ min, max }) => min <= max, { error: 'expected min to be at most max' })
    .optional()
    .describe('Of the body as it was transferred.'),
  latency: seconds(0.0001, 600, 'from 100us to 10m').optional().describe('The longest response time that is good.'),
});

const extraction = z.union(
  [
    z.string(),
    z.strictObject({
      jsonpath: z.string().optional().describe('JSONPath (RFC 9535); the first value that it leads to.'),
      regex: pattern.optional().describe('Regular expression over the body.'),
      group: z
        .number()
        .int()
        .min(0)
        .max(100)
        .optional()
        .describe('Of the regular expression. Default: the first, or all of it.'),
      header: headerName.optional().describe('Name of a header.'),
      cookie: z.string().min(1).max(200).optional().describe('Name of a cookie that the answer sets.'),
      default: scalar.optional().describe('When there is none. Without it the iteration ends with an error.'),
    }),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' ? undefined : 'expected a JSONPath, or a map such as { header: Location }',
  },
);

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;
export type MethodKey = (typeof METHODS)[number];
export const METHOD_KEYS: readonly MethodKey[] = METHODS;

const byMethod = (name: string) =>
  path.optional().describe(`Path with query of a ${name.toUpperCase()} request; a template.`);

export const stepSchema = z.strictObject({
  name: text.optional().describe('How reports call it. Default: method and path.'),
  get: byMethod('get'),
  head: byMethod('head'),
  options: byMethod('options'),
  post: byMethod('post'),
  put: byMethod('put'),
  patch: byMethod('patch'),
  delete: byMethod('delete'),
  method: method.optional().describe('Instead of a key such as get; with path.'),
  path: path.optional().describe('Path with query, for method; a template.'),
  headers: headers.optional().describe('Values are templates.'),
  json: z.unknown().optional().describe('Body: data that is sent as JSON. Texts in it are templates.'),
  form: z.record(z.string(), scalar).optional().describe('Body: fields of a form. Values are templates.'),
  multipart: multipart.optional().describe('Body: parts, by name or as a list.'),
  body: body.optional().describe('Body: text (a template), or a file.'),
  check: check.optional().describe('What has to hold of the answer; if not, it is an error.'),
  extract: z.record(z.string(), extraction).optional().describe('Values for later steps, by name.'),
  think: thinkTime.optional().describe('Pause before the next step.'),
  expected: seconds(0, 600, 'of at most 10m')
    .optional()
    .describe(
      'How long it should take: at planned times, the next step is due after that. Default: measured in the warm-up.',
    ),
  tags: z.record(z.string().min(1).max(100), scalar).optional().describe('For reports.'),
});

/** A step as it is written, with its units read. */
export type StepInput = z.output<typeof stepSchema>;
