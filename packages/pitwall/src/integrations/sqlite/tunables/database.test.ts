import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError } from '../../../errors.ts';
import { openConnection, type SqliteConnection } from '../connection.ts';
import { sqliteOptions } from '../options.ts';
import { inTransaction, staysInMemory } from './database.ts';
import { sqliteIndex } from './index.ts';

const MEBIBYTE = 2 ** 20;
const waiting = { signal: new AbortController().signal };

let directory: string;
let connection: SqliteConnection;
let other: DatabaseSync;

/** With a rollback journal; an index of `x` is several times as large as SQLite's cache of 2 MB. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-transaction-'));
  const path = join(directory, 'test.db');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA synchronous = OFF; CREATE TABLE t (x);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT hex(randomblob(300)) FROM n`);
  database.close();
  connection = openConnection(sqliteOptions.parse({ path, busyTimeout: 2.5 }), '/');
  other = new DatabaseSync(path, { timeout: 0 });
});
afterEach(async () => {
  mock.reset();
  other.close();
  await connection.close();
  rmSync(directory, { recursive: true, force: true });
});

function canRead(): boolean {
  try {
    return other.prepare('SELECT x FROM t LIMIT 1').get() !== undefined;
  } catch {
    return false;
  }
}

test('others can read while an index is built', async () => {
  let during: boolean | null = null;
  await inTransaction(
    connection,
    waiting,
    (database) => {
      database.exec('CREATE INDEX i ON t (x)');
      during = canRead();
    },
    20 * MEBIBYTE,
  );
  assert.equal(during, true);
  assert.ok(canRead());
  assert.equal(other.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'i'").get()?.n, 1);
});

test('so much is kept in memory, and no more', async () => {
  assert.ok(staysInMemory(200 * MEBIBYTE, 1024 * MEBIBYTE));
  assert.ok(!staysInMemory(300 * MEBIBYTE, 100_000 * MEBIBYTE));
  assert.ok(!staysInMemory(200 * MEBIBYTE, 700 * MEBIBYTE));
  const change = { subject: 'i', to: { table: 't', columns: [{ name: 'x' }] } };
  assert.equal(await sqliteIndex.restartReason?.(connection, change), null);
  mock.method(process, 'availableMemory', () => 8 * MEBIBYTE);
  const reason = /^t has \d+ MiB, and with a rollback journal nobody can read while an index of it is built$/;
  assert.match((await sqliteIndex.restartReason?.(connection, change)) ?? '', reason);
  other.exec('PRAGMA journal_mode = wal; CREATE INDEX i ON t (x)');
  assert.equal(await sqliteIndex.restartReason?.(connection, change), null);
  // Whoever has read a WAL database is in the way of leaving it.
  await connection.close();
  other.exec('PRAGMA journal_mode = delete');
  assert.match((await sqliteIndex.restartReason?.(connection, { subject: 'i', to: null })) ?? '', reason);
});

test('who reads for long holds up the commit, and the commit not all others for as long', async () => {
  const reader = new DatabaseSync(connection.path);
  reader.exec('BEGIN');
  reader.prepare('SELECT x FROM t LIMIT 1').get();
  let runs = 0;
  const outcome = inTransaction(connection, waiting, (database) => {
    runs += 1;
    database.exec('CREATE TABLE new (x)');
  }).then(
    () => 'done',
    (error) => (error instanceof PitwallError ? error.code : String(error)),
  );
  // From the first commit on, and until it is given up, locked out and let in have to alternate.
  const seen: boolean[] = [];
  let ended = false;
  void outcome.then(() => {
    ended = true;
  });
  while (!ended) {
    const now = canRead();
    if (seen.at(-1) !== now) seen.push(now);
    await sleep(10);
  }
  assert.equal(await outcome, 'TARGET_LOCKED');
  // One round is 0.5 s: waiting out the whole time at once would leave room for two.
  assert.ok(runs > 2, `tried ${runs} times`);
  assert.ok(seen.includes(false), 'a commit was waiting');
  assert.ok(seen.indexOf(true, seen.indexOf(false)) > 0, `readers got their turn: ${seen.join(', ')}`);
  assert.ok(canRead());

  // As soon as he ends, it goes through.
  const second = inTransaction(connection, waiting, (database) => database.exec('CREATE TABLE new (x)'));
  while (canRead()) await sleep(10);
  reader.exec('COMMIT');
  reader.close();
  await second;
  assert.equal(other.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'new'").get()?.n, 1);
});
