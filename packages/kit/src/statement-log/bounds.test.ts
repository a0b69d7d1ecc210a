import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { logStatements } from '../index.ts';
import { withoutConstants } from './literals.ts';
import { callsOf, linesOf, temporaryFile } from './testing.ts';

test('files rotate by size, so many are kept, and each can be read by itself', async (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file, maxBytes: 65_536, files: 2 });
  const statement = db.prepare('SELECT ? AS n');
  for (let i = 0; i < 6000; i++) {
    statement.get(i);
    if (i % 200 === 0) await log.flush();
  }
  log.stop();
  assert.ok(existsSync(`${file}.1`) && existsSync(`${file}.2`) && !existsSync(`${file}.3`));
  for (const each of [`${file}.2`, `${file}.1`]) {
    assert.ok(statSync(each).size < 65_536 + 60_000, `${statSync(each).size}`);
    assert.equal(statSync(each).mode & 0o777, 0o600);
    const lines = linesOf(each);
    assert.ok(lines.some(({ kind }) => kind === 'connection'));
    const calls = callsOf(lines);
    // The very first ones may have been told of in the file before.
    assert.ok(calls.filter(({ text }) => text === 'unknown').length <= 1);
    assert.ok(calls.some(({ params }) => params !== undefined));
  }
  assert.equal(log.dropped, 0);
  db.close();
});

test('an application that never gives way loses calls, which are counted, or waits when it wants to', async (t) => {
  for (const whenFull of ['drop', 'wait'] as const) {
    const file = temporaryFile(t);
    const db = new DatabaseSync(':memory:');
    const log = logStatements(db, { file, whenFull, sample: 0, maxBytes: 2 ** 30 });
    const statement = db.prepare(`SELECT 1 /* ${'x'.repeat(60)} */`);
    const calls = 80_000;
    for (let i = 0; i < calls; i++) statement.get();
    const { dropped } = log;
    await log.flush();
    log.stop();
    const lines = linesOf(file);
    const written = callsOf(lines).length;
    assert.equal(written + dropped, calls);
    if (whenFull === 'wait') assert.equal(dropped, 0);
    else {
      assert.ok(dropped > 1000, `${dropped}`);
      assert.equal(lines.find(({ kind }) => kind === 'dropped')!.calls, dropped);
    }
    db.close();
  }
});

test('a file that cannot be written is said, never thrown, and tried again', async (t) => {
  const file = temporaryFile(t);
  mkdirSync(file);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file });
  assert.equal(db.prepare('SELECT 1 AS one').get()?.one, 1);
  await log.flush();
  assert.match(log.problem!, /EISDIR|no file/);
  assert.equal(log.dropped, 1);
  log.stop();
  rmSync(file, { recursive: true });
  const again = logStatements(db, { file });
  db.prepare('SELECT 2').get();
  await again.flush();
  assert.equal(again.problem, null);
  assert.equal(callsOf(linesOf(file)).length, 1);
  again.stop();
  db.close();
});

test('a link is not followed, and a file that others may read is closed to them', async (t) => {
  const file = temporaryFile(t);
  const target = join(dirname(file), 'target');
  symlinkSync(target, file);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file });
  db.exec('SELECT 1');
  await log.flush();
  assert.notEqual(log.problem, null);
  assert.ok(!existsSync(target));
  log.stop();
  const open = join(dirname(file), 'open.jsonl');
  appendFileSync(open, '');
  chmodSync(open, 0o644);
  const other = logStatements(db, { file: open });
  db.exec('SELECT 1');
  other.stop();
  assert.equal(statSync(open).mode & 0o777, 0o600);
  db.close();
});

test('the half line of a process that was killed is ended, and spoils none of ours', (t) => {
  const file = temporaryFile(t);
  appendFileSync(file, '{"kind":"call","at":17');
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file });
  db.exec('SELECT 1');
  log.stop();
  const [broken, ...ours] = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(broken, '{"kind":"call","at":17');
  assert.ok(ours.length >= 3 && ours.every((line) => JSON.parse(line).kind));
  db.close();
});

test('threads that share a file and rotate it lose no line and mix none', async (t) => {
  const file = temporaryFile(t);
  const script = `
    import { DatabaseSync } from 'node:sqlite';
    import { logStatements } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    const db = new DatabaseSync(':memory:');
    const log = logStatements(db, { file: ${JSON.stringify(file)}, maxBytes: 65536, files: 99, interval: 0.01 });
    const statement = db.prepare('SELECT ? AS n');
    for (let i = 0; i < 1500; i++) {
      statement.get(i);
      if (i % 50 === 0) await log.flush();
    }
    log.stop();
  `;
  await Promise.all(
    Array.from(
      { length: 3 },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
          worker.once('exit', () => resolve()).once('error', reject);
        }),
    ),
  );
  const files = [file, ...Array.from({ length: 99 }, (_, i) => `${file}.${i + 1}`)].filter(existsSync);
  assert.ok(files.length > 2, `${files.length}`);
  const lines = files.flatMap(linesOf);
  assert.equal(lines.filter(({ kind }) => kind === 'call').length, 4500);
  assert.ok(callsOf(lines).every(({ text }) => text === 'SELECT ? AS n'));
});

test('redact: true leaves neither parameters nor constants in the log', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE people (id INTEGER, name TEXT, key BLOB)');
  const log = logStatements(db, { file, redact: true });
  db.exec("INSERT INTO people VALUES (4711, 'Ada O''Hara', x'c0ffee'); -- hush 4712");
  db.prepare("SELECT * FROM people WHERE name = ? AND id > 4.711e3 /* Ada */ AND name <> 'Hara'").all('Ada');
  log.stop();
  const text = readFileSync(file, 'utf8');
  assert.ok(
    !/Ada|Hara|c0ffee|hush|4711|4712/.test(text.replace(/"(?:at|seconds|pid)":[\d.]+|"id":"[^"]*"/g, '')),
    text,
  );
  assert.equal(
    callsOf(linesOf(file))[1]!.text!.replace(/\s+/g, ' '),
    'SELECT * FROM people WHERE name = ? AND id > ? AND name <> ?',
  );
  db.close();
});

test('constants are found by the lexical rules of SQLite', () => {
  for (const [sql, expected] of [
    [`SELECT "a1", [b 2], \`c3\`, t4.x5, ?6, :n7, @n8, $n9 FROM t`, null],
    [`SELECT 0xFF, 1_000, .5e-3, 7., -8, x'00', 'it''s' || 'a'`, `SELECT ?, ?, ?, ?, -?, ?, ? || ?`],
    ["SELECT 'never ends", 'SELECT ?'],
    ['SELECT 1 /* never ends', 'SELECT ?  '],
    ['', ''],
  ] as const) {
    assert.equal(withoutConstants(sql), expected ?? sql);
  }
  const startedAt = performance.now();
  for (const text of [
    "'".repeat(60_001),
    '"'.repeat(60_001),
    '/*'.repeat(30_000),
    '['.repeat(60_000),
    '1.'.repeat(30_000),
  ]) {
    withoutConstants(text);
  }
  assert.ok(performance.now() - startedAt < 1000);
});

test('a function redacts single values; what it cannot do is left out; what is no value for JSON, too', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, {
    file,
    redact: (value, { parameter, text }) => {
      if (text.includes('boom')) throw new Error('no');
      return parameter === 'email' || parameter === 2 ? '***' : value;
    },
  });
  db.prepare('SELECT ?, ?').get(1, 'secret');
  db.prepare('SELECT :id, :email').get({ ':id': 2, ':email': 'secret' });
  db.prepare('SELECT ? AS boom').get('secret');
  db.prepare('SELECT ? AS bytes').get(new Uint8Array([1]));
  db.prepare('SELECT ? AS long').get('x'.repeat(5000));
  db.prepare('SELECT ? IS NULL AS large').get(2n ** 60n);
  log.stop();
  assert.deepEqual(
    callsOf(linesOf(file)).map(({ params }) => params),
    [[1, '***'], { id: 2, email: '***' }, undefined, undefined, undefined, ['1152921504606846976']],
  );
  assert.ok(!readFileSync(file, 'utf8').includes('secret'));
  db.close();
});

test('parameters of one call in so many are written, the first always', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file, sample: 10 });
  const statement = db.prepare('SELECT ?');
  for (let i = 0; i < 1000; i++) statement.get(i);
  log.stop();
  const sampled = callsOf(linesOf(file)).flatMap(({ params }) => (params as number[] | undefined)?.[0] ?? []);
  assert.deepEqual(sampled.slice(0, 3), [0, 1, 2]);
  // Binomial, 997 × 0.1: mean 99.7, standard deviation 9.5.
  assert.ok(sampled.length > 50 && sampled.length < 155, `${sampled.length}`);
  db.close();
});

test('endless texts and very long ones stay within bounds', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file, whenFull: 'wait' });
  for (let i = 0; i < 5000; i++) db.exec(`SELECT ${i}`);
  db.exec(`SELECT '${'x'.repeat(200_000)}'`);
  log.stop();
  const lines = linesOf(file);
  assert.equal(callsOf(lines).length, 5001);
  const cut = lines.find((line) => line.cut);
  assert.equal(cut!.text!.length, 65_536);
  db.close();
});

test('options that are not in range are refused at once', () => {
  const db = new DatabaseSync(':memory:');
  for (const options of [
    { file: '' },
    { file: 'a\0b' },
    { file: 'a', sample: -1 },
    { file: 'a', maxBytes: 10 },
    { file: 'a', files: 0 },
    { file: 'a', files: 1.5 },
    { file: 'a', interval: 0 },
    { file: 'a', redact: 'yes' as unknown as boolean },
    { file: 'a', whenFull: 'never' as 'drop' },
  ]) {
    assert.throws(() => logStatements(db, options), /has to be/);
  }
  assert.ok(!Object.hasOwn(db, 'prepare'));
  db.close();
});
