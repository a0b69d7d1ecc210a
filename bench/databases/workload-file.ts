import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchStatement, Value } from './types.ts';

/** A statement with its values written into it. */
export function inlined(text: string, values: readonly Value[]): string {
  return text.replace(/\$(\d+)/g, (_, at: string) => {
    const value = values[Number(at) - 1] ?? null;
    if (value === null) return 'NULL';
    return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
  });
}

/**
 * Writes the workload for a peer that is a program: `workload.sql`, one statement a line for each sampled set of values, and
 * `workload.json` with text, calls an hour, and values.
 */
export function writeWorkload(directory: string, statements: readonly BenchStatement[]): { sql: string; json: string } {
  const files = { sql: join(directory, 'workload.sql'), json: join(directory, 'workload.json') };
  const lines = statements.flatMap(({ text, params }) =>
    params.map((values) => `${inlined(text, values).replace(/\s+/g, ' ').trim()};`),
  );
  writeFileSync(files.sql, `${lines.join('\n')}\n`);
  writeFileSync(files.json, JSON.stringify(statements, null, 2));
  return files;
}
