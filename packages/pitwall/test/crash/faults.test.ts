import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { PitwallError } from '../../src/errors.ts';
import type { Change } from '../../src/model/change.ts';
import type { Store } from '../../src/model/store.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { apply } from '../../src/tune/apply.ts';
import type { TuneContext } from '../../src/tune/context.ts';
import { recover, rollBack } from '../../src/tune/recover.ts';
import { keep, switchTo } from '../../src/tune/settle.ts';
import { undo } from '../../src/tune/undo.ts';
import { type ChildRun, runChild } from './run-child.ts';
import { contextOf, fingerprint, type Kind, makeChange, makePlace, type Place, removePlace } from './support.ts';

let cleanUp: (() => void | Promise<void>)[] = [];
beforeEach(() => {
  cleanUp = [];
});
afterEach(async () => {
  for (const task of cleanUp.reverse()) await task();
});

interface Bench {
  readonly place: Place;
  readonly change: Change;
  readonly store: Store;
  readonly context: TuneContext;
}

async function bench(kind: Kind, more: Partial<TuneContext> = {}, rows = 500): Promise<Bench> {
  const place = makePlace(kind, rows);
  cleanUp.push(() => removePlace(place));
  const change = await makeChange(kind, place);
  const store = await openStore(place.state);
  cleanUp.push(() => store.close());
  return { place, change, store, context: contextOf(place, store.journal, more) };
}

function rejectsWith(code: string, exit: number, work: Promise<unknown>, text = /./): Promise<void> {
  return assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.exitCode, exit);
    assert.match(error.message, text);
    return true;
  });
}

function indexesOf(place: Place): string[] {
  const database = new DatabaseSync(place.database);
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name").all();
  database.close();
  return rows.map(({ name }) => String(name));
}

/** Another process with the database open; `sql` runs in it first. */
async function holder(path: string, sql: string): Promise<{ pid: number; end(): Promise<void> }> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.exec(process.argv[2]);
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script, path, sql], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  cleanUp.push(end);
  return { pid: child.pid!, end };
}

test('two applies at once: the second is refused, and nothing is lost', async () => {
  const { place, change } = await bench('create');
  writeFileSync(join(place.directory, 'change.json'), JSON.stringify(change));
  for (const step of ['read', 're-read'] as const) {
    let second: ChildRun | null = null;
    const whileHeld = async () => {
      second = await runChild(place, 'apply-keep');
    };
    const first = await runChild(place, step === 'read' ? 'apply-undo' : 'apply-keep', { holdAt: step, whileHeld });
    assert.equal(first.output.at(-1), 'done');
    assert.match(second!.output.join('\n'), new RegExp(`^failed LOCKED: Another pitwall .* process ${first.pid},`));
  }
  assert.deepEqual(
    indexesOf(place).filter((name) => name === 'sales_device'),
    ['sales_device'],
  );
});

test('drift since the plan is refused and nothing is written', async () => {
  const { place, change, context, store } = await bench('wal');
  const outdated = { ...change, from: 'wal', to: 'wal' };
  const before = fingerprint(place.database);
  await rejectsWith('DRIFT', 4, apply(context, outdated, 'p1'), /it was "wal" and is "delete"/);
  assert.deepEqual(fingerprint(place.database), before);
  assert.deepEqual(await store.journal.list(), []);
});

test('what is already so is refused', async () => {
  const { change, context } = await bench('wal');
  await rejectsWith('NOTHING_TO_DO', 4, apply(context, { ...change, to: 'delete' }, 'p1'));
});

test('a hand edit after our change is a conflict and stays', async () => {
  const { place, change, context } = await bench('create');
  const entry = await keep(context, await apply(context, change, 'p1'));
  const person = new DatabaseSync(place.database);
  person.exec('DROP INDEX sales_device; CREATE INDEX sales_device ON sales (at)');
  person.close();
  const before = fingerprint(place.database);
  const [result] = await rollBack(context, [entry]);
  assert.equal(result?.outcome, 'conflict');
  assert.match(result?.because ?? '', /somebody changed it since/);
  assert.deepEqual(fingerprint(place.database), before);
  assert.equal((await context.journal.get(entry.id))?.state, 'conflict');
  assert.deepEqual(await recover(context), [], 'a conflict is not tried again');
});

test('when a person took the change back by hand, there is nothing left to do', async () => {
  const { place, change, context } = await bench('create');
  const original = fingerprint(place.database);
  const entry = await keep(context, await apply(context, change, 'p1'));
  const person = new DatabaseSync(place.database);
  person.exec('DROP INDEX sales_device');
  person.close();
  assert.equal((await rollBack(context, [entry]))[0]?.outcome, 'rolled-back');
  assert.deepEqual(fingerprint(place.database), original);
});

test('several kept changes are taken back in reverse order; a conflict does not stop the others', async () => {
  const { place, change, context } = await bench('create');
  const before = indexesOf(place);
  const entries = [await keep(context, await apply(context, change, 'p1'))];
  const second = { ...change, id: 'c2', subject: 'by_at', to: { table: 'sales', columns: [{ name: 'at' }] } };
  entries.push(await keep(context, await apply(context, second, 'p1')));
  const third = { ...change, id: 'c3', subject: 'by_note', to: { table: 'sales', columns: [{ name: 'note' }] } };
  entries.push(await keep(context, await apply(context, third, 'p1')));
  const person = new DatabaseSync(place.database);
  person.exec('DROP INDEX by_at; CREATE INDEX by_at ON sales (at DESC)');
  person.close();
  const results = await rollBack(context, entries);
  assert.deepEqual(
    results.map(({ entry }) => entry.id),
    ['p1-c3', 'p1-c2', 'p1-c1'],
  );
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['rolled-back', 'conflict', 'rolled-back'],
  );
  assert.deepEqual(indexesOf(place), [...before, 'by_at'].sort());
});

test('the same plan can be applied again after it was rolled back', async () => {
  const { change, context } = await bench('create');
  const first = await undo(context, await apply(context, change, 'p1'));
  const second = await keep(context, await apply(context, change, 'p1'));
  assert.deepEqual([first.id, first.state, second.id, second.state], ['p1-c1', 'rolled-back', 'p1-c1-2', 'kept']);
});

for (const kind of ['create', 'drop', 'reanalyze'] as const) {
  test(`${kind}: switched to and fro in a trial, then taken back to the exact original`, async () => {
    const { place, change, context } = await bench(kind);
    const original = fingerprint(place.database);
    let entry = await apply(context, change, 'p1');
    const changed = fingerprint(place.database);
    for (let round = 0; round < 2; round += 1) {
      entry = await switchTo(context, entry, 'original');
      assert.deepEqual(fingerprint(place.database), original);
      assert.equal((await context.journal.unfinished()).length, 1);
      entry = await switchTo(context, entry, 'changed');
      assert.deepEqual(fingerprint(place.database), changed);
    }
    assert.equal((await recover(context))[0]?.outcome, 'rolled-back');
    assert.deepEqual(fingerprint(place.database), original);
  });
}

test('Ctrl-C at any step before the end takes the change back', async () => {
  for (const at of [
    'read',
    'validate',
    'capture',
    'journal-intent',
    'write',
    're-read',
    'journal-written',
    'applied',
  ]) {
    const interrupt = new AbortController();
    const onStep = (step: string) => step === at && interrupt.abort();
    const { place, change, context } = await bench('analyze', { signal: interrupt.signal, onStep });
    const original = fingerprint(place.database);
    await rejectsWith('INTERRUPTED', 130, apply(context, change, 'p1'));
    assert.deepEqual(fingerprint(place.database), original, at);
    assert.deepEqual(await context.journal.unfinished(), [], at);
  }
});

test('locked by another connection: refused after the wait, nothing written, the holder named', async () => {
  const { place, change, context } = await bench('create');
  const other = await holder(place.database, 'BEGIN IMMEDIATE');
  await rejectsWith('TARGET_LOCKED', 4, apply(context, change, 'p1'), new RegExp(`process ${other.pid}`));
  assert.equal((await context.journal.list())[0]?.state, 'failed');
  await other.end();
  assert.equal((await apply(context, change, 'p1')).state, 'written');
});

test('locked even for readers: refused before anything is journalled', async () => {
  const { place, change, context } = await bench('create');
  const other = await holder(place.database, 'BEGIN EXCLUSIVE');
  await rejectsWith('TARGET_LOCKED', 4, apply(context, change, 'p1'), /locked by another connection/);
  assert.deepEqual(await context.journal.list(), []);
  await other.end();
});

test('locked for longer than taking back waits: pending, and recovery does it later', { timeout: 60_000 }, async () => {
  const { place, change, context } = await bench('create');
  const original = fingerprint(place.database);
  const entry = await apply(context, change, 'p1');
  const other = await holder(place.database, 'BEGIN IMMEDIATE');
  await rejectsWith('UNDO_BLOCKED', 4, undo(context, entry), new RegExp(`process ${other.pid}`));
  assert.equal((await context.journal.get(entry.id))?.state, 'undoing');
  await other.end();
  assert.equal((await recover(context))[0]?.outcome, 'rolled-back');
  assert.deepEqual(fingerprint(place.database), original);
});

test('a read-only database is refused and nothing is written', async (t) => {
  const { place, change, context, store } = await bench('create');
  const before = fingerprint(place.database);
  if (process.getuid?.() === 0) {
    // Permissions do not bind root: a read-only bind mount does.
    if (spawnSync('mount', ['--bind', '-o', 'ro', place.database, place.database]).status !== 0) {
      t.skip('root, and mounting is not permitted here');
      return;
    }
    cleanUp.push(() => void spawnSync('umount', [place.database]));
  } else chmodSync(place.database, 0o400);
  await rejectsWith('CHANGE_REFUSED', 4, apply(context, change, 'p1'), /cannot be written/);
  assert.deepEqual(await store.journal.list(), []);
  assert.deepEqual(fingerprint(place.database), before);
});

test('WAL with the service running: refused without a way to stop it', async () => {
  const { place, change, context } = await bench('wal');
  const other = await holder(place.database, 'SELECT 1');
  const before = fingerprint(place.database);
  await rejectsWith('RESTART_NOT_ALLOWED', 4, apply({ ...context, allowRestart: false }, change, 'p1'), /process \d+/);
  const unable = { ...context, exclusive: null };
  await rejectsWith('TARGET_IN_USE', 4, apply(unable, change, 'p1'), new RegExp(`process ${other.pid}`));
  assert.deepEqual(fingerprint(place.database), before);
});

test('WAL with a service that can be stopped: applied, and taken back by stopping it', {
  timeout: 60_000,
}, async () => {
  const { place, change, context } = await bench('wal');
  const original = fingerprint(place.database);
  const stopped: string[] = [];
  let service = await holder(place.database, 'SELECT count(*) FROM sales');
  const exclusive: NonNullable<TuneContext['exclusive']> = async (work) => {
    await service.end();
    stopped.push('stop');
    try {
      return await work();
    } finally {
      service = await holder(place.database, 'SELECT count(*) FROM sales');
      stopped.push('start');
    }
  };
  const able = { ...context, exclusive };
  const entry = await apply(able, change, 'p1');
  assert.equal(fingerprint(place.database).settings.journal_mode, 'wal');
  const unable = { ...context, exclusive: null };
  await rejectsWith('UNDO_BLOCKED', 4, undo(unable, entry), new RegExp(`process ${service.pid}`));
  assert.equal((await undo(able, entry)).state, 'rolled-back');
  await service.end();
  assert.deepEqual(fingerprint(place.database), original);
  assert.deepEqual(stopped, ['stop', 'start', 'stop', 'start']);
});

test('the store is full when the intent is journalled (SQLITE_FULL): nothing is written', async () => {
  const { place, change } = await bench('create');
  const before = fingerprint(place.database);
  const full = await openStore(place.state, { maxPages: 1 });
  cleanUp.push(() => full.close());
  const big = { ...change, reason: 'x'.repeat(200_000) };
  const journal = contextOf(place, full.journal);
  await rejectsWith('JOURNAL_FAILED', 4, apply(journal, big, 'p1'), /nothing was changed/);
  assert.deepEqual(fingerprint(place.database), before);
});

test('the disk is full (ENOSPC on a real file system) while journalling', async (context) => {
  const { place, change } = await bench('create');
  const state = mkdtempSync(join(place.directory, 'small-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', state]).status !== 0) {
    context.skip('mounting a small file system is not permitted here');
    return;
  }
  cleanUp.push(() => void spawnSync('umount', ['-l', state]));
  const store = await openStore(state);
  cleanUp.push(() => store.close());
  const filler = join(state, 'filler');
  const fill = () => {
    for (let size = 2 ** 20; size >= 512; size /= 2) {
      try {
        while (true) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // Smaller pieces now, until nothing more fits.
      }
    }
  };
  const original = fingerprint(place.database);
  const small = { ...place, state };

  fill();
  await rejectsWith('JOURNAL_FAILED', 4, apply(contextOf(small, store.journal), change, 'p1'), /nothing was changed/);
  assert.deepEqual(fingerprint(place.database), original);
  rmSync(filler);
  assert.deepEqual(await store.journal.list(), []);

  // Full only after the intent: the write is done, cannot be recorded, and is taken back.
  const onStep = (step: string) => step === 'journal-written' && fill();
  await rejectsWith('JOURNAL_FAILED', 4, apply(contextOf(small, store.journal, { onStep }), change, 'p1'));
  assert.deepEqual(fingerprint(place.database), original);
  rmSync(filler);
  assert.equal((await recover(contextOf(small, store.journal)))[0]?.outcome, 'rolled-back');
  assert.deepEqual(fingerprint(place.database), original);
  assert.deepEqual(await store.journal.unfinished(), []);
});

test('a database that is gone on recovery is reported, and the entry stays for later', async () => {
  const { place, change, context } = await bench('create');
  await apply(context, change, 'p1');
  rmSync(place.database);
  const [result] = await recover(context);
  assert.equal(result?.outcome, 'blocked');
  assert.match(result?.because ?? '', /There is no database/);
  assert.equal((await context.journal.unfinished()).length, 1);
});

test('statistics too big for the journal are kept in a file and put back from it', async () => {
  const { place, context, change: stale } = await bench('reanalyze');
  const writer = new DatabaseSync(place.database);
  writer.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO sqlite_stat1 SELECT 'table ' || i, 'index ' || i, '${'1 '.repeat(40)}' FROM n`);
  writer.close();
  const change = { ...(await makeChange('reanalyze', place)), reason: stale.reason };
  const original = fingerprint(place.database);
  const entry = await keep(context, await apply(context, change, 'p1'));
  assert.ok(existsSync(join(context.keepDirectory, entry.id, 'statistics.json')));
  assert.ok(JSON.stringify(entry).length < 10_000);
  await recover(context);
  assert.equal((await rollBack(context, [entry]))[0]?.outcome, 'rolled-back');
  assert.deepEqual(fingerprint(place.database), original);
  assert.ok(!existsSync(join(context.keepDirectory, entry.id)));
});

test('VACUUM is taken back without losing what was written since', async () => {
  const { place, change, context } = await bench('vacuum');
  const original = fingerprint(place.database);
  const entry = await apply(context, change, 'p1');
  const service = new DatabaseSync(place.database);
  service.exec("INSERT INTO devices (id, name) VALUES (1000, 'new since')");
  service.close();
  assert.equal((await undo(context, entry)).state, 'rolled-back');
  const now = fingerprint(place.database);
  assert.deepEqual(now.settings, original.settings);
  assert.notEqual(now.rows.devices, original.rows.devices);
  assert.equal(now.rows.sales, original.rows.sales);
});

test('VACUUM interrupted before its check, and the file is damaged: the copy from before stays', async () => {
  const { place, change, context, store } = await bench('vacuum');
  writeFileSync(
    join(place.directory, 'change.json'),
    JSON.stringify({ ...change, to: { autoVacuum: 'none', vacuum: true } }),
  );
  assert.ok((await runChild(place, 'apply', { killAt: 're-read' })).killed);
  const damager = new DatabaseSync(place.database, { defensive: false });
  damager.exec(`INSERT INTO devices (id, name) VALUES (1000, NULL); PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = 'CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)' WHERE name = 'devices'`);
  damager.close();
  const [result] = await recover(context);
  assert.equal(result?.outcome, 'conflict');
  assert.match(result?.because ?? '', /NULL value in devices\.name; the copy from before is .*original\.db/);
  assert.deepEqual(await recover(context), [], 'and nothing is done to it by later recoveries');
  const [entry] = await store.journal.list();
  const copy = new DatabaseSync(join(context.keepDirectory, entry!.id, 'original.db'), { readOnly: true });
  assert.equal(copy.prepare('SELECT count(*) AS n FROM devices').get()?.n, 100);
  copy.close();
});
