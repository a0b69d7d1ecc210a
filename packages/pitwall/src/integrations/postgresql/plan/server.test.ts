import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import { PitwallError } from '../../../errors.ts';
import type { PlanStep } from '../../../model/database.ts';
import { liveContext } from '../../_proc/testing.ts';
import { connectPostgresql } from '../connection.ts';
import { postgresqlOptions } from '../options.ts';
import { explainStatement } from './explain.ts';
import { type ReadPlan, readPlan } from './parse.ts';
import { readTextPlan } from './text-format.ts';

const TABLES = [
  'CREATE TABLE a (id int PRIMARY KEY, b_id int, kind text, n int)',
  'CREATE TABLE b (id int PRIMARY KEY, name text)',
  'CREATE TABLE "Odd T" (id int PRIMARY KEY, "A b" text)',
  `INSERT INTO a SELECT i, i % 500, CASE WHEN i % 100 = 0 THEN 'rare' ELSE 'usual' END, i % 7 FROM generate_series(1, 30000) i`,
  `INSERT INTO b SELECT i, 'name ' || i FROM generate_series(0, 499) i`,
  `INSERT INTO "Odd T" SELECT i, 'x' FROM generate_series(1, 100) i`,
  'CREATE INDEX a_kind ON a (kind)',
  'CREATE INDEX a_n_id ON a (n, id)',
  'CREATE INDEX "Odd i" ON "Odd T" ("A b")',
  `CREATE TABLE p (at int, v int) PARTITION BY RANGE (at)`,
  'CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)',
  'CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200)',
  'INSERT INTO p SELECT i, i FROM generate_series(0, 199) i',
];

/** One for each kind of step, or of what PostgreSQL writes under one; behind it, what the planner may not use. */
const STATEMENTS: readonly (readonly [string, ...off: string[]])[] = [
  ["SELECT * FROM a WHERE kind || 'x' = 'rarex'"],
  ['SELECT * FROM a WHERE id = 7'],
  ['SELECT n, id FROM a WHERE n = 3 AND id < 100', 'enable_bitmapscan'],
  ['SELECT * FROM a ORDER BY id DESC LIMIT 5'],
  ["SELECT * FROM a WHERE kind = 'rare' OR id < 10"],
  ['SELECT * FROM a WHERE id IN (1, 2, 3)', 'enable_bitmapscan'],
  ['SELECT * FROM a WHERE id = 12', 'enable_seqscan', 'enable_bitmapscan'],
  ['SELECT count(*) FROM a JOIN b ON b.id = a.b_id', 'enable_mergejoin', 'enable_nestloop'],
  ['SELECT * FROM b LEFT JOIN a ON b.id = a.b_id AND a.n = 1', 'enable_mergejoin', 'enable_nestloop'],
  ['SELECT * FROM a FULL JOIN b ON b.id = a.b_id', 'enable_nestloop', 'enable_hashjoin'],
  ['SELECT * FROM b WHERE EXISTS (SELECT FROM a WHERE a.b_id = b.id)', 'enable_nestloop'],
  ['SELECT * FROM b WHERE NOT EXISTS (SELECT FROM a WHERE a.b_id = b.id)', 'enable_nestloop', 'enable_mergejoin'],
  ['SELECT * FROM b WHERE NOT EXISTS (SELECT FROM a WHERE a.n = b.id)', 'enable_hashjoin', 'enable_mergejoin'],
  ['SELECT * FROM a JOIN b ON b.id = a.b_id WHERE a.n = 2', 'enable_hashjoin', 'enable_mergejoin'],
  ['SELECT * FROM a JOIN LATERAL (SELECT name FROM b WHERE b.id = a.b_id LIMIT 1) l ON true WHERE a.id < 50'],
  ['SELECT * FROM a ORDER BY kind, b_id'],
  ['SELECT * FROM a ORDER BY id, b_id', 'enable_seqscan'],
  ['SELECT id % 20000, count(*) FROM a GROUP BY 1', 'enable_sort'],
  ['SELECT kind, count(*) FROM a GROUP BY kind', 'enable_hashagg'],
  ['SELECT kind, n, count(*) FROM a GROUP BY GROUPING SETS ((kind), (n), ())'],
  ['SELECT id, sum(n) OVER (PARTITION BY b_id ORDER BY id) FROM a'],
  ['WITH x AS MATERIALIZED (SELECT * FROM a WHERE n = 1) SELECT * FROM x JOIN x y ON x.id = y.id'],
  ['WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 50) SELECT * FROM r'],
  ['SELECT id FROM a WHERE n = 1 UNION SELECT id FROM b'],
  ['SELECT id FROM a WHERE n = 1 EXCEPT SELECT id FROM b'],
  ['SELECT id, (SELECT name FROM b WHERE b.id = a.b_id) FROM a WHERE id < 20'],
  ['SELECT id FROM a WHERE b_id NOT IN (SELECT id FROM b WHERE id > 250)'],
  ['SELECT id FROM a WHERE n > (SELECT avg(n) FROM a)'],
  ['SELECT * FROM (VALUES (1), (2)) v (x) JOIN generate_series(1, 30) g ON g = x'],
  ['SELECT DISTINCT b_id FROM a', 'enable_hashagg'],
  ['SELECT * FROM p WHERE v > 3'],
  ['SELECT * FROM p ORDER BY at LIMIT 3'],
  ['SELECT * FROM a JOIN b ON b.id = a.b_id WHERE a.id < 0', 'enable_hashjoin', 'enable_mergejoin'],
  ['SELECT * FROM "Odd T" o WHERE "A b" = \'x\' LIMIT 1', 'enable_seqscan', 'enable_bitmapscan'],
  ['SELECT * FROM "Odd T" TABLESAMPLE BERNOULLI (50) REPEATABLE (1)'],
  ['SELECT * FROM a WHERE id = 5 FOR UPDATE'],
  ['SELECT * FROM a WHERE false'],
  ["SELECT * FROM a WHERE ctid = '(0,1)'"],
  ['INSERT INTO b SELECT i, NULL FROM generate_series(1000, 1100) i ON CONFLICT DO NOTHING'],
  ['UPDATE a SET n = n + 1 FROM b WHERE b.id = a.b_id AND b.id < 5'],
  ['DELETE FROM a WHERE id < 10'],
  ['MERGE INTO b USING a ON a.id = b.id WHEN MATCHED THEN UPDATE SET name = a.kind'],
];

/** What has to be the same, read of JSON or of text; a write that was rolled back leaves a larger table, which is expected to cost more. */
function told(step: PlanStep, writes: boolean): unknown {
  const expected = writes ? [] : [step.expectedRows, step.cost];
  return [step.title, step.actualRows, step.loops, ...expected, step.children.map((child) => told(child, writes))];
}

suite('Plans that the server writes', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({ settings: { work_mem: '64kB', hash_mem_multiplier: '1' } }, async (server) => {
    await server.createDatabase('plans');
    for (const sql of [...TABLES, 'VACUUM ANALYZE']) await server.query(sql, [], 'plans');
  });

  async function using(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client(postgresql.server.url('plans'));
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** The plan as JSON and as text, each from a run that is rolled back. */
  async function both(client: pg.Client, sql: string, off: readonly string[]): Promise<readonly [ReadPlan, ReadPlan]> {
    const explained = async (format: string) => {
      await client.query('BEGIN');
      for (const name of off) await client.query(`SET LOCAL ${name} = off`);
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT ${format}) ${sql}`);
      await client.query('ROLLBACK');
      return rows.map((row) => row['QUERY PLAN']);
    };
    const [json] = await explained('JSON');
    const text = await explained('TEXT');
    const [fromJson, fromText] = [readPlan(json), readPlan({ Plan: readTextPlan(text.join('\n')) })];
    assert.ok(fromJson && fromText, sql);
    return [fromJson, fromText];
  }

  test('JSON and text are read as the same plan, with the same marks', async () => {
    const marks = new Set<string>();
    await using(async (client) => {
      await client.query('SET max_parallel_workers_per_gather = 0');
      for (const [sql, ...off] of STATEMENTS) {
        const [json, text] = await both(client, sql, off);
        const writes = /^(INSERT|UPDATE|DELETE|MERGE)/.test(sql);
        assert.deepEqual(told(text.plan, writes), told(json.plan, writes), sql);
        assert.deepEqual(text.indexes, json.indexes, sql);
        assert.deepEqual(
          text.marks.map(({ kind }) => kind),
          json.marks.map(({ kind }) => kind),
          sql,
        );
        for (const { kind } of json.marks) marks.add(kind);
      }
    });
    for (const kind of ['filter', 'sort-on-disk', 'hash-batches']) assert.ok(marks.has(kind as never), kind);
  });

  test('with workers', async () => {
    await using(async (client) => {
      await client.query(
        'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0',
      );
      for (const sql of ['SELECT kind, count(*) FROM a GROUP BY kind', 'SELECT * FROM a WHERE n = 3 ORDER BY b_id']) {
        const [json, text] = await both(client, sql, ['enable_indexscan', 'enable_bitmapscan', 'enable_indexonlyscan']);
        const titles = (step: PlanStep): unknown => [step.title, step.children.map(titles)];
        assert.deepEqual(titles(text.plan), titles(json.plan), sql);
        assert.match(JSON.stringify(titles(json.plan)), /Gather/, sql);
      }
    });
  });

  test('a run that takes longer than it may has its plan, without times, and says why', async () => {
    const url = postgresql.server.url('plans');
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, statementTimeout: '400ms' }), '/');
    try {
      const text = 'SELECT count(*) FROM a x, a y, a z';
      const told = await explainStatement(connection, { text, params: [], run: true }, liveContext());
      assert.deepEqual([told.seconds, told.planSeconds, told.plan.actualRows], [null, null, null]);
      assert.match(JSON.stringify(told.plan), /Seq Scan|Index Only Scan/);
      assert.equal(
        told.notes.at(-1),
        'not run to its end: it gave no answer within 0.4 s (statementTimeout in the configuration raises that)',
      );
    } finally {
      await connection.close();
    }
  });

  test('what the grammar refuses has its place, whatever the server would have said', async () => {
    const url = postgresql.server.url('plans');
    const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    try {
      const refused = async (text: string) => {
        const asked = explainStatement(connection, { text, params: [], run: false }, liveContext());
        const error = await asked.catch((thrown: unknown) => thrown);
        assert.ok(error instanceof PitwallError && error.code === 'POSTGRESQL_NOT_EXPLAINED', text);
        return error;
      };
      const error = await refused("SELECT '😀'\n FORM parent x WHERE id = 4711");
      assert.deepEqual(error.also, ['|  FORM parent x WHERE id = ?', '|       ^']);
      assert.match(error.hint, /caret/);
      assert.deepEqual((await refused('SELEC 1')).also, ['| SELEC ?', '| ^']);
      for (const text of ["SELECT 'it's secret'", "SELECT 'a', 'secret"]) {
        const hidden = await refused(text);
        assert.deepEqual(hidden.also, []);
        assert.doesNotMatch(hidden.message + hidden.hint, /secret|caret/);
      }
      assert.match((await refused('VACUUM parent')).hint, /^Give one SELECT/);
    } finally {
      await connection.close();
    }
  });
});
