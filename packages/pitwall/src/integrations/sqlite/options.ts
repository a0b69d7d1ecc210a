import { z } from 'zod';
import { durationSchema, sizeSchema } from '../../model/schemas.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const parameterSet = z.union([z.array(scalar), z.record(z.string(), scalar)]);

/** Values for one run of a query: by position, or by name (`:name`, `@name`, `$name`, with or without the sign). */
export type QueryParameters = z.infer<typeof parameterSet>;

export const parameterSets = z.array(parameterSet).max(1000).default([]);

const querySchema = z
  .union([
    z.string().min(1),
    z.strictObject({
      sql: z.string().min(1).describe('One SELECT statement. It is refused before it runs when it would write.'),
      calls: z.number().positive().optional().describe('How often the application runs it, an hour: what weighs more.'),
      params: parameterSets.describe('Sets of parameter values, used in turn. Take real ones: times depend on them.'),
    }),
  ])
  .transform((query) => (typeof query === 'string' ? { sql: query, params: [], calls: undefined } : query));

const seconds = durationSchema.refine((value) => value > 0, {
  error: 'expected a duration above 0 such as 500ms or 2s',
});
const paths = z.array(z.string().min(1)).max(20);
const bytes = sizeSchema.refine((value) => value > 0, { error: 'expected a size above 0 such as 500MB or 4GiB' });

export const sqliteOptions = z.strictObject({
  path: z.string().min(1).describe('The database file; relative to the configuration file.'),
  queries: z
    .record(z.string().min(1).max(100), querySchema)
    .default({})
    .describe('Queries of the application to time and explain, by name.'),
  logs: paths
    .optional()
    .describe(
      'Statement logs that the application writes (@pitwall/kit, or as JSON lines or SQL from another language), or folders of them: real statements, values, times and endpoints come from there. Default: none.',
    ),
  logTail: sizeSchema
    .refine((value) => value >= 4096, 'expected 4 KiB or more')
    .optional()
    .describe('How much of the end of each log is read, with the files that it was rotated to. Default: 64MiB.'),
  statementFiles: paths
    .optional()
    .describe(
      'Files of SQL statements; comments before one say more of it (-- calls: 100, -- endpoint: GET /orders, -- params: [1, "a"]). Default: none.',
    ),
  runs: z.number().int().min(1).max(10_000).default(20).describe('How often each query is timed, at most.'),
  queryBudget: seconds
    .default(1.5)
    .describe('Time spent on timing each query; each runs at least once. Seconds, or 500ms.'),
  queryTimeout: seconds.default(5).describe('After this time a query is ended and reported as unanswered.'),
  busyTimeout: seconds.default(2).describe('How long to wait for a lock that somebody else holds.'),
  scratch: z
    .string()
    .min(1)
    .optional()
    .describe('Folder for the private copy on which indexes are tried; the system’s temporary folder if absent.'),
  cacheSize: bytes
    .optional()
    .describe(
      'Page cache of the application’s connections (PRAGMA cache_size), where its log does not tell: statements are timed on copies with as much. Default: what SQLite itself takes, 2 MB.',
    ),
  copyLimit: bytes.default(4 * 2 ** 30).describe('Databases larger than this are not copied to try indexes.'),
});

export type SqliteOptions = z.infer<typeof sqliteOptions>;
export type ConfiguredQuery = SqliteOptions['queries'][string];
