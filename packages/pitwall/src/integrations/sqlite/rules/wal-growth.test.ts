import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { space } from '../collectors/space.ts';
import { wal } from '../collectors/wal.ts';
import { type ConnectionFact, fact } from '../facts.ts';
import { collectContext, connect, databaseWith, viewOf } from '../testing.ts';
import { clear, fileFacts, found } from './testing.ts';
import { walGrowth } from './wal-growth.ts';

const READER = `const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[2]); db.exec('BEGIN'); db.prepare('SELECT count(*) FROM t').get();
  process.send('reading'); process.on('message', () => process.exit());`;

async function judged(t: test.TestContext, path: string) {
  const connection = connect(t, path);
  const facts = [];
  for (const collector of [wal, space])
    facts.push(...((await collector.collect(connection, collectContext())).facts ?? []));
  return walGrowth.evaluate(viewOf(walGrowth, facts, { thresholds: { times: 0.5 } }));
}

test('a log that a reader keeps from being checkpointed is found, with the reader; one that begins anew is not', async (t) => {
  const path = databaseWith(t, 'PRAGMA journal_mode = wal; CREATE TABLE t (x)');
  const writer = new DatabaseSync(path);
  t.after(() => writer.close());
  const write = () => writer.exec('INSERT INTO t VALUES (zeroblob(3000000))');
  writer.exec("INSERT INTO t VALUES ('x')");
  clear(await judged(t, path));
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-reader-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'reader.cjs'), READER);
  const reader = fork(join(folder, 'reader.cjs'), [path], { execArgv: ['--no-warnings'] });
  t.after(() => reader.kill());
  await new Promise((resolve) => reader.once('message', resolve));
  write();
  const [finding] = found(await judged(t, path));
  assert.equal(finding?.severity, 'warning');
  assert.equal(finding.confidence, 'high');
  assert.match(finding.summary, new RegExp(`\\(process ${reader.pid}\\) is in a read transaction`));
  const size = statSync(`${path}-wal`).size;
  const ended = new Promise((resolve) => reader.once('exit', resolve));
  reader.send('end');
  await ended;
  writer.exec("PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES ('y')");
  const [left] = found(await judged(t, path));
  assert.equal(left?.severity, 'info');
  assert.match(left.summary, /once grew to/);
  assert.equal(statSync(`${path}-wal`).size, size);
});

const log = (bytes: number, connections: Record<string, ConnectionFact>, liveBytes = bytes) =>
  walGrowth.evaluate(
    viewOf(walGrowth, [
      ...fileFacts({}, {}),
      fact('sqlite.wal', '', { bytes, liveBytes, readers: [], holders: '' }),
      ...Object.entries(connections).map(([process, value]) => fact('sqlite.connection', process, value)),
    ]),
  );

test('how long the log may be is judged by the wal_autocheckpoint that the application told', () => {
  const [MIB, told] = [2 ** 20, (pages: number): ConnectionFact => ({ wal_autocheckpoint: pages })];
  // 1,000 pages of 4 KiB are 3.9 MiB; ten times as much is too much.
  clear(log(39 * MIB, {}));
  const [assumed] = found(log(40 * MIB, {}));
  assert.match(JSON.stringify(assumed?.evidence), /1000 \(the default: not told by the application\)/);
  clear(log(40 * MIB, { a: told(5000) }));
  clear(log(40 * MIB, { a: told(100), b: told(5000) }));
  assert.match(found(log(200 * MIB, { a: told(5000) }))[0]!.summary, /200.0 MiB .*, 10 times what SQLite keeps/);
  assert.match(found(log(4 * MIB, { a: told(100) }))[0]!.summary, /10 times what SQLite keeps/);
  clear(log(40 * MIB, { a: told(5000), reader: { wal_autocheckpoint: 1, query_only: 1 } }));
});

test('a log that no connection checkpoints is said to be just that', () => {
  const off: ConnectionFact = { wal_autocheckpoint: 0, journal_size_limit: -1 };
  assert.match(clear(log(2 ** 20, { a: off })), /begun anew by no connection that the application told of/);
  const [finding] = found(log(100 * 2 ** 20, { a: off }));
  assert.match(finding!.summary, /nobody checkpointed: wal_autocheckpoint is off/);
  assert.equal(finding!.confidence, 'high');
  assert.match(finding!.advice?.code ?? '', /wal_autocheckpoint = 1000/);
  assert.match(JSON.stringify(finding!.evidence), /"journal_size_limit","value":"none"/);
  const [mixed] = found(log(100 * 2 ** 20, { a: off, b: { wal_autocheckpoint: 1000 } }));
  assert.match(mixed!.summary, /could not be checkpointed away/);
});
