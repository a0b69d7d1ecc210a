import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { DetectContext } from '../../model/integration.ts';
import { detect, isDatabase } from './detect.ts';
import { collectContext, databaseWith, temporaryFolder } from './testing.ts';

const TABLE = 'CREATE TABLE t (a)';
const MKFIFO = 'mkfifo';
const context = (listeners: number[], proc = '/proc'): DetectContext => {
  const { environment, signal } = collectContext();
  return { environment: { ...environment, proc }, signal, url: null, listeners };
};

/** A process that has these databases open, in a child of the one returned. */
async function holding(t: TestContext, paths: readonly string[]): Promise<number> {
  const script = `const { DatabaseSync } = require('node:sqlite');
    const open = process.argv.slice(1).map((path) => { const d = new DatabaseSync(path); d.exec('INSERT INTO t VALUES (1)'); return d; });
    console.log(open.length); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', script, ...paths], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid!;
}

test('finds the databases that a listening process has open, not their logs', async (t) => {
  const path = databaseWith(t, `PRAGMA journal_mode = wal; ${TABLE}`, 'Vending Machines.db');
  const pid = await holding(t, [path]);
  assert.deepEqual(await detect(context([pid])), [
    { id: 'db', options: { path }, notes: { path: `open in process ${pid} (node)` } },
  ]);
  const second = databaseWith(t, TABLE, 'Other (1).sqlite3');
  const third = databaseWith(t, TABLE, 'other-1.db');
  const both = await detect(context([await holding(t, [path, second, third]), pid]));
  assert.deepEqual(both.map(({ id }) => id).sort(), ['db-other-1', 'db-other-1-2', 'db-vending-machines']);
});

test('finds one that is named on the command line and opened only now and then', async (t) => {
  const path = databaseWith(t, TABLE, 'repository');
  const other = databaseWith(t, TABLE, 'other');
  const script = 'console.log(1); setInterval(() => {}, 1e6)';
  const args = ['-e', script, '--', basename(path), `--store=${other}`, '/dev/null', dirname(path), 'missing.db'];
  const child = spawn(process.execPath, args, { cwd: dirname(path), stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const note = { path: `named on the command line of process ${child.pid} (node)` };
  const found = await detect(context([child.pid!]));
  assert.deepEqual(
    found.map(({ options, notes }) => ({ options, notes })),
    [path, other].map((file) => ({ options: { path: file }, notes: note })),
  );
});

test('finds those of child processes, in a captured process table', async (t) => {
  const proc = temporaryFolder(t);
  const path = databaseWith(t, TABLE);
  const stat = (pid: number, parent: number) =>
    `${pid} (app) S ${parent} ${pid} ${pid} 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 100 1000 100 18446744073709551615 ${'0 '.repeat(26).trim()}`;
  for (const [pid, parent] of [
    [10, 1],
    [11, 10],
    [12, 1],
  ] as const) {
    mkdirSync(join(proc, String(pid), 'fd'), { recursive: true });
    writeFileSync(join(proc, String(pid), 'stat'), stat(pid, parent));
    writeFileSync(join(proc, String(pid), 'cmdline'), '/opt/app/bin/app\0--port\0');
    if (pid !== 10) symlinkSync(path, join(proc, String(pid), 'fd', '3'));
  }
  const found = await detect(context([10], proc));
  assert.deepEqual(
    found.map(({ notes }) => notes.path),
    ['open in process 11 (app)'],
  );
  assert.deepEqual(await detect(context([], proc)), []);
});

test('tells a database by its header, and is not stopped by a pipe', (t) => {
  const path = databaseWith(t, TABLE);
  const folder = dirname(path);
  assert.equal(isDatabase(path), true);
  assert.equal(isDatabase('/proc/self/exe'), false);
  assert.equal(isDatabase(folder), false);
  assert.equal(isDatabase(join(folder, 'missing')), false);
  writeFileSync(join(folder, 'text'), 'SQLite format');
  assert.equal(isDatabase(join(folder, 'text')), false);
  const pipe = join(folder, 'pipe');
  if (spawnSync(MKFIFO, [pipe]).status === 0) assert.equal(isDatabase(pipe), false);
});
