import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { type ErrorCode, PitwallError } from '../errors.ts';
import { storeConformance } from './conformance.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openStore, type StoreOptions } from './sqlite.ts';
import { journalEntry, observation, report } from './testing.ts';

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const fails = (code: ErrorCode, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

/** A store with a run and a journal entry in it, closed. */
async function filled(t: TestContext): Promise<{ directory: string; file: string }> {
  const directory = temporary(t);
  const store = await openStore(directory);
  await store.saveRun(report('a'), [observation([])]);
  await store.journal.add(journalEntry('c1'));
  await store.close();
  return { directory, file: join(directory, 'store.db') };
}

/** Every file of the folder with its bytes. */
function contents(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'base64')]),
  );
}

/** Opening fails like this, and afterwards the folder is byte for byte what it was. */
async function refuses(directory: string, code: ErrorCode, words: RegExp, options?: StoreOptions): Promise<void> {
  const before = contents(directory);
  await assert.rejects(openStore(directory, options), fails(code, words));
  assert.deepEqual(contents(directory), before);
}

storeConformance('sqlite store', async (t) => {
  const directory = temporary(t);
  let store = await openStore(directory);
  t.after(() => store.close());
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openStore(directory);
      return store;
    },
  };
});

describe('sqlite store: creation', () => {
  it('creates folder and file for their owner alone, and leaves nothing else behind', async (t) => {
    const directory = join(temporary(t), 'deep', '.pitwall');
    await (await openStore(directory)).close();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, 'store.db')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ['store.db']);
  });

  it('is one store when opened twice at the same time', async (t) => {
    const directory = temporary(t);
    const [first, second] = await Promise.all([openStore(directory), openStore(directory)]);
    await first.journal.add(journalEntry('c1'));
    assert.equal((await second.journal.list()).length, 1);
    await first.close();
    await second.close();
    assert.deepEqual(readdirSync(directory), ['store.db']);
  });
});

describe('sqlite store: files that it must not touch', () => {
  it('something that is not SQLite', async (t) => {
    const directory = temporary(t);
    writeFileSync(join(directory, 'store.db'), randomBytes(20_000));
    await refuses(directory, 'STORE_DAMAGED', /not an SQLite database/);
  });

  it('an empty file', async (t) => {
    const directory = temporary(t);
    writeFileSync(join(directory, 'store.db'), '');
    await refuses(directory, 'STORE_DAMAGED', /empty/);
  });

  it('a file cut short in the header, in a page, and between pages', async (t) => {
    for (const keep of [50, 5000, 8192]) {
      const { directory, file } = await filled(t);
      truncateSync(file, keep);
      await refuses(directory, 'STORE_DAMAGED', keep < 100 ? /cut short/ : /malformed/);
    }
  });

  it('a page overwritten with noise', async (t) => {
    const { directory, file } = await filled(t);
    const bytes = readFileSync(file);
    randomBytes(4096).copy(bytes, 4096 * 2);
    writeFileSync(file, bytes);
    await refuses(directory, 'STORE_DAMAGED', /./);
  });

  it('the database of another application, also one that SQLite would checkpoint on opening', async (t) => {
    const directory = temporary(t);
    const other = new DatabaseSync(join(directory, 'store.db'));
    t.after(() => other.close());
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    await refuses(directory, 'STORE_DAMAGED', /another application/);
  });

  it('a store of a newer version', async (t) => {
    const { directory, file } = await filled(t);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await refuses(directory, 'STORE_NEWER', /version 99; this Pitwall knows versions up to \d/);
  });

  it('a folder in its place', async (t) => {
    const directory = temporary(t);
    mkdirSync(join(directory, 'store.db'));
    await assert.rejects(openStore(directory), fails('STORE_UNWRITABLE', /EISDIR/));
  });

  it('a state folder that is a file', async (t) => {
    const file = join(temporary(t), 'state');
    writeFileSync(file, '');
    await assert.rejects(openStore(file), fails('STORE_UNWRITABLE', /EEXIST|ENOTDIR/));
  });

  it('a record that is no longer JSON is damage, not an empty answer', async (t) => {
    const { directory, file } = await filled(t);
    const database = new DatabaseSync(file);
    database.exec(`UPDATE reports SET json = '{'; UPDATE journal SET original = ''`);
    database.close();
    const store = await openStore(directory);
    t.after(() => store.close());
    await assert.rejects(store.loadReport('a'), fails('STORE_DAMAGED', /cannot be read/));
    await assert.rejects(store.journal.unfinished(), fails('STORE_DAMAGED', /cannot be read/));
  });
});

describe('sqlite store: migrations', () => {
  const old = `store.v${MIGRATIONS.length}.db`;
  const next = { version: MIGRATIONS.length + 1, name: 'next', sql: 'CREATE TABLE next (x) STRICT' };
  const good = { ...next, sql: 'CREATE TABLE next (x TEXT) STRICT; INSERT INTO next VALUES (1)' };

  it('keeps a copy of the store as it was, then migrates', async (t) => {
    const { directory, file } = await filled(t);
    const store = await openStore(directory, { migrations: [...MIGRATIONS, good] });
    assert.deepEqual(await store.loadReport('a'), report('a'));
    await store.close();
    assert.deepEqual(readdirSync(directory).sort(), ['store.db', old]);
    assert.equal(statSync(join(directory, old)).mode & 0o777, 0o600);
    const copy = new DatabaseSync(join(directory, old), { readOnly: true });
    t.after(() => copy.close());
    assert.deepEqual({ ...copy.prepare('PRAGMA user_version').get() }, { user_version: MIGRATIONS.length });
    assert.deepEqual({ ...copy.prepare('SELECT count(*) AS n FROM journal').get() }, { n: 1 });
    assert.equal(readFileSync(file).readUInt32BE(60), MIGRATIONS.length + 1);
  });

  it('that fail leave the store in its old version, usable', async (t) => {
    const { directory } = await filled(t);
    // A column without a type is refused in a STRICT table, after the first statement succeeded.
    const bad = { ...next, sql: `CREATE TABLE first (x TEXT) STRICT; ${next.sql}` };
    await assert.rejects(openStore(directory, { migrations: [...MIGRATIONS, bad] }), /missing datatype/);
    const store = await openStore(directory);
    t.after(() => store.close());
    assert.equal((await store.journal.list()).length, 1);
    const reopened = await openStore(directory, { migrations: [...MIGRATIONS, good] });
    await reopened.close();
  });
});

describe('sqlite store: locks, permissions, full disks', () => {
  it('says that another process keeps it locked, and works again afterwards', async (t) => {
    const { directory, file } = await filled(t);
    const store = await openStore(directory, { busyTimeout: 0.05 });
    t.after(() => store.close());
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec('BEGIN EXCLUSIVE');
    await assert.rejects(store.journal.add(journalEntry('c2')), fails('STORE_BUSY', /locked/));
    await assert.rejects(openStore(directory, { busyTimeout: 0.05 }), fails('STORE_BUSY', /locked/));
    other.exec('ROLLBACK');
    await store.journal.add(journalEntry('c2'));
    assert.equal((await store.journal.list()).length, 2);
  });

  it('says that it is full, and keeps what it had', async (t) => {
    const { directory, file } = await filled(t);
    const store = await openStore(directory, { maxPages: statSync(file).size / 4096 });
    t.after(() => store.close());
    const big = journalEntry('c2', { original: 'x'.repeat(100_000) });
    await assert.rejects(store.journal.add(big), fails('STORE_FULL', /nothing was recorded/));
    assert.deepEqual(
      (await store.journal.list()).map(({ id }) => id),
      ['c1'],
    );
    await store.journal.update('c1', { state: 'failed', updatedAt: '2026-01-02T03:05:00.000Z' });
    assert.equal((await store.journal.get('c1'))?.state, 'failed');
  });

  it('says so when the file system takes no more bytes in the middle of a write', async (t) => {
    const { directory, file } = await filled(t);
    const limit = statSync(file).size + 20_000;
    const script = `
      const store = await openStore(${JSON.stringify(directory)});
      await store.journal.add(journalEntry('small'));
      try { await store.journal.add(journalEntry('big', { original: 'x'.repeat(1e6) })); }
      catch (error) { process.stdout.write(error.code + '\\n'); }
      process.stdout.write((await store.journal.list()).map(({ id }) => id).join());
    `;
    const { stdout } = await child(script, ['prlimit', `--fsize=${limit}`]).ended;
    assert.equal(stdout, 'STORE_FULL\nsmall,c1');
    const store = await openStore(directory);
    t.after(() => store.close());
    assert.equal((await store.journal.list()).length, 2);
  });

  it('says so when it may not write', async (t) => {
    const { directory, file } = await filled(t);
    const script = `
      process.setuid && process.getuid() === 0 && process.setuid(65534);
      try { await openStore(${JSON.stringify(directory)}); } catch (error) { process.stdout.write(error.code + ' ' + error.exitCode); }
    `;
    const before = contents(directory);
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);
    const { stdout } = await child(script).ended;
    chmodSync(directory, 0o700);
    assert.equal(stdout, 'STORE_UNWRITABLE 2');
    assert.deepEqual(contents(directory), before);
  });
});

describe('sqlite store: several processes and kill -9', () => {
  it('has an entry on disk when add returned, whenever the process is killed', async (t) => {
    const directory = temporary(t);
    for (let round = 0; round < 5; round++) {
      const script = `
        const store = await openStore(${JSON.stringify(directory)});
        for (let i = 0; ; i++) {
          await store.journal.add(journalEntry('r${round}-' + i));
          process.stdout.write('r${round}-' + i + '\\n');
        }
      `;
      const { process: writer, ended } = child(script);
      // Killed as soon as it reported a few entries: in the middle of the next commit or between two.
      let seen = '';
      writer.stdout?.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
        if (seen.split('\n').length > 2 + round) writer.kill('SIGKILL');
      });
      const { stdout } = await ended;
      const reported = stdout.split('\n').slice(0, -1);
      assert.ok(reported.length >= 2, stdout);
      const store = await openStore(directory);
      const kept = new Set((await store.journal.unfinished()).map(({ id }) => id));
      await store.close();
      for (const id of reported) assert.ok(kept.has(id), `${id} was reported durable and is gone`);
    }
  });

  it('loses nothing when two processes write at once', async (t) => {
    const directory = temporary(t);
    const script = (name: string) => `
      const store = await openStore(${JSON.stringify(directory)});
      for (let i = 0; i < 15; i++) {
        await store.journal.add(journalEntry('${name}-' + i));
        await store.saveRun(report('${name}-' + i, i), [observation([{ name: 'm', labels: {}, at: i, value: 1 }])]);
      }
      await store.close();
    `;
    const results = await Promise.all(['a', 'b'].map((name) => child(script(name)).ended));
    for (const { stderr, code } of results) assert.equal(code, 0, stderr);
    const store = await openStore(directory);
    t.after(() => store.close());
    assert.equal((await store.journal.list()).length, 30);
    assert.equal((await store.listRuns()).length, 30);
    const samples = await store.samples({ target: 'db', name: 'm' });
    assert.equal(samples.length, 30);
  });
});

/** Runs a script that has the store and the test records at hand in a process of its own, behind `prefix`. */
function child(script: string, prefix: readonly string[] = []) {
  const imports = `
    import { openStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
    import { journalEntry, observation, report } from ${JSON.stringify(new URL('./testing.ts', import.meta.url).href)};
  `;
  const [command, ...args] = [...prefix, process.execPath, '--input-type=module', '-e', imports + script];
  const running = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  running.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk));
  running.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk));
  const ended = new Promise<{ stdout: string; stderr: string; code: number | null }>((done, failed) => {
    running.on('error', failed);
    running.on('close', (code) => done({ ...out, code }));
  });
  return { process: running, ended };
}
