import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  assertSaid,
  reportOf,
  run,
  unchanged,
  verdictsOf,
  WITHOUT_PRIVILEGE,
  writePlan,
  writeShop,
} from './bad-support.ts';
import { inFolder } from './support.ts';

/** Databases that are wrong in one way each: what `check` and `apply` say of them, and that they are left byte for byte. */

interface BadDatabase {
  readonly name: string;
  /** Spoils it; what it returns is run afterwards. */
  spoil(path: string): Promise<() => void> | void;
  readonly says: RegExp;
  readonly through?: readonly string[];
}

function patch(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

/** Another process that holds the database exclusively until it is ended. */
async function lockElsewhere(path: string): Promise<() => void> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.exec('BEGIN EXCLUSIVE');
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return () => void child.kill('SIGKILL');
}

const BAD: readonly BadDatabase[] = [
  { name: 'is missing', spoil: (path) => rmSync(path), says: /There is no database at .*shop\.db/ },
  { name: 'is locked by a transaction of another process', spoil: lockElsewhere, says: /shop\.db is locked/ },
  {
    name: 'may not be read',
    spoil: (path) => chmodSync(path, 0o000),
    says: /No permission to open .*shop\.db/,
    through: WITHOUT_PRIVILEGE,
  },
  {
    name: 'has a damaged header',
    spoil: (path) => patch(path, (bytes) => bytes.fill(0, 0, 16)),
    says: /shop\.db is not an SQLite database/,
  },
  {
    name: 'has a damaged schema page',
    spoil: (path) => patch(path, (bytes) => bytes.fill(0xff, 100, 4096)),
    says: /shop\.db is damaged/,
  },
  {
    name: 'is not SQLite',
    spoil: (path) => writeFileSync(path, 'id,name\n1,coffee\n'.repeat(500)),
    says: /shop\.db is not an SQLite database/,
  },
  {
    name: 'is written in a newer file format',
    spoil: (path) => patch(path, (bytes) => bytes.fill(9, 18, 20)),
    says: /shop\.db is in a format that this SQLite is too old for/,
  },
  {
    name: 'has a newer schema format',
    spoil: (path) => patch(path, (bytes) => bytes.writeUInt32BE(9, 44)),
    says: /shop\.db is in a format that this SQLite is too old for/,
  },
  {
    name: 'is a folder',
    spoil: (path) => {
      rmSync(path);
      mkdirSync(path);
    },
    says: /shop\.db is not a file/,
  },
];

for (const { name, spoil, says, through = [] } of BAD) {
  test(`check: a database that ${name}`, () =>
    inFolder(async (cwd) => {
      const restore = await spoil(writeShop(cwd));
      try {
        const ended = await unchanged(cwd, () =>
          run(['check', '--json', '--quiet', '--window', '100ms'], { cwd, through }),
        );
        assertSaid(ended, 3, says);
        const verdicts = verdictsOf(reportOf(ended), 'db');
        assert.ok(verdicts.includes('sqlite.query.duration.p95 error'), verdicts.join('\n'));
        assert.ok(verdicts.every((verdict) => !verdict.endsWith(' pass')));
      } finally {
        restore?.();
      }
    }));

  test(`apply: a database that ${name}`, () =>
    inFolder(async (cwd) => {
      const path = writeShop(cwd);
      await writePlan(cwd);
      const restore = await spoil(path);
      try {
        const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd, through }));
        assertSaid(ended, 4, says);
        const history = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as { changes: unknown[] };
        assert.deepEqual(history.changes, []);
      } finally {
        restore?.();
      }
    }));
}

test('check: a database with a damaged page in the middle: what could be read is shown', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    patch(path, (bytes) => bytes.fill(0xff, 4096 * 20, 4096 * 60));
    const ended = await unchanged(cwd, () => run(['check', '--json', '--quiet', '--window', '100ms'], { cwd }));
    assertSaid(ended, 3, /damaged/);
    const report = reportOf(ended);
    assert.ok(
      verdictsOf(report, 'db').every((verdict) => !verdict.endsWith(' pass')),
      verdictsOf(report, 'db').join('\n'),
    );
  }));

test('apply: a database with a damaged page in the middle is refused, and the journal keeps no open change', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    await writePlan(cwd);
    patch(path, (bytes) => bytes.fill(0xff, 4096 * 20, 4096 * 60));
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd }));
    assertSaid(ended, 4, /malformed|damaged/);
    assert.equal((await run(['recover'], { cwd })).stdout, 'Nothing was left unfinished.\n');
  }));

test('check: an empty file is an empty database: nothing to find, and it stays empty', () =>
  inFolder(async (cwd) => {
    writeFileSync(writeShop(cwd), '');
    const ended = await unchanged(cwd, () => run(['check', '--json', '--quiet', '--window', '100ms'], { cwd }));
    const report = reportOf(ended);
    assert.ok(
      verdictsOf(report, 'db').every((verdict) => !verdict.endsWith(' pass')),
      verdictsOf(report, 'db').join('\n'),
    );
    assert.ok(report.findings.every(({ severity }) => severity === 'info'));
    assert.ok(
      report.gaps.some(({ what, why }) => /by-device/.test(what) && /no such table/.test(why)),
      JSON.stringify(report.gaps),
    );
  }));

test('apply: an empty file in place of the database is drift', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    await writePlan(cwd);
    writeFileSync(path, '');
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd }));
    assertSaid(ended, 4, /c1 was not applied: .*(no table|no such table)/);
  }));

test('check: a read-only file is measured like any other', () =>
  inFolder(async (cwd) => {
    chmodSync(writeShop(cwd), 0o444);
    const args = ['check', '--json', '--quiet', '--window', '100ms'];
    const ended = await unchanged(cwd, () => run(args, { cwd, through: WITHOUT_PRIVILEGE }));
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(ended.stderr, '');
    assert.ok(reportOf(ended).findings.some(({ rule }) => rule === 'sqlite/missing-index'));
  }));

test('apply: a read-only file is refused', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    await writePlan(cwd);
    chmodSync(path, 0o444);
    const ended = await unchanged(cwd, () =>
      run(['apply', 'plan.json', '--quiet'], { cwd, through: WITHOUT_PRIVILEGE }),
    );
    assertSaid(ended, 4, /c1 was not applied: .*(read-only|readonly|permission|may not)/i);
  }));

test('check: a WAL database that the service left behind uncleanly loses nothing', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    const service = new DatabaseSync(path);
    service.exec("PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; INSERT INTO devices VALUES (1000, 'late')");
    try {
      const wal = readFileSync(`${path}-wal`);
      const ended = await run(['check', '--json', '--quiet', '--window', '100ms'], { cwd });
      assert.equal(ended.status, 0, ended.stderr);
      assert.deepEqual(readFileSync(`${path}-wal`), wal);
      assert.equal(service.prepare('SELECT site FROM devices WHERE id = 1000').get()?.site, 'late');
    } finally {
      service.close();
    }
  }));
