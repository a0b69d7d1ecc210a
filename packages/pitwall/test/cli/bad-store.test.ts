import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSaid, reportOf, run, unchanged, WITHOUT_PRIVILEGE, writePlan, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** A store that cannot be used: nothing is measured or changed without it, and it is left as it is. */

function patch(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

const BAD: readonly (readonly [name: string, spoil: (file: string) => void, says: RegExp])[] = [
  [
    'is damaged in the middle',
    (file) => patch(file, (bytes) => bytes.fill(0xff, 4096 * 2, 4096 * 8)),
    /store\.db is damaged/,
  ],
  [
    'has a damaged header',
    (file) => patch(file, (bytes) => bytes.fill(0, 0, 16)),
    /store\.db is damaged or not a Pitwall store: it is not an SQLite database/,
  ],
  ['is cut short', (file) => truncateSync(file, 5000), /store\.db is damaged/],
  ['is empty', (file) => truncateSync(file, 0), /store\.db is damaged .*: it is empty/],
  [
    'is of another application',
    (file) => patch(file, (bytes) => bytes.writeUInt32BE(7, 68)),
    /it is a database of another application/,
  ],
  [
    'is of a newer version',
    (file) => patch(file, (bytes) => bytes.writeUInt32BE(99, 60)),
    /store\.db has version 99; this Pitwall knows versions up to \d+/,
  ],
];

for (const [name, spoil, says] of BAD) {
  test(`a store that ${name} is refused and left as it is`, () =>
    inFolder(async (cwd) => {
      writeShop(cwd);
      await writePlan(cwd);
      const state = join(cwd, '.pitwall');
      spoil(join(state, 'store.db'));
      const content = readFileSync(join(state, 'store.db'));
      const files = readdirSync(state);
      for (const args of [['check'], ['apply', 'plan.json'], ['recover']]) {
        const ended = await unchanged(cwd, () => run(args, { cwd }));
        assertSaid(ended, 2, says);
        assert.equal(ended.stdout, '');
        assert.deepEqual(readFileSync(join(state, 'store.db')), content);
        assert.deepEqual(readdirSync(state), files);
      }
    }));
}

test('a state folder that may not be written', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    await writePlan(cwd);
    chmodSync(join(cwd, '.pitwall'), 0o500);
    for (const args of [['check'], ['apply', 'plan.json']]) {
      const ended = await unchanged(cwd, () => run(args, { cwd, through: WITHOUT_PRIVILEGE }));
      assertSaid(ended, 2, /store\.db cannot be read and written: EACCES/);
    }
  }));

test('a state folder that cannot be made', () =>
  inFolder(async (cwd) => {
    writeShop(cwd, { state: 'closed/state' });
    mkdirSync(join(cwd, 'closed'), { mode: 0o500 });
    assertSaid(
      await unchanged(cwd, () => run(['check'], { cwd, through: WITHOUT_PRIVILEGE })),
      2,
      /cannot be read and written: EACCES/,
    );
  }));

test('a state folder that is a file', () =>
  inFolder(async (cwd) => {
    writeShop(cwd, { state: 'taken' });
    writeFileSync(join(cwd, 'taken'), 'mine');
    assertSaid(await unchanged(cwd, () => run(['check'], { cwd })), 2, /cannot be read and written: /);
  }));

test('a store that another process keeps locked: the report is shown, and the run not stored', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    await writePlan(cwd);
    const script = `
      const { DatabaseSync } = require('node:sqlite');
      const database = new DatabaseSync(process.argv[1]);
      database.exec('BEGIN IMMEDIATE');
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['-e', script, join(cwd, '.pitwall', 'store.db')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => other.stdout.once('data', resolve));
      const checked = await unchanged(cwd, () => run(['check', '--json', '--quiet', '--window', '100ms'], { cwd }));
      assertSaid(checked, 4, /store\.db is kept locked by another process/);
      assert.ok(reportOf(checked).findings.length > 0);
      assertSaid(
        await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd })),
        4,
        /The journal cannot be written .* nothing was changed/,
      );
    } finally {
      other.kill('SIGKILL');
    }
  }));

/** Fills a file system, but for some pages of 4 KiB. */
function fill(folder: string, pages: number): void {
  writeFileSync(join(folder, 'room'), Buffer.alloc(pages * 4096));
  for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
    try {
      while (true) writeFileSync(join(folder, 'filler'), Buffer.alloc(size), { flag: 'a' });
    } catch {
      // Smaller pieces now, until nothing more fits.
    }
  }
  rmSync(join(folder, 'room'));
}

test('the disk is full while journalling (ENOSPC): refused, the database untouched; with room it goes on', (t) =>
  inFolder(async (cwd) => {
    writeShop(cwd, { trial: { blocks: 6, blockDuration: '500ms' } });
    mkdirSync(join(cwd, '.pitwall'), { mode: 0o700 });
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', join(cwd, '.pitwall')]).status !== 0) {
      t.skip('mounting a small file system is not permitted here');
      return;
    }
    try {
      await writePlan(cwd);
      // Room for the lock and the store's own files, and none for one more entry of the journal.
      fill(join(cwd, '.pitwall'), 4);
      assertSaid(
        await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd })),
        4,
        /^pitwall: The journal cannot be written \(.*(full|cannot grow).*\), so nothing was changed\./,
      );
      fill(join(cwd, '.pitwall'), 0);
      const again = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd }));
      assertSaid(again, 4, /^pitwall: .*nothing was changed.*full|^pitwall: .*full.*nothing was changed/i);
      const checked = await unchanged(cwd, () => run(['check', '--json', '--quiet', '--window', '100ms'], { cwd }));
      assertSaid(checked, 4, /store\.db cannot grow, so nothing was recorded/);
      assert.ok(reportOf(checked).findings.length > 0, 'the report is shown all the same');

      rmSync(join(cwd, '.pitwall', 'filler'));
      const history = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as {
        changes: unknown[];
        runs: unknown[];
      };
      assert.deepEqual(history.changes, []);
      assert.equal(history.runs.length, 1);
      assert.equal((await run(['check', '--quiet', '--window', '100ms'], { cwd })).status, 0);
    } finally {
      spawnSync('umount', ['-l', join(cwd, '.pitwall')]);
    }
  }));

test('a limit on the size of files while journalling (EFBIG): refused, the database untouched', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    await writePlan(cwd);
    await run(['recover'], { cwd });
    const { size } = statSync(join(cwd, '.pitwall', 'store.db'));
    // Journals and store alike end before one more page.
    const through = ['prlimit', `--fsize=${Math.min(size, 4096)}`];
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd, through }));
    assertSaid(ended, 4, /^pitwall: The journal cannot be written \(.*\), so nothing was changed\./);
    assert.equal((await run(['recover'], { cwd })).stdout, 'Nothing was left unfinished.\n');
  }));
