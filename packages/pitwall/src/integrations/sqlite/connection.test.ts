import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { PitwallError } from '../../errors.ts';
import { openConnection } from './connection.ts';
import { sqliteOptions } from './options.ts';
import { connect, databaseWith, temporaryFolder } from './testing.ts';

const TABLE = 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.exitCode, 3);
    return error.code;
  }
  return 'none';
}

const codeOfReading = (path: string, busyTimeout = 0.05) =>
  codeOf(() => {
    const connection = openConnection(sqliteOptions.parse({ path, busyTimeout }), '/');
    connection.reader().prepare('SELECT count(*) FROM sqlite_schema').get();
  });

test('says in one sentence what is wrong with a file', (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  assert.equal(codeOfReading(join(folder, 'missing.db')), 'SQLITE_MISSING');
  assert.equal(codeOfReading(join(file('plain', 'x'), 'below')), 'SQLITE_MISSING');
  assert.equal(codeOfReading(folder), 'SQLITE_NOT_A_FILE');
  assert.equal(codeOfReading('/dev/null'), 'SQLITE_NOT_A_FILE');
  assert.equal(codeOfReading(file('text', 'hello, this is no database'.repeat(400))), 'SQLITE_NOT_A_DATABASE');
  assert.equal(codeOfReading(file('short', 'hi')), 'SQLITE_NOT_A_DATABASE');
  assert.equal(codeOfReading(file('empty', '')), 'none', 'an empty file is an empty database');

  const good = readFileSync(databaseWith(t, TABLE));
  const changed = (name: string, change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good);
    change(bytes);
    return file(name, bytes);
  };
  assert.equal(codeOfReading(changed('format', (bytes) => bytes.fill(9, 18, 20))), 'SQLITE_FORMAT');
  assert.equal(codeOfReading(changed('schema', (bytes) => bytes.writeUInt32BE(9, 44))), 'SQLITE_FORMAT');
  assert.equal(codeOfReading(changed('page', (bytes) => bytes.fill(0xff, 100, 4096))), 'SQLITE_CORRUPT');
  assert.equal(codeOfReading(changed('header', (bytes) => bytes.fill(0, 0, 16))), 'SQLITE_NOT_A_DATABASE');
});

test('a lock of somebody else is waited for only so long', (t) => {
  const path = databaseWith(t, TABLE);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN EXCLUSIVE; INSERT INTO t VALUES (3)');
  assert.equal(codeOfReading(path), 'SQLITE_LOCKED');
  other.exec('ROLLBACK');
  assert.equal(codeOfReading(path), 'none');
});

test('a transaction that a crash left open is for a writer to roll back', (t) => {
  const path = databaseWith(t, TABLE);
  const folder = join(dirname(path), 'crashed');
  const writer = new DatabaseSync(path);
  t.after(() => writer.close());
  // A cache of one page makes the writer spill into the file, so that the journal is needed to take it back.
  writer.exec('PRAGMA cache_size = 1; BEGIN');
  writer.exec(
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT zeroblob(3000) FROM n',
  );
  mkdirSync(folder);
  const copy = join(folder, 'test.db');
  writeFileSync(copy, readFileSync(path));
  writeFileSync(`${copy}-journal`, readFileSync(`${path}-journal`));
  assert.equal(codeOfReading(copy), 'SQLITE_HOT_JOURNAL');
  const repaired = openConnection(sqliteOptions.parse({ path: copy }), '/').openWriter();
  assert.deepEqual({ ...repaired.prepare('SELECT count(*) AS n FROM t').get() }, { n: 2 });
  repaired.close();
  assert.equal(codeOfReading(copy), 'none');
});

test('without permission, also for the folder of a WAL database', { skip: process.getuid?.() !== 0 }, (t) => {
  const path = databaseWith(t, `PRAGMA journal_mode = wal; ${TABLE}`);
  chmodSync(dirname(path), 0o755);
  // Another user runs this: it prints what SQLite says to a plain read-only handle, whose codes failures.ts reads.
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    try { new DatabaseSync(process.argv[1], { readOnly: true }).prepare('SELECT * FROM t').all(); console.log('read'); }
    catch (error) { console.log(error.errcode); }`;
  const asNobody = () => {
    // A Node that everybody may run; where there is none the question cannot be asked.
    const result = spawnSync(process.execPath, ['-e', script, path], { uid: 65534, gid: 65534, encoding: 'utf8' });
    return result.error ? null : result.stdout.trim();
  };
  const folderUnwritable = asNobody();
  if (folderUnwritable === null || folderUnwritable === '') return t.skip('no Node that another user can run');
  assert.equal(folderUnwritable, '1544');
  chmodSync(path, 0o600);
  assert.equal(asNobody(), '14');
});

test('reads only, in every way', (t) => {
  const path = databaseWith(t, TABLE);
  const reader = connect(t, path).reader();
  for (const sql of [
    'INSERT INTO t VALUES (3)',
    'CREATE TEMP TABLE x (a)',
    'PRAGMA user_version = 5',
    'DROP TABLE t',
    'VACUUM',
  ]) {
    assert.throws(() => reader.exec(sql), /readonly/, sql);
  }
});

test('leaves no files behind that were not there, and takes none of anybody else', async (t) => {
  const path = databaseWith(t, `PRAGMA journal_mode = wal; ${TABLE}`);
  const files = () => readdirSync(dirname(path)).sort();
  const before = statSync(path).mtimeMs;
  const connection = connect(t, path);
  connection.reader().prepare('SELECT * FROM t').all();
  assert.deepEqual(files(), ['test.db', 'test.db-shm', 'test.db-wal'], 'reading a WAL database makes them');
  await connection.close();
  assert.deepEqual(files(), ['test.db']);
  assert.equal(statSync(path).mtimeMs, before, 'and nothing was written');

  const application = new DatabaseSync(path);
  application.exec('INSERT INTO t VALUES (3)');
  const second = connect(t, path);
  second.reader().prepare('SELECT * FROM t').all();
  await second.close();
  assert.deepEqual(files(), ['test.db', 'test.db-shm', 'test.db-wal']);
  assert.deepEqual({ ...application.prepare('SELECT count(*) AS n FROM t').get() }, { n: 3 });
  application.close();
});

test('opens the real file behind links and odd names, and never creates one', (t) => {
  const path = databaseWith(t, TABLE, "we ird?mode=memory#%20'é;--.db");
  const link = join(dirname(path), 'link');
  symlinkSync(path, link);
  const connection = connect(t, link);
  assert.equal(connection.path, path);
  const writer = connection.openWriter();
  writer.exec('INSERT INTO t VALUES (3)');
  assert.deepEqual({ ...writer.prepare('PRAGMA foreign_keys').get() }, { foreign_keys: 0 });
  writer.close();
  assert.deepEqual({ ...connection.reader().prepare('SELECT count(*) AS n FROM t').get() }, { n: 3 });

  const gone = connect(t, databaseWith(t, TABLE));
  const folder = dirname(gone.path);
  writeFileSync(join(folder, 'moved'), '');
  spawnSync('rm', [gone.path]);
  assert.equal(
    codeOf(() => gone.openWriter()),
    'SQLITE_MISSING',
  );
  assert.deepEqual(readdirSync(folder), ['moved']);
});
