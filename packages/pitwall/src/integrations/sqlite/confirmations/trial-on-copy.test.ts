import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { Json } from '../../../model/json.ts';
import { collectContext, connect, databaseWith, SHOP, temporaryFolder } from '../testing.ts';
import type { CopyTrial, TrialInput } from '../trial-contract.ts';
import { trialOnCopy } from './trial-on-copy.ts';

const INDEX = { name: 'pitwall_try', index: { table: 'orders', columns: [{ name: 'device_id' }] } };
const QUERY = { query: 'device', sql: 'SELECT * FROM orders WHERE device_id = ?', params: [[3], [9]] };

test('tries an index on a copy, takes it back, and leaves the live file and the disk as they were', async (t) => {
  const path = databaseWith(t, `PRAGMA journal_mode = wal; ${SHOP}`);
  const scratch = temporaryFolder(t);
  const before = readFileSync(path);
  const connection = connect(t, path, { scratch });
  const confirm = (input: TrialInput) =>
    trialOnCopy.confirm(connection, { key: 'k', input: input as unknown as Json }, collectContext());
  const other = { query: 'other', sql: 'SELECT count(*) FROM devices', params: [] };
  const collected = await confirm({ variants: [INDEX, { name: 'analyze', analyzeLimit: 0 }], queries: [QUERY, other] });
  assert.deepEqual(
    collected.facts?.map(({ kind, key }) => [kind, key]),
    [['sqlite.copy-trial', 'k']],
  );
  const { variants } = collected.facts![0]!.value as unknown as CopyTrial;
  const [index, analyze] = variants;
  assert.equal(index?.failed, null);
  assert.ok(index?.indexBytes && index.indexBytes > 4096 && index.buildSeconds > 0);
  const [device, unchanged] = index.queries;
  assert.equal(device?.planBefore, 'SCAN orders\n');
  assert.equal(device?.planAfter, 'SEARCH orders USING INDEX pitwall_try (device_id=?)\n');
  assert.ok(
    device.rounds >= 6 && device.ratio > 0 && device.interval[0] <= device.ratio && device.ratio <= device.interval[1],
  );
  assert.deepEqual([unchanged?.planChanged, unchanged?.ratio, unchanged?.rounds], [false, 1, 0]);
  assert.equal(analyze?.queries[0]?.planAfter, 'SCAN orders\n', 'the index of the variant before is gone');

  const [folder] = readdirSync(scratch);
  assert.match(folder ?? '', new RegExp(`^pitwall-copy-${process.pid}-`));
  assert.equal(statSync(join(scratch, folder!)).mode & 0o777, 0o700);
  await confirm({ variants: [INDEX], queries: [QUERY] });
  assert.equal(readdirSync(scratch).length, 1, 'one copy serves all requests');
  await connection.close();
  assert.deepEqual(readdirSync(scratch), []);
  const again = await confirm({ variants: [INDEX], queries: [QUERY] });
  assert.equal(again.facts?.length, 1, 'a connection that was closed makes new copies');
  await connection.close();
  assert.deepEqual(readFileSync(path), before);
});

test('what cannot be copied or tried says why', async (t) => {
  const path = databaseWith(t, SHOP);
  const ask = async (options: Record<string, unknown>, input: TrialInput) =>
    trialOnCopy.confirm(connect(t, path, options), { key: 'k', input: input as unknown as Json }, collectContext());
  const input = { variants: [INDEX], queries: [QUERY] };
  const large = await ask({ copyLimit: '8kB' }, input);
  assert.equal(large.facts, undefined);
  assert.match(large.gaps?.[0]?.why ?? '', /more than copyLimit/);
  const nowhere = await ask({ scratch: join(temporaryFolder(t), 'missing') }, input);
  assert.match(nowhere.gaps?.[0]?.why ?? '', /no such file/);
  const wrong = { name: 'x', index: { table: 'orders', columns: [{ name: 'no such column' }] } };
  const failing = await ask({}, { variants: [wrong, INDEX], queries: [QUERY] });
  const { variants } = failing.facts![0]!.value as unknown as CopyTrial;
  assert.match(variants[0]?.failed ?? '', /no column named|no such column/);
  assert.equal(variants[1]?.failed, null, 'the next one is tried all the same');
  const writes = { query: 'w', sql: 'DELETE FROM orders', params: [] };
  const refused = await ask({}, { variants: [INDEX], queries: [writes] });
  assert.match((refused.facts![0]!.value as unknown as CopyTrial).variants[0]?.failed ?? '', /delete orders/);
});

test('a query that only the index makes end is measured against the time limit', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), { queryTimeout: '300ms' });
  // Without the index each of 20,000 rows looks through all others; with it the search finds none at once.
  const sql = 'SELECT count(*) FROM orders a CROSS JOIN orders b WHERE b.device_id > a.id + 1000000';
  const input = { variants: [INDEX], queries: [{ query: 'pairs', sql, params: [] }] };
  const collected = await trialOnCopy.confirm(connection, { key: 'k', input }, collectContext());
  const [variant] = (collected.facts![0]!.value as unknown as CopyTrial).variants;
  assert.equal(variant?.failed, null);
  const [trial] = variant.queries;
  assert.equal(trial?.before, 0.3);
  assert.ok(trial.after !== null && trial.after < 0.3 && trial.ratio === trial.after / 0.3);
});

test('a query without an end on the copy is given up', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP), { queryTimeout: '100ms' });
  const sql = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT count(*) FROM n WHERE i IN (SELECT id FROM orders WHERE device_id = 1)`;
  const input = { variants: [INDEX], queries: [{ query: 'endless', sql, params: [] }] };
  const collected = await trialOnCopy.confirm(connection, { key: 'k', input }, collectContext());
  assert.match(
    (collected.facts![0]!.value as unknown as CopyTrial).variants[0]?.failed ?? '',
    /endless: it gave no answer/,
  );
});

test('an interrupted trial leaves no index for the next one', async (t) => {
  const connection = connect(t, databaseWith(t, SHOP));
  const endless = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT count(*) FROM n WHERE i IN (SELECT id FROM orders WHERE device_id = 1)`;
  const controller = new AbortController();
  const input = { variants: [INDEX], queries: [{ query: 'endless', sql: endless, params: [] }] };
  const running = trialOnCopy.confirm(connection, { key: 'a', input }, collectContext(controller.signal));
  setTimeout(() => controller.abort(new Error('stop')), 1000);
  await assert.rejects(running, /stop/);
  const next = await trialOnCopy.confirm(
    connection,
    { key: 'b', input: { variants: [{ name: 'analyze', analyzeLimit: 0 }], queries: [QUERY] } },
    collectContext(),
  );
  assert.equal((next.facts![0]!.value as unknown as CopyTrial).variants[0]?.queries[0]?.planAfter, 'SCAN orders\n');
});

test('sweeps away copies of processes that are long gone, and no others', async (t) => {
  const scratch = temporaryFolder(t);
  const mine = join(scratch, `pitwall-copy-${process.pid}-old`);
  const fresh = join(scratch, 'pitwall-copy-999999999-new');
  for (const folder of [mine, fresh, join(scratch, 'something else')]) mkdirSync(folder);
  const stale = join(scratch, 'pitwall-copy-999999998-old');
  mkdirSync(stale);
  const { utimesSync } = await import('node:fs');
  for (const folder of [stale, mine]) utimesSync(folder, 1e9, 1e9);
  const connection = connect(t, databaseWith(t, SHOP), { scratch });
  await trialOnCopy.confirm(connection, { key: 'k', input: { variants: [INDEX], queries: [QUERY] } }, collectContext());
  assert.deepEqual(
    [stale, mine, fresh].map((folder) => existsSync(folder)),
    [false, true, true],
  );
});

test('copies a database that somebody writes to meanwhile', async (t) => {
  const path = databaseWith(t, SHOP);
  const writer = new DatabaseSync(path, { timeout: 5000 });
  t.after(() => writer.close());
  const timer = setInterval(() => writer.exec('UPDATE orders SET created_at = created_at + 1 WHERE id < 50'), 5);
  t.after(() => clearInterval(timer));
  const collected = await trialOnCopy.confirm(
    connect(t, path),
    { key: 'k', input: { variants: [INDEX], queries: [QUERY] } },
    collectContext(),
  );
  assert.equal((collected.facts?.[0]?.value as unknown as CopyTrial | undefined)?.variants[0]?.failed, null);
});
