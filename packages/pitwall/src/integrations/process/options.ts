import { z } from 'zod';
import { printable } from '../../errors.ts';

/** How the service's processes are found. Exactly one of the three. */
export interface ProcessOptions {
  readonly port?: number | undefined;
  readonly pid?: number | undefined;
  readonly match?: string | undefined;
}

export const processOptions: z.ZodType<ProcessOptions> = z
  .strictObject({
    port: z.int().min(1).max(65535).optional().describe('TCP port of this host that the service listens on.'),
    pid: z.int().min(1).optional().describe('Process id; changes with each restart, so prefer port or match.'),
    match: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('Part of the command line, as plain text: every process that has it, and its children.'),
  })
  .refine((options) => [options.port, options.pid, options.match].filter((given) => given !== undefined).length === 1, {
    error: 'expected exactly one of port, pid, match',
  });

/** What a person calls these processes. */
export function describeOptions({ port, pid, match }: ProcessOptions): string {
  if (port !== undefined) return `processes on port ${port}`;
  return pid !== undefined ? `process ${pid}` : `processes matching "${printable(match ?? '')}"`;
}
