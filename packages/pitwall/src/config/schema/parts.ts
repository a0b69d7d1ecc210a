import { z } from 'zod';
import { durationSchema } from '../../model/schemas.ts';

/** Pieces that several sections use. */

export const text = z.string().min(1).max(200);

/** A duration within limits; `words` end the sentence "expected a duration …". */
export const seconds = (least: number, most: number, words: string) =>
  durationSchema.refine((value) => value >= least && value <= most, { error: `expected a duration ${words}` });

export const limit = z.union([z.number(), z.string()], {
  error: 'expected a number or a value with a unit such as 200ms, 64MiB, 80%',
});

/** Text, as a number or a truth value too: what YAML reads `port: 80` as. */
export const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number, true or false' })
  .transform(String);

export const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'this cannot be the name of a header');

export const method = z
  .string()
  .transform((name) => name.toUpperCase())
  .refine((name) => /^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/.test(name), {
    error: 'expected GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE',
  });

/** Share of a mix. */
export const weight = z.number().positive().max(1e6);

/** Of a file, or of a socket. */
export const filePath = z.string().min(1).max(4096);
