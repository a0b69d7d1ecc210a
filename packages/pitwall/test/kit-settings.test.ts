import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { logStatements } from '../../kit/src/index.ts';
import { LIBRARIES } from '../../kit/src/statement-log/testing.ts';
import { runRules } from '../src/diagnose/run-rules.ts';
import sqlite from '../src/integrations/sqlite/index.ts';
import type { CollectContext } from '../src/model/integration.ts';
import type { Observation } from '../src/model/observation.ts';

/** An application sets its connection, the kit logs that; then what the tool's rules make of it. */
const context: CollectContext = {
  environment: { proc: '/proc', sys: '/sys', now: () => Date.now() / 1000, sleep: async () => {} },
  signal: new AbortController().signal,
  window: 0,
};
const target = { id: 'db', integration: 'sqlite', title: 'shop.db' };
const SCHEMA =
  'CREATE TABLE shelves (id INTEGER PRIMARY KEY); CREATE TABLE slots (id INTEGER PRIMARY KEY, shelf INTEGER REFERENCES shelves, x)';

type Library = (typeof LIBRARIES)[number];

/** The application: `file` is run before anything else, `settings` on each connection. Its log is what is left of it. */
async function application(t: TestContext, [, open]: Library, file: string, settings: string, stays = false) {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-settings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const db = open(join(folder, 'shop.db'));
  db.exec(`${file}; ${SCHEMA}`);
  const log = logStatements(db, { file: join(folder, 'statements.jsonl') });
  db.exec(settings);
  db.prepare('INSERT INTO slots (x) VALUES (zeroblob(6000000))').run();
  db.prepare('SELECT count(*) FROM slots').get();
  await log.flush();
  log.stop();
  if (stays) t.after(() => db.close());
  else db.close();
  return folder;
}

async function judged(folder: string) {
  const options = sqlite.options.parse({ path: 'shop.db', logs: ['statements.jsonl'] });
  const connection = await sqlite.connect(options, { ...context, directory: folder });
  try {
    const observations: Observation[] = [];
    for (const { id, collect } of sqlite.collectors) {
      if (!['space', 'pragmas', 'schema', 'wal', 'workload'].includes(id)) continue;
      const { facts = [], samples = [], gaps = [] } = await collect(connection, context);
      observations.push({ target, collector: id, facts, samples, gaps } as unknown as Observation);
    }
    const rules = new Map([['sqlite', sqlite.rules]]);
    const result = runRules({ targets: [target], rules, observations, indicators: [], thresholds: {} });
    const by = (rule: string) => ({
      outcome: result.outcomes.find((one) => one.rule === rule)!,
      found: result.findings.filter((one) => one.rule === rule),
    });
    return { by, ...result };
  } finally {
    await sqlite.close(connection);
  }
}

for (const library of LIBRARIES) {
  test(`${library[0]}: every setting that the application gets wrong is named, by what the kit read in it`, async (t) => {
    const { by } = await judged(
      await application(
        t,
        library,
        'PRAGMA journal_mode = wal',
        `PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA automatic_index = OFF;
         PRAGMA mmap_size = 274877906944; PRAGMA busy_timeout = 0; PRAGMA cache_size = -2000; PRAGMA threads = 8;
         PRAGMA secure_delete = ON; PRAGMA analysis_limit = 10; PRAGMA locking_mode = exclusive`,
      ),
    );
    const [settings] = by('sqlite/connection-settings').found;
    for (const says of [
      ...[/busy_timeout of 0 ms/, /page cache of 2 MiB/, /locking_mode EXCLUSIVE/, /automatic_index off/],
      ...[/8 helper threads/, /secure_delete on/, /analysis_limit of 10 rows/],
    ])
      assert.match(JSON.stringify(settings!.evidence), says);
    assert.match(settings!.summary, /busy_timeout of 0 ms, locking_mode EXCLUSIVE .*, 4 more settings$/);
    const [unsafe] = by('sqlite/unsafe-connection').found;
    // 256 GiB is cut to SQLite's own limit.
    for (const says of [/synchronous OFF/, /foreign_keys off/, /mmap_size of \d+ GiB/])
      assert.match(unsafe!.summary, says);
    const [checkpoints] = by('sqlite/connection-checkpoints').found;
    assert.match(checkpoints!.summary, /wal_autocheckpoint 0/);
    for (const finding of [settings, unsafe, checkpoints]) {
      assert.equal(finding!.severity, 'warning');
      assert.ok(finding!.subject.includes(library[0]), finding!.subject);
      assert.doesNotMatch(JSON.stringify(finding!.evidence), /not told/);
    }
  });

  test(`${library[0]}: good settings are called so, each by its name`, async (t) => {
    const { by } = await judged(
      await application(
        t,
        library,
        'PRAGMA journal_mode = wal',
        `PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16000;
         PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864`,
      ),
    );
    for (const [rule, names] of [
      ['connection-settings', /set well: busy_timeout, synchronous, cache_size, .*, cell_size_check$/],
      ['unsafe-connection', /set well: synchronous, journal_mode, foreign_keys, mmap_size$/],
      ['connection-checkpoints', /set well: wal_autocheckpoint, journal_size_limit$/],
      ['file-settings', /pages of 4,096 bytes/],
    ] as const) {
      const { outcome } = by(`sqlite/${rule}`);
      assert.equal(outcome.status, 'clear', outcome.because);
      assert.match(outcome.because, names);
    }
  });

  test(`${library[0]}: the log is judged by the wal_autocheckpoint that was told, the file by its pages`, async (t) => {
    const file = 'PRAGMA page_size = 512; PRAGMA journal_mode = wal';
    const off = await judged(await application(t, library, file, 'PRAGMA wal_autocheckpoint = 0', true));
    assert.match(off.by('sqlite/wal-growth').outcome.because, /nobody checkpointed: wal_autocheckpoint is off/);
    assert.match(off.by('sqlite/file-settings').outcome.because, /pages of the database have 512 bytes/);
    // 6 MB are a large log for the default of 1,000 pages, and none for 5,000.
    const late = await judged(await application(t, library, file, 'PRAGMA wal_autocheckpoint = 5000', true));
    assert.equal(late.by('sqlite/wal-growth').outcome.status, 'clear', late.by('sqlite/wal-growth').outcome.because);
  });
}

test('a database without indexes is no gap', async (t) => {
  const { outcomes } = await judged(await application(t, LIBRARIES[0]!, '', ''));
  const silent = outcomes.filter(({ because }) => /sqlite\.index is missing/.test(because));
  assert.deepEqual(silent, []);
  assert.equal(outcomes.find(({ rule }) => rule === 'sqlite/redundant-index')?.because, 'the database has no indexes');
});
