import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import sqlite from '../src/integrations/sqlite/index.ts';
import type { CollectContext } from '../src/model/integration.ts';

/** The Python of the kit's README is run as it stands there, and its logs are read. */
const PYTHON = '/usr/bin/python3';
const readme = readFileSync(new URL('../../kit/README.md', import.meta.url), 'utf8');
const [TRACE = '', FACTORY = '', ENGINE = ''] = [...readme.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code);

const context: CollectContext = {
  environment: { proc: '/proc', sys: '/sys', now: () => Date.now() / 1000, sleep: async () => {} },
  signal: new AbortController().signal,
  window: 0,
};

function folderWithDatabase(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-python-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const db = new DatabaseSync(join(folder, 'app.db'));
  db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 'x' || i FROM n`);
  db.close();
  return folder;
}

function python(folder: string, code: string): string {
  const ran = spawnSync(PYTHON, ['-c', code], { cwd: folder, encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

async function read(t: TestContext, folder: string, log: string) {
  const options = sqlite.options.parse({ path: 'app.db', logs: [log] });
  const connection = await sqlite.connect(options, { ...context, directory: folder });
  t.after(() => sqlite.close(connection));
  const workload = await sqlite.database!.workload(connection, { previous: null, watch: 0 }, context);
  const { facts = [] } = await sqlite.collectors.find(({ id }) => id === 'workload')!.collect(connection, context);
  return { workload, facts: [...facts] };
}

test('the trace of five lines gives statements with their values', async (t) => {
  const folder = folderWithDatabase(t);
  python(
    folder,
    `${TRACE}
for n in range(3):
    db.execute('SELECT a FROM t WHERE id = ?', (n,)).fetchall()
db.execute("INSERT INTO t (a) VALUES (?)", ("it's; a\\nvalue",))
db.commit()`,
  );
  const { workload } = await read(t, folder, 'statements.sql');
  assert.deepEqual(
    workload.statements.map(({ kind, calls, tables }) => [kind, calls, tables.join()]),
    [
      ['select', 3, 't'],
      ['insert', 1, 't'],
    ],
  );
  assert.match(workload.statements[0]!.samples[0]!.text, /WHERE id = 0/);
});

test('the factory gives times, rows, parameters, errors, requests and the settings of the connection', async (t) => {
  const folder = folderWithDatabase(t);
  const out = python(
    folder,
    `${FACTORY}
REQUEST.set({'endpoint': 'GET /things', 'request': 'r1'})
assert len(db.execute('SELECT id FROM t WHERE id <= ?', (9,)).fetchall()) == 9
for (thing,) in db.execute('SELECT id FROM t LIMIT 8'):
    assert db.execute('SELECT a FROM t WHERE id = :id', {'id': thing}).fetchone() == (f'x{thing}',)
cursor = db.cursor()
assert cursor.execute('SELECT id FROM t').fetchmany(3) == [(1,), (2,), (3,)]
cursor.close()
db.execute('INSERT INTO t (a) VALUES (?)', ('new',))
db.commit()
try:
    db.execute('INSERT INTO t (id) VALUES (1)')
except sqlite3.IntegrityError as error:
    print('refused', error)`,
  );
  assert.match(out, /refused UNIQUE constraint failed/);
  const { workload, facts } = await read(t, folder, 'statements.jsonl');
  const by = (text: RegExp) => workload.statements.find((statement) => text.test(statement.samples[0]?.text ?? ''))!;
  const inner = by(/WHERE id = :id/);
  assert.deepEqual([inner.calls, inner.rows, inner.samples[0]!.params], [8, 8, { id: 1 }]);
  assert.deepEqual(
    [by(/id <= /).rows, by(/LIMIT 8/).rows, by(/^SELECT id FROM t$/).rows, by(/INSERT/).rows],
    [9, 8, 3, 1],
  );
  assert.ok(workload.statements.every(({ seconds }) => seconds !== null && seconds > 0 && seconds < 5));
  assert.deepEqual(
    workload.loops.map(({ statement, endpoint, callsPerRequest }) => [statement, endpoint, callsPerRequest]),
    [[inner.id, 'GET /things', 8]],
  );
  const settings = facts.find(({ kind }) => kind === 'sqlite.connection')!;
  assert.match(settings.key, /Python sqlite3/);
  assert.equal((settings.value as { busy_timeout: number }).busy_timeout, 5000);
  const told = facts.find(({ kind }) => kind === 'sqlite.workload')!.value as { errors: Record<string, number> };
  assert.equal(
    Object.values(told.errors).reduce((sum, calls) => sum + calls, 0),
    1,
  );
  assert.deepEqual(workload.sources[0]!.missing, []);
});

test('the factory tells all settings of its connection that the rules judge', async (t) => {
  const folder = folderWithDatabase(t);
  const setting = `for setting in ('journal_mode = wal', 'synchronous = off', 'wal_autocheckpoint = 0', 'automatic_index = off',
    'mmap_size = 274877906944', 'secure_delete = on', 'threads = 8', 'analysis_limit = 10', 'locking_mode = exclusive'):
    db.execute(f'PRAGMA {setting}').fetchall()
db.tell_settings()`;
  python(folder, FACTORY.replace(/db\.tell_settings\(\)\n$/, setting));
  const { facts } = await read(t, folder, 'statements.jsonl');
  const stored = ['space', 'pragmas'].map((id) => sqlite.collectors.find((one) => one.id === id)!);
  const connection = await sqlite.connect(sqlite.options.parse({ path: 'app.db' }), { ...context, directory: folder });
  t.after(() => sqlite.close(connection));
  for (const { collect } of stored) facts.push(...((await collect(connection, context)).facts ?? []));
  const say = (id: string) => {
    const { meta, evaluate } = sqlite.rules.find((rule) => rule.id === `sqlite/${id}`)!;
    const result = evaluate({
      target: { id: 'db', integration: 'sqlite', title: 'app.db' },
      facts: (kind) => facts.filter((one) => one.kind === kind),
      allFacts: () => [],
      indicators: () => [],
      threshold: (name) => meta.thresholds[name]!.value,
    });
    assert.ok('found' in result, JSON.stringify(result));
    assert.doesNotMatch(JSON.stringify(result.found[0]!.evidence), /not told/);
    return JSON.stringify(result.found[0]);
  };
  for (const says of [
    /locking_mode EXCLUSIVE/,
    /automatic_index off/,
    /8 helper threads/,
    /secure_delete on/,
    /limit of 10/,
  ])
    assert.match(say('connection-settings'), says);
  for (const says of [/synchronous OFF/, /mmap_size of \d+ GiB/]) assert.match(say('unsafe-connection'), says);
  assert.match(say('connection-checkpoints'), /wal_autocheckpoint 0/);
});

const alchemy = ['/usr/lib/python3/dist-packages', process.env.PYTHONPATH ?? ''].some((path) =>
  existsSync(join(path, 'sqlalchemy', '__init__.py')),
);

test('SQLAlchemy takes the factory', { skip: alchemy ? false : 'python3-sqlalchemy is not installed' }, async (t) => {
  const folder = folderWithDatabase(t);
  python(
    folder,
    `${FACTORY}
${ENGINE}
from sqlalchemy import text
with engine.connect() as connection:
    assert len(connection.execute(text('SELECT id FROM t WHERE id < :id'), {'id': 5}).fetchall()) == 4`,
  );
  const { workload } = await read(t, folder, 'statements.jsonl');
  const found = workload.statements.find(({ tables }) => tables.includes('t'))!;
  assert.deepEqual([found.calls, found.rows], [1, 4]);
});
