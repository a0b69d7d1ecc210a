/**
 * What the statement log costs: microseconds of a look-up by key and of `prepare`, on a connection without it and on one with it, in
 * turn. `node bench/statement-log.ts`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logStatements, withEndpoint } from '../src/index.ts';
import { LIBRARIES } from '../src/statement-log/testing.ts';

const ROUNDS = 100;
const WARM_UP = 10;
const CALLS = 2000;
const SQL = 'SELECT a FROM t WHERE id = ?';

type Database = ReturnType<(typeof LIBRARIES)[number][1]>;

function lookUps(db: Database): number {
  const statement = db.prepare(SQL);
  const startedAt = performance.now();
  for (let i = 0; i < CALLS; i++) statement.get(1 + (i % 1000));
  return ((performance.now() - startedAt) / CALLS) * 1000;
}

function prepares(db: Database): number {
  const startedAt = performance.now();
  for (let i = 0; i < CALLS / 4; i++) db.prepare(SQL);
  return ((performance.now() - startedAt) / (CALLS / 4)) * 1000;
}

function median(values: readonly number[]): string {
  return `${[...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(2)} µs`;
}

const folder = mkdtempSync(join(tmpdir(), 'pitwall-kit-bench-'));
try {
  for (const [library, open] of LIBRARIES) {
    const [plain, wrapped] = [open(), open()];
    for (const db of [plain, wrapped]) {
      db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, 'x' || i FROM n`);
    }
    const log = logStatements(wrapped, { file: join(folder, `${library.replace(':', '-')}.jsonl`) });
    const base: number[] = [];
    const calls: number[] = [];
    const preparing: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const without = lookUps(plain);
      const within = withEndpoint('GET /things/:id', () => lookUps(wrapped));
      const prepared = prepares(plain);
      const preparedWithin = prepares(wrapped);
      // So that the lines are written.
      await sleep(50);
      if (round < WARM_UP) continue;
      base.push(without);
      calls.push(within - without);
      preparing.push(preparedWithin - prepared);
    }
    await log.flush();
    console.log(
      `${library}: ${median(base)} a call, ${median(calls)} more with the log, ${median(preparing)} more for prepare, ${log.dropped} dropped`,
    );
    log.stop();
    for (const db of [plain, wrapped]) db.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
