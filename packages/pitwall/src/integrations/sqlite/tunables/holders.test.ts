import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { PitwallError } from '../../../errors.ts';
import { openConnection } from '../connection.ts';
import { sqliteOptions } from '../options.ts';
import { describeHolders, describePossibleHolders, holdersOf } from './holders.ts';
import { journalMode } from './journal-mode.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-holders-'));
  path = join(directory, 'a "quoted" name.db');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE t (x)');
  database.close();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const SCRIPT = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[2]);
  database.prepare('SELECT * FROM sqlite_schema').all();
  process.stdout.write('open');
  setInterval(() => {}, 1000);`;

/** One process of a made-up /proc. */
function addProcess(
  proc: string,
  pid: number,
  process: { name?: string; args?: readonly string[]; files?: readonly string[] | 'hidden' | 'gone' } = {},
): void {
  const { name = 'x', args = ['x'], files = [] } = process;
  const folder = join(proc, String(pid));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stat'), `${pid} (${name}) S 1 ${'0 '.repeat(30)}`);
  writeFileSync(join(folder, 'cmdline'), args.map((one) => `${one}\0`).join(''));
  if (files === 'gone') return;
  // A file in place of the folder: it is there and cannot be listed, also by root.
  if (files === 'hidden') {
    writeFileSync(join(folder, 'fd'), '');
    return;
  }
  mkdirSync(join(folder, 'fd'));
  for (const [number, file] of files.entries()) symlinkSync(file, join(folder, 'fd', String(number)));
}

test('processes that have the file open, with a name that says which', async () => {
  assert.deepEqual((await holdersOf(path)).seen, []);
  const script = join(directory, 'shop-server.cjs');
  writeFileSync(script, SCRIPT);
  const child = spawn(process.execPath, ['--no-warnings', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const connection = openConnection(sqliteOptions.parse({ path, busyTimeout: 0.1 }), '/');
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.deepEqual(
      (await holdersOf(path)).seen.map(({ pid }) => pid),
      [child.pid],
    );
    assert.equal(await describeHolders(path), `node shop-server.cjs (process ${child.pid})`);
    const change = { subject: '', to: 'wal', from: 'delete' };
    const reason = await journalMode.restartReason?.(connection, change);
    assert.match(reason ?? '', new RegExp(`process ${child.pid}`));
    const context = { signal: new AbortController().signal, keepDirectory: directory, exclusive: false };
    await assert.rejects(journalMode.write(connection, change, context), /needs it alone/);
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await connection.close();
  }
  assert.equal(await describeHolders(join(directory, 'gone')), '');
});

test('a process that may not be looked into may have it open; kernel threads and ended ones have not', async () => {
  const proc = join(directory, 'proc');
  addProcess(proc, 1, { name: 'init' });
  addProcess(proc, 2, { name: 'kthreadd', args: [], files: 'hidden' });
  addProcess(proc, 50, { name: 'ended', files: 'gone' });
  addProcess(proc, 60, { name: 'sqlite3', files: ['/nowhere', path] });
  assert.equal(await describePossibleHolders(path, proc), 'sqlite3 (process 60)');
  addProcess(proc, 70, { name: 'MainThread', args: ['/usr/bin/node', '/srv/shop/server.js'], files: 'hidden' });
  assert.deepEqual(await holdersOf(path, proc), {
    seen: [{ pid: 60, name: 'sqlite3' }],
    hidden: 1,
    unlisted: false,
  });
  assert.equal(await describeHolders(path, proc), 'sqlite3 (process 60)', 'only who is seen');
  assert.equal(
    await describePossibleHolders(path, proc),
    'sqlite3 (process 60), perhaps 1 of other users, which only root can look into',
  );
});

test('where processes are not even listed (hidepid, no /proc) nobody is ruled out', async () => {
  const proc = join(directory, 'proc');
  assert.match(await describePossibleHolders(path, proc), /not shown/);
  addProcess(proc, 60);
  assert.match(await describePossibleHolders(path, proc), /not shown/);
  addProcess(proc, 1);
  assert.equal(await describePossibleHolders(path, proc), '');
  assert.match(await describePossibleHolders(join(directory, 'gone'), proc), /not shown/);
});

test('WAL is only set without a restart when it is certain that nobody has the file open', async () => {
  const connection = openConnection(sqliteOptions.parse({ path, busyTimeout: 0.1 }), '/');
  const possible = await describePossibleHolders(path);
  const change = { subject: '', to: 'wal', from: 'delete' };
  assert.equal((await journalMode.restartReason?.(connection, change)) === null, possible === '');
  const context = { signal: new AbortController().signal, keepDirectory: directory, exclusive: false };
  const written = journalMode.write(connection, change, context);
  if (possible === '') await written;
  else await assert.rejects(written, (error) => error instanceof PitwallError && error.code === 'TARGET_IN_USE');
  await connection.close();
});

test('the name of a Node process: program and script, without options, values and code', async () => {
  const proc = join(directory, 'proc');
  const named = async (args: string[], name = 'MainThread') => {
    rmSync(proc, { recursive: true, force: true });
    addProcess(proc, 1);
    addProcess(proc, 9, { name, args, files: [path] });
    return (await holdersOf(path, proc)).seen[0]?.name;
  };
  assert.equal(await named(['/usr/bin/node', '/srv/shop/server.js', '--port', '1']), 'node server.js');
  assert.equal(await named(['node', '--require', './hook.js', '-C', 'dev', '--inspect', 'app.ts']), 'node app.ts');
  assert.equal(await named(['node', '-e', 'const password = 1']), 'node');
  assert.equal(await named(['node']), 'node');
  assert.equal(await named(['node', 'evil\u001b[31m.js']), 'node evil [31m.js');
  assert.equal(await named(['/usr/bin/python3', 'app.py'], 'gunicorn'), 'gunicorn');
});
