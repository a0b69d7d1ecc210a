import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import pg from 'pg';
import { parseReport } from '../../src/report/json.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { COUNTED } from './postgresql-support.ts';
import { pitwall, pitwallEach } from './support.ts';

/** What stands below a statement, its plan and its waits, and what asking for all of it cost: PostgreSQL beside a SQLite file. */
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-db-details-'));
after(() => rmSync(cwd, { recursive: true, force: true }));

const postgresql = sharedPostgresql({ settings: COUNTED }, async (server) => {
  const url = await server.createDatabase('shop');
  await server.query(
    `CREATE EXTENSION pg_stat_statements; CREATE TABLE stock (id int PRIMARY KEY, amount int NOT NULL);
     INSERT INTO stock SELECT i, 1 FROM generate_series(1, 20000) i; ANALYZE`,
    [],
    'shop',
  );
  const file = new DatabaseSync(join(cwd, 'file.db'));
  file.exec('CREATE TABLE sales (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, at INTEGER NOT NULL)');
  file.close();
  const sales = { sql: 'SELECT id FROM sales WHERE customer = ? ORDER BY at', params: [['c1']] };
  const targets = {
    shop: { integration: 'postgresql', url, maxLoad: 0.25 },
    file: { integration: 'sqlite', path: 'file.db', queries: { sales } },
  };
  writeFileSync(join(cwd, 'pitwall.yaml'), JSON.stringify({ version: 1, service: { name: 'shop' }, targets }));
});
const needs = { skip: postgresql.skip, timeout: 60_000 };

test('endpoint, statement, plan, wait: one under the other, in every format', needs, async () => {
  const url = postgresql.server.url('shop');
  const clients = [1, 2].map(() => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  const [holder, waiter] = clients as [pg.Client, pg.Client];
  const sell = "UPDATE stock SET amount = amount - 1 WHERE amount = $1 /*route='POST%20%2Fsales'*/";
  await holder.query(sell, [1]);
  await holder.query('BEGIN; LOCK TABLE stock');
  const waiting = waiter.query(sell, [0]);
  const outs = ['d.json', 'd.html', 'd.md'].flatMap((name) => ['--out', name]);
  const looked = await pitwall(['db', '--no-confirm', '--window', '1s', '--target', 'shop', ...outs], { cwd });
  await holder.query('COMMIT');
  await waiting;
  for (const client of clients) await client.end();
  assert.equal(looked.status, 0, looked.stderr);

  const { databases } = parseReport(readFileSync(join(cwd, 'd.json'), 'utf8'));
  const seen = databases![0]!.workload!.statements.find(({ text }) => text.startsWith('UPDATE stock'));
  const [wait] = seen?.waits ?? [];
  assert.deepEqual([wait?.type, wait?.event], ['Lock', 'relation'], JSON.stringify(databases![0]!.workload));
  assert.ok(wait!.count >= 3 && wait!.share > 0.9, JSON.stringify(wait));
  const written = ['d.html', 'd.md'].map((name) => readFileSync(join(cwd, name), 'utf8'));
  for (const text of [looked.stdout, ...written])
    assert.match(text, /waits: Lock relation [\d.]+ %[\s\S]*\(seen\s+at\s+work\s+\d+\s+times?\)/);
});

test(
  'what was asked is told, with the share that analysis may take; a file has no server to spare',
  needs,
  async () => {
    await postgresql.server.query('SELECT count(*) FROM stock WHERE amount = 3', [], 'shop');
    const asked = (most: string) =>
      new RegExp(
        `Asking\\s+shop\\s+cost\\s+it\\s+\\d+\\s+statements\\s+and\\s+[\\s\\S]*its\\s+analysis\\s+may\\s+take\\s+${most} %`,
      );
    const checked = await pitwall(['check', '--window', '500ms', '--no-confirm', '--out', 'c.json'], { cwd });
    assert.match(checked.stdout, asked('25'), checked.stderr);
    const [cost, ...others] = parseReport(readFileSync(join(cwd, 'c.json'), 'utf8')).cost.asked!;
    assert.deepEqual([cost!.target, cost!.most, others], ['shop', 0.25, []]);
    assert.ok(cost!.statements > 20 && cost!.seconds > 0 && cost!.over > 0.5, JSON.stringify(cost));

    const both = await pitwall(['db', '--no-confirm', '--max-load', '10%'], { cwd });
    assert.equal(both.status, 0, both.stderr);
    assert.match(both.stderr, /--max-load does nothing for file: there is no server to spare/);
    assert.match(both.stdout, asked('10'));
    assert.doesNotMatch(both.stdout, /Asking\s+file/);
    assert.match(both.stdout, /count\(\*\) FROM stock[\s\S]*?plan: Seq Scan on stock, [\d.]+ % of its cost/);
    assert.match(
      both.stdout,
      /FROM sales[\s\S]*?plan: SCAN sales, USE TEMP B-TREE FOR ORDER BY \(as\s+planned\s+now\)/,
    );

    const refused = await pitwallEach(
      [
        ['db', '--target', 'file', '--max-load', '10%'],
        ['db', 'indexes', '--target', 'file', '--max-load', '10%'],
        ['db', 'explain', 'SELECT 1', '--target', 'file', '--max-load', '10%'],
        ['db', '--watch', '--target', 'file', '--max-load', '10%'],
      ],
      { cwd },
    );
    for (const { status, stderr } of refused) {
      assert.equal(status, 2, stderr);
      assert.match(stderr, /--max-load does nothing for file/);
    }
  },
);
