import type { BenchStatement, Copy } from '../types.ts';

/** Runs of each statement. */
const RUNS = 4;

/** Every statement equally often, with other values each time, for those who watch the database while it works. */
export async function runAll(copy: Copy, statements: readonly BenchStatement[], cap: number): Promise<void> {
  for (const { text, params } of statements)
    for (const values of params.slice(0, RUNS)) await copy.run(text, values, cap);
}
