import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { assertSaid, run, unchanged, WITHOUT_PRIVILEGE, writePlan, writeShop } from './bad-support.ts';
import { BIN, inFolder } from './support.ts';

/** Output that nobody takes, or that cannot be written. */

const CHECK = ['check', '--quiet', '--window', '100ms'];

/** Runs with the given stdout and stderr; `gone` closes our end of both at the first byte. */
function runInto(
  cwd: string,
  args: readonly string[],
  stdio: ('pipe' | number)[],
  gone: boolean,
): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: cwd },
    stdio: ['ignore', ...stdio],
  });
  let stderr = '';
  child.stdout?.once('data', () => gone && child.stdout?.destroy());
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
    if (gone) child.stderr?.destroy();
  });
  return new Promise((resolve) => child.once('exit', (status) => resolve({ status, stderr })));
}

test('stdout closed early, as by `| head -1`: no error, and the exit code is the one of the check', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const child = spawn(process.execPath, [BIN, 'list', '--json'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
    assert.equal(said, '');
    assert.deepEqual(await runInto(cwd, [...CHECK, '--details'], ['pipe', 'pipe'], true), { status: 0, stderr: '' });
  }));

test('apply goes on, and proves or takes back, when its terminal is gone', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const plan = await writePlan(cwd);
    const { status } = await runInto(cwd, ['apply', 'plan.json'], ['pipe', 'pipe'], true);
    assert.ok(status === 0 || status === 4, String(status));
    const database = new DatabaseSync(join(cwd, 'shop.db'), { readOnly: true });
    const index = database
      .prepare('SELECT count(*) AS n FROM sqlite_schema WHERE name = ?')
      .get(plan.changes[0]!.subject)?.n;
    database.close();
    assert.equal(index, status === 0 ? 1 : 0);
    assert.equal((await run(['recover'], { cwd })).stdout, 'Nothing was left unfinished.\n');
  }));

test('stdout on a full disk is one sentence, and the run is stored', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const { status, stderr } = await runInto(cwd, [...CHECK, '--json'], [openSync('/dev/full', 'w'), 'pipe'], false);
    assertSaid({ status, stderr, stdout: '' }, 2, /^pitwall: Cannot write the output: .*no space left/i);
    const { runs } = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as { runs: unknown[] };
    assert.equal(runs.length, 1);
  }));

test('--out into a folder that is not there makes it', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const ended = await run([...CHECK, '--out', 'new/folder/report.html'], { cwd });
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(readFileSync(join(cwd, 'new', 'folder', 'report.html'), 'utf8'), /<title>/);
  }));

test('--out and --save-observation to where nothing can be written: the report is shown, stored, and written elsewhere', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    mkdirSync(join(cwd, 'closed'));
    chmodSync(join(cwd, 'closed'), 0o500);
    writeFileSync(join(cwd, 'file'), 'mine');
    for (const [flag, place] of [
      ['--out', 'closed/report.html'],
      ['--out', 'file/report.html'],
      ['--save-observation', 'closed/seen.json'],
    ] as const) {
      const args = [...CHECK, flag, place, '--out', 'other.md'];
      const ended = await run(args, { cwd, through: WITHOUT_PRIVILEGE });
      assertSaid(ended, 2, new RegExp(`^pitwall: Cannot write .*${place.split('/').pop()}: `));
      assert.match(ended.stdout, /FINDINGS/);
      assert.match(readFileSync(join(cwd, 'other.md'), 'utf8'), /missing-index/);
    }
    assert.equal(readFileSync(join(cwd, 'file'), 'utf8'), 'mine');
    const { runs } = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as { runs: unknown[] };
    assert.equal(runs.length, 3);
  }));

test('--out with an ending that there is no format for is refused before anything is measured', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    for (const args of [CHECK, ['load'], ['apply', 'plan.json'], ['report']]) {
      const ended = await unchanged(cwd, () => run([...args, '--out', 'report.pdf'], { cwd }));
      assertSaid(ended, 2, /^pitwall: --out report\.pdf: the ending has to be \.json, \.md, \.html, .* or \.hlog\./);
      assert.equal(ended.stdout, '');
    }
  }));

test('--json prints exactly one JSON document on stdout, also when the exit code is not 0', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    await writePlan(cwd);
    for (const args of [
      CHECK,
      ['plan'],
      ['apply', 'plan.json', '--dry-run'],
      ['apply', 'plan.json'],
      ['history'],
      ['report'],
      ['recover'],
      ['rollback', 'all'],
      ['list'],
      ['explain', 'sqlite/missing-index'],
      ['schema', 'report'],
    ]) {
      const { status, stdout, stderr } = await run([...args, '--json'], { cwd });
      assert.ok(status === 0 || status === 4, `${args.join(' ')}: ${status} ${stderr}`);
      assert.doesNotThrow(() => JSON.parse(stdout), args.join(' '));
    }
    writeFileSync(path, 'no database any more');
    const ended = await run([...CHECK, '--json'], { cwd });
    assertSaid(ended, 3, /is not an SQLite database/);
    assert.equal((JSON.parse(ended.stdout) as { schemaVersion: number }).schemaVersion, 1);
    for (const args of [
      ['check', '--nonsense'],
      ['apply', 'missing.json'],
      ['report', 'nonsense'],
    ]) {
      const refused = await run([...args, '--json'], { cwd });
      assertSaid(refused, 2, /./);
      assert.equal(refused.stdout, '');
    }
  }),
);
