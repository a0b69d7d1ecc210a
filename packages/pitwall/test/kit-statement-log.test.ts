import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyPragmas, logStatements, requestEndpoint } from '../../kit/src/index.ts';
import { LIBRARIES } from '../../kit/src/statement-log/testing.ts';
import sqlite from '../src/integrations/sqlite/index.ts';
import type { CollectContext } from '../src/model/integration.ts';

/** An application with the kit in it, asked over HTTP; then what the tool makes of its log. */
const context: CollectContext = {
  environment: { proc: '/proc', sys: '/sys', now: () => Date.now() / 1000, sleep: async () => {} },
  signal: new AbortController().signal,
  window: 0,
};

for (const [library, open] of LIBRARIES) {
  test(`${library}: the log of an application gives statements by endpoint, a proven loop, its settings, and the index that it needs`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pitwall-kit-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'shop.db');
    const db = open(path);
    db.exec(`
      CREATE TABLE slots (id INTEGER PRIMARY KEY, shelf INTEGER, product INTEGER);
      CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO slots SELECT i, i % 2500, i % 100 FROM n;
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) INSERT INTO products SELECT i, 'p' || i FROM n;
      ANALYZE;`);
    const log = logStatements(db, { file: join(folder, 'statements.jsonl'), sample: 2 });
    applyPragmas(db, { busyTimeout: 5, synchronous: 'normal', cacheBytes: 16 * 2 ** 20 });
    const slots = db.prepare('SELECT id, product FROM slots WHERE shelf = ?');
    const product = db.prepare('SELECT name FROM products WHERE id = ?');
    const tied = requestEndpoint();
    const server = createServer((request, response) =>
      tied(request, response, async () => {
        const shelf = Number(request.url?.split('/')[2]);
        const rows = slots.all(shelf) as { product: number }[];
        for (const row of rows) {
          product.get(row.product);
          await null;
        }
        response.end(String(rows.length));
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const answer = await fetch(`http://127.0.0.1:${port}/shelves/${i * 7}`);
        assert.equal(await answer.text(), '8');
      }),
    );
    server.closeAllConnections();
    await log.flush();
    assert.equal(log.dropped, 0);

    const options = sqlite.options.parse({ path, logs: [join(folder, 'statements.jsonl')] });
    const connection = await sqlite.connect(options, { ...context, directory: folder });
    t.after(() => sqlite.close(connection));
    const workload = await sqlite.database!.workload(connection, { previous: null, watch: 0 }, context);
    const read = workload.statements.find(({ tables }) => tables.includes('slots'))!;
    const inner = workload.statements.find(({ tables }) => tables.includes('products'))!;
    assert.deepEqual([read.calls, inner.calls, inner.rows], [40, 320, 320]);
    assert.deepEqual(
      read.callers.map(({ endpoint, calls }) => [endpoint, calls]),
      [['GET /shelves/:id', 40]],
    );
    assert.deepEqual(
      workload.loops.map(({ statement, endpoint, proof, requests, callsPerRequest }) => [
        statement,
        endpoint,
        proof,
        requests,
        callsPerRequest,
      ]),
      [[inner.id, 'GET /shelves/:id', 'proven', 40, 8]],
    );

    const collector = sqlite.collectors.find(({ id }) => id === 'workload')!;
    const { facts = [] } = await collector.collect(connection, context);
    const told = facts.find(({ kind }) => kind === 'sqlite.connection')!;
    assert.match(told.key, new RegExp(`${library}\\), process ${process.pid}$`));
    assert.deepEqual((told.value as { busy_timeout: number }).busy_timeout, 5000);

    // Chosen for what the application really asks, with its values and how often it does.
    const advice = await sqlite.database!.advise(
      connection,
      { workload, budget: null, measure: false, seed: 1 },
      context,
    );
    assert.deepEqual(
      advice.proposals.map(({ table, definition }) => [table, definition.startsWith('(shelf')]),
      [['slots', true]],
    );
    log.stop();
    db.close();
  });
}
