/** `pitwall plan` on databases that are made to trip it: names that have to be quoted, and a statement that fills a table. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import pg from 'pg';
import type { Change, Plan } from '../../src/model/change.ts';
import { inFolder, pitwall } from '../cli/support.ts';
import { sharedPostgresql, withoutPostgresql } from '../support/postgresql.ts';

const STRANGE = '"we.ird"."My.Table ""x"""';
const ROWS = 60_000;
/** What was called since a moment ago is all that there is. */
const COUNTED_FOR_A_MOMENT = { 'postgresql/missing-index': { minimumWindow: 0, minimumCalls: 10 } };

suite('pitwall plan of a PostgreSQL', { skip: withoutPostgresql(), timeout: 120_000 }, () => {
  const postgresql = sharedPostgresql({
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      log_min_duration_statement: '0',
      log_line_prefix: '%m [%p] %q%u@%d ',
    },
  });

  async function make(name: string, tables: readonly string[], work: (client: pg.Client) => Promise<void>) {
    const client = new pg.Client({ connectionString: await postgresql.server.createDatabase(name) });
    await client.connect();
    try {
      await client.query('CREATE EXTENSION pg_stat_statements');
      for (const sql of tables) await client.query(sql);
      await client.query('ANALYZE');
      await client.query('SELECT pg_stat_statements_reset()');
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** The plan, and what was told besides. A copy is allowed: some servers come without HypoPG. */
  async function plan(
    name: string,
    rules: object = COUNTED_FOR_A_MOMENT,
  ): Promise<Plan & { readonly stderr: string; readonly seconds: number }> {
    const { server } = postgresql;
    return inFolder(async (cwd) => {
      const db = { integration: 'postgresql', url: server.url(name), logs: [join(server.directory, 'log')] };
      const config = { version: 1, targets: { db: { ...db, allowCopy: true, maxLoad: 1 } }, rules };
      writeFileSync(join(cwd, 'pitwall.yaml'), JSON.stringify(config));
      const from = performance.now();
      const { status, stderr } = await pitwall(['plan', '-o', 'plan.json'], { cwd });
      assert.equal(status, 0, stderr);
      const seconds = (performance.now() - from) / 1000;
      return { ...(JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan), stderr, seconds };
    });
  }
  const newIndexes = ({ changes }: Plan): readonly Change[] =>
    changes.filter(({ tunable, to }) => tunable === 'postgresql/index' && to !== null);

  test('names with dots, quotes, blanks and capitals: the index is found, and its table is no control', async () => {
    await make(
      'strange',
      [
        'CREATE SCHEMA "we.ird"',
        `CREATE TABLE ${STRANGE} (id int PRIMARY KEY, "se lect" int NOT NULL, "No.te" text)`,
        `INSERT INTO ${STRANGE} SELECT i, i * 7919 % 20000, repeat('x', 60) FROM generate_series(1, ${ROWS}) i`,
        'CREATE TABLE plain (id int PRIMARY KEY, name text)',
        "INSERT INTO plain SELECT i, 'name ' || i FROM generate_series(1, 20000) i",
      ],
      async (client) => {
        await client.query('SET search_path = public, "we.ird"');
        for (let i = 1; i <= 30; i++) {
          await client.query(`SELECT "No.te" FROM ${STRANGE} WHERE "se lect" = $1`, [i]);
          // By the search path: without its schema.
          await client.query('SELECT count(*) FROM "My.Table ""x""" WHERE id = $1', [i]);
          await client.query('SELECT name FROM plain WHERE id = $1', [i]);
        }
      },
    );
    const found = await plan('strange');
    const [index, ...others] = newIndexes(found);
    assert.ok(index && others.length === 0, JSON.stringify(found.leftOut));
    const { table, keys } = index.to as { table: unknown; keys: { column: string }[] };
    assert.deepEqual(table, { schema: 'we.ird', name: 'My.Table "x"' });
    assert.equal(keys[0]!.column, 'se lect');
    const texts = new Map(
      (index.predictions ?? []).map(({ statement, text }) => [statement, text.replaceAll(/\s+/g, ' ')]),
    );
    assert.match(texts.get(index.affects[0]!.labels!.statement!)!, /WHERE "se lect" = \$1/);
    const controls = new Set((index.controls ?? []).map(({ labels }) => labels!.statement));
    assert.equal(controls.size, 1, 'only the statement of the other table');
    for (const { labels } of index.affects) assert.equal(controls.has(labels!.statement!), false);
    await postgresql.server.query(index.preview.apply, [], 'strange');
    await postgresql.server.query(index.preview.undo, [], 'strange');

    // As anybody has it: counters that were reset just now are not gone by.
    assert.deepEqual(newIndexes(await plan('strange', {})), []);
  });

  test('a statement that fills a table is not run again and again on the copy', async () => {
    await make(
      'filled',
      [
        'CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL, note text)',
        `INSERT INTO orders (customer, note) SELECT i * 7919 % 20000, repeat('x', 60) FROM generate_series(1, ${ROWS}) i`,
      ],
      async (client) => {
        await client.query(
          `INSERT INTO orders (customer, note) SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 150000) i`,
        );
        await client.query('DELETE FROM orders WHERE id > 60000');
        await client.query('VACUUM ANALYZE orders');
        for (let i = 1; i <= 30; i++) await client.query('SELECT id FROM orders WHERE customer = $1', [i]);
      },
    );
    const found = await plan('filled');
    const [index] = newIndexes(found);
    assert.ok(index, JSON.stringify(found.leftOut));
    assert.notEqual(index.predictions![0]!.copy, null, 'what reads it was measured');
    const writes = (index.predictions ?? []).filter(({ text }) => /^insert/i.test(text));
    assert.deepEqual(
      writes.filter(({ copy }) => copy !== null),
      [],
    );
    const log = readFileSync(join(postgresql.server.directory, 'log'), 'utf8');
    const runs = log.split('\n').filter((line) => /EXPLAIN .*ANALYZE.*INSERT INTO orders/.test(line));
    assert.deepEqual(runs, []);
  });
});
