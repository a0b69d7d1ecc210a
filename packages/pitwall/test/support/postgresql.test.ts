import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sharedPostgresql, startPostgresql } from './postgresql.ts';

const postgresql = sharedPostgresql({ settings: { max_connections: '20' } });
const { skip } = postgresql;

test('a cluster of our own: password, settings, databases; data outlives a stop', { skip }, async () => {
  const { server } = postgresql;
  const [, asked] = /(?:^|\/postgresql[-/])(\d+)\b/.exec(process.env.PITWALL_TEST_POSTGRESQL ?? '') ?? [];
  assert.match(server.version, new RegExp(`^${asked ?? '\\d+'}\\.\\d`), 'the version that was asked for');
  assert.deepEqual(await server.query('SHOW max_connections'), [{ max_connections: '20' }]);
  assert.notEqual(await server.createDatabase('one'), await server.createDatabase('t"wo'));
  await server.query('CREATE TABLE kept (n int)', [], 't"wo');
  await server.query('INSERT INTO kept VALUES ($1)', [42], 't"wo');
  await server.stop();
  await assert.rejects(server.query('SELECT 1'), /ECONNREFUSED/);
  await server.start();
  assert.deepEqual(await server.query('SELECT n FROM kept', [], 't"wo'), [{ n: 42 }]);
});

test('two clusters do not get in each other’s way, and remove() leaves nothing', { skip }, async () => {
  const { server } = postgresql;
  const other = await startPostgresql();
  assert.notEqual(other.port, server.port);
  await other.remove();
  assert.equal(existsSync(other.directory), false);
  await assert.rejects(other.query('SELECT 1'), /ECONNREFUSED/);
  assert.equal((await server.query('SELECT 1 AS one')).length, 1);
});

test('a file of which one test is asked for ends by itself, with its server', { skip }, async () => {
  const file = join(import.meta.dirname, 'fixtures/postgresql-suites.ts');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', '--test-name-pattern=asked for', file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 });
  assert.match(stdout, /# pass 1\n# fail 0\n# cancelled 0/);
});
