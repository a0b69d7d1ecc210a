import { z } from 'zod';
import type { DatabaseState } from '../../model/database-state.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const count = z.number();
const bytes = z.number().describe('Bytes');
const use = z
  .object({ hit: bytes, read: bytes })
  .describe('Bytes asked for: found in the cache, and read from outside it; null: not counted')
  .nullable();
const groups = list(z.object({ name: z.string(), count }));

export const databaseState = z
  .object({
    storage: z
      .object({
        bytes: bytes.nullable(),
        tables: list(
          z.object({
            name: z.string(),
            bytes,
            indexBytes: bytes,
            indexes: count,
            partitions: count,
            rows: z.number().nullable().describe('An estimate, as a rule'),
          }),
        ).describe('The largest first'),
        total: z
          .object({ tables: count, bytes, indexes: count, indexBytes: bytes })
          .describe('Of all tables that were measured, those that are not named too'),
        freeBytes: bytes.nullable(),
        missing: list(z.string()),
      })
      .exactOptional(),
    cache: z
      .object({
        all: use,
        tables: use,
        indexes: use,
        seconds: z.number().nullable().describe('Seconds that the counters cover'),
        notes: list(z.string()),
      })
      .exactOptional(),
    connections: z
      .object({
        used: count,
        limit: count,
        reserved: count,
        hidden: count.describe('That our role may not look at'),
        states: groups,
        users: groups,
        applications: groups,
        databases: groups,
        missing: list(z.string()),
      })
      .exactOptional()
      .describe('Client connections of the whole server, without ours'),
  })
  .describe('What a database keeps, what of it its cache has, and who is connected') satisfies z.ZodType<DatabaseState>;
