/** What the tests of the logs share. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SqliteConnection } from '../connection.ts';
import { collectContext, connect, databaseWith, SHOP, temporaryFolder } from '../testing.ts';
import { type GatheredWorkload, gatherWorkload } from './index.ts';

/** A file with this text, gone after the test. */
export function fileWith(t: TestContext, text: string, name = 'statements.jsonl'): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, text);
  return path;
}

export const jsonLines = (...entries: readonly object[]) =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** The workload of a database with the shop's tables, by these options. */
export async function shopWorkload(
  t: TestContext,
  options: Record<string, unknown>,
  request: { previous?: { to: number }; watch?: number } = {},
): Promise<GatheredWorkload & { readonly connection: SqliteConnection }> {
  const connection = connect(t, databaseWith(t, SHOP, 'shop.db'), options);
  const gathered = await gatherWorkload(
    connection,
    { previous: request.previous ?? null, watch: request.watch ?? 0 },
    collectContext(),
  );
  return { ...gathered, connection };
}
