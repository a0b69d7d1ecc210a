import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Redactor } from '../config/redact.ts';
import type { Change, JournalEntry, Plan } from '../model/change.ts';
import { openStore } from '../store/sqlite.ts';
import { planWithoutSecrets } from './plan-output.ts';
import { hideSecrets, storeWithoutSecrets } from './secrets.ts';

const SECRET = 'hunter2-sales';
const TABLE = 'device_sales';
const redactor = new Redactor();
for (const secret of [SECRET, TABLE, 'columns']) redactor.add(secret);
hideSecrets(redactor);

const to = { table: 'sales', columns: [{ name: 'device_id' }] };
const change: Change = {
  id: 'c1',
  target: 'db',
  tunable: 'sqlite/index',
  subject: 'pitwall_sales_device_id',
  to,
  from: null,
  reason: `it said ${SECRET}`,
  rules: ['sqlite/missing-index'],
  affects: [{ indicator: 'sqlite.query.duration.p50', labels: { query: 'by-device' } }],
  effect: 'now',
  risk: 'low',
  needsRestart: true,
  needsRestartBecause: `${SECRET} has it open`,
  notChecked: [`whether there is room: ${SECRET} does not say`],
  preview: { apply: `CREATE INDEX -- ${SECRET}`, undo: `DROP INDEX -- ${SECRET}` },
};

const entry: JournalEntry = {
  id: 'p1-c1',
  planId: 'p1',
  sequence: 1,
  change,
  connection: { directory: '/srv', options: { path: TABLE } },
  integration: 'sqlite',
  original: { state: { sql: `CREATE INDEX x ON ${TABLE}(a)` }, captured: null },
  written: null,
  state: 'intent',
  bootId: 'b',
  pid: 1,
  createdAt: '2026-11-21T00:00:00.000Z',
  updatedAt: '2026-11-21T00:00:00.000Z',
  because: `the command said ${SECRET}`,
};

test('the journal and the statuses get no secret in text, and all that a change is undone with as it is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-secrets-'));
  const store = await openStore(directory);
  try {
    const clean = storeWithoutSecrets(store);
    await clean.journal.add(entry);
    const added = (await store.journal.get(entry.id))!;
    assert.equal(added.because, 'the command said ‹redacted›');
    assert.equal(JSON.stringify(added.change).includes(SECRET), false);
    assert.deepEqual([added.change.to, added.original, added.connection], [to, entry.original, entry.connection]);

    const written = { sql: `CREATE INDEX x ON ${TABLE}(b)` };
    await clean.journal.update(entry.id, {
      state: 'written',
      written,
      because: `start: ${SECRET}`,
      updatedAt: entry.updatedAt,
    });
    const [updated] = await clean.journal.list();
    assert.equal(updated?.because, 'start: ‹redacted›');
    assert.deepEqual(updated?.written, written);
    assert.equal((await clean.journal.unfinished()).length, 1);

    const statuses: string[] = [];
    const watched = {
      ...store,
      setRecommendationStatus: async (...of: readonly string[]) => void statuses.push(...of),
    };
    await storeWithoutSecrets(watched).setRecommendationStatus('id', 'rolled-back', `no: ${SECRET}`);
    assert.deepEqual(statuses, ['id', 'rolled-back', 'no: ‹redacted›']);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a plan is redacted in text only; a change with a secret in a value is left out, and says so', () => {
  const hidden: Partial<Change>[] = [
    { to: { ...to, table: TABLE } },
    { subject: `pitwall_${TABLE}_id` },
    { from: { sql: `CREATE INDEX x ON ${TABLE}(a)` } },
    { meter: [{ query: 'q', sql: `SELECT * FROM ${TABLE}`, params: [] }] },
    { affects: [{ indicator: 'sqlite.query.duration.p50', labels: { query: TABLE } }] },
  ];
  const plan: Plan = {
    schemaVersion: 1,
    id: 'p1',
    createdAt: '2026-11-21T00:00:00.000Z',
    service: SECRET,
    changes: [change, ...hidden.map((part, index) => ({ ...change, ...part, id: `c${index + 2}` }))],
    leftOut: [{ what: SECRET, because: SECRET }],
  };
  const clean = planWithoutSecrets(plan);
  assert.deepEqual(
    clean.changes.map(({ id }) => id),
    ['c1'],
  );
  // `columns` is a secret's value here, and a key of ours that stays one.
  assert.deepEqual(clean.changes[0]?.to, to);
  assert.equal(clean.leftOut.length, 1 + hidden.length);
  assert.match(clean.leftOut.at(-1)?.because ?? '', /a secret of the configuration, and a plan cannot hold that$/);
  assert.equal(JSON.stringify(clean).includes(SECRET), false);
  assert.equal(JSON.stringify(clean).includes(TABLE), false);
});
