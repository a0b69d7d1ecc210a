import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { connect, databaseWith } from '../testing.ts';
import { rememberSettings, settingsOf, settingsTold } from './copy-settings.ts';
import { settingsSql } from './write-timing.ts';

const signal = new AbortController().signal;

test('the newest connection that tells its cache decides; nothing else is believed', () => {
  const told = (at: number, pragmas: Record<string, string | number> | null) => ({ at, pragmas });
  const small = told(5, { cache_size: -2000, mmap_size: 0 });
  const pages = told(9, { cache_size: 1000, page_size: 8192, mmap_size: 'all' });
  assert.deepEqual(settingsTold([pages, small, told(20, null)]), { cacheSize: -8000, mmapSize: null });
  assert.deepEqual(settingsTold([small]), { cacheSize: -2000, mmapSize: 0 });
  assert.equal(settingsTold([told(1, { cache_size: '; DROP TABLE x' })]), null);
  assert.deepEqual(
    settingsTold([told(1, { cache_size: -1e15 })])?.cacheSize,
    -256 * 1024,
    'a copy takes so much at most',
  );
});

test('copies are read with the cache of the application, else of the configuration, else of SQLite', async (t) => {
  const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 'x' FROM n;`;
  const path = databaseWith(t, sql);
  const connection = connect(t, path);
  assert.deepEqual(settingsOf(connection), { cacheSize: null, mmapSize: null });
  assert.equal(settingsOf(connect(t, path, { cacheSize: '32MiB' })).cacheSize, -32 * 1024);
  rememberSettings(connection, [{ at: 1, pragmas: { cache_size: -4321 } }]);
  assert.equal(settingsOf(connection).cacheSize, -4321);
});

test('the settings are those of the handles that time statements', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const path = databaseWith(
    t,
    'CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO t VALUES (1, zeroblob(100000))',
  );
  const connection = connect(t, path);
  // Of all that can be set, what is mapped is to be seen from outside.
  const isMapped = () => readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && mapsOf(pid).includes(path));
  const time = (mmapSize: number | null) => {
    const rounds = { least: 1, most: 1 };
    const settings = { cacheSize: -100, mmapSize };
    const request = {
      databases: [path],
      sql: 'SELECT length(body) FROM t',
      params: [],
      rounds,
      budgetSeconds: 0,
      settings,
    };
    return connection.runner().time(request, 30, signal);
  };
  assert.ok('answer' in (await time(null)));
  assert.equal(isMapped(), false);
  assert.ok('answer' in (await time(2 ** 20)));
  assert.equal(isMapped(), true, 'also of a copy that is open already');
  assert.equal(settingsSql({ cacheSize: -4321, mmapSize: 0 }), 'PRAGMA cache_size = -4321; PRAGMA mmap_size = 0');
  assert.equal(settingsSql(undefined), '');
});

function mapsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return '';
  }
}
