import assert from 'node:assert/strict';
import test from 'node:test';
import { keyOn } from '../../_sql/advisor/key-of.ts';
import { copiesOf } from '../copy.ts';
import { connect, databaseWith } from '../testing.ts';
import { SqliteBench } from './bench.ts';

const signal = new AbortController().signal;
const whatIf = { planTexts: async () => new Map<string, string | null>(), learn: () => {} };
const settings = { cacheSize: null, mmapSize: null };
const SQL = `CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, y INTEGER);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO a SELECT i, i % 500 FROM n;
  INSERT INTO b SELECT id, x FROM a;`;
const on = (table: string, column: string) => ({ table, keys: [keyOn(column)], include: [], where: null });
const statement = (id: string, sql: string, tables: string[]) => ({ id, sql, params: [], writes: false, tables });

async function benchOn(t: test.TestContext, statements: ReturnType<typeof statement>[], seconds: number) {
  const connection = connect(t, databaseWith(t, SQL), { queryTimeout: '60s' });
  const made = await copiesOf(connection, signal);
  assert.ok('copies' in made);
  const nameOf = ({ table }: { table: string }) => `new_${table}`;
  const bench = new SqliteBench(connection, made.copies, statements, { nameOf, seconds, signal, whatIf, settings });
  return { connection, copies: made.copies, bench };
}

test('an index on another table stays where it is built, and does not count', async (t) => {
  const statements = [
    statement('a', 'SELECT count(*) FROM a WHERE x = 7', ['a']),
    statement('b', 'SELECT count(*) FROM b WHERE y = 7', ['b']),
  ];
  const { connection, copies, bench } = await benchOn(t, statements, 60);
  const built = async () => {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name";
    const rows = await connection.runner().rows({ database: copies.trial, sql, limit: 9 }, 30, signal);
    return 'answer' in rows ? rows.answer.rows.map(({ name }) => name) : rows.why;
  };
  const before = (await bench.measure([], ['a'], 3)).seconds.get('a')!;
  const withA = (await bench.measure([on('a', 'x')], ['a'], 3)).seconds.get('a')!;
  assert.ok(withA < before / 3);
  await bench.measure([on('b', 'y')], ['b'], 3);
  assert.deepEqual(await built(), ['new_a', 'new_b'], 'not built again for the next question about a');
  const [without, withIt] = await bench.compare([[], [on('b', 'y')]], ['b'], 10);
  assert.ok(withIt!.seconds.get('b')! < without!.seconds.get('b')! / 3);
  await bench.close();
  assert.deepEqual(await built(), []);
});

test('nothing runs on beyond the time, whatever a statement or an index takes, and lateness is no verdict', async (t) => {
  const endless = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, a';
  const statements = [
    statement('endless', endless, ['a']),
    statement('a', 'SELECT count(*) FROM a WHERE x = 7', ['a']),
  ];
  const { bench } = await benchOn(t, statements, 2);
  const start = performance.now();
  const measured = await bench.measure([], ['endless', 'a'], 3);
  assert.deepEqual(
    [...measured.seconds],
    [
      ['endless', null],
      ['a', null],
    ],
  );
  const both = await bench.compare([[], [on('a', 'x')]], ['endless', 'a'], 10);
  // Of one set alone it would look as if the other had broken the statement, or mended it.
  for (const one of both) assert.deepEqual([...one.seconds.values()], [null, null]);
  assert.ok(performance.now() - start < 10_000);
  assert.match(bench.failures().get('a')!, /no time left/);
  bench.deadline.extend(30);
  const later = await bench.measure([on('a', 'x')], ['a'], 3);
  assert.ok(later.seconds.get('a')! > 0, 'what there was no time for is measured when there is');
});
