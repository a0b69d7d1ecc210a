import assert from 'node:assert/strict';
import test from 'node:test';
import { loadGrammar } from './load.ts';
import { safetyOf } from './safety.ts';

const grammar = await loadGrammar();
const safety = (text: string) => safetyOf(grammar, text);

test('one SELECT that only reads may be planned and run', () => {
  for (const text of [
    'SELECT * FROM a JOIN b USING (id) WHERE x = $1 ORDER BY y LIMIT 5',
    'WITH x AS (SELECT 1) SELECT lower(a), count(*) FROM x GROUP BY 1',
    'TABLE a',
    'VALUES (1), (2)',
    'SELECT 1 UNION SELECT 2;',
  ]) {
    const { explain, run } = safety(text);
    assert.deepEqual([explain, run], [null, null], text);
  }
  assert.deepEqual(safety('SELECT lower(a), my.f(1), lower(b) FROM g(2)').functions.toSorted(), ['g', 'lower', 'my.f']);
});

test('what writes may be planned, not run', () => {
  for (const text of [
    'INSERT INTO a VALUES (1)',
    'UPDATE a SET b = 1',
    'DELETE FROM a',
    'MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE',
    'WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d',
    'SELECT * FROM (WITH d AS (UPDATE a SET b = 1 RETURNING *) SELECT * FROM d) x',
    'SELECT 1 FROM a FOR UPDATE',
    'SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b FOR SHARE)',
    'SELECT pg_sleep(5)',
    "SELECT 1 FROM a WHERE b = (SELECT nextval('s'))",
    "SELECT pg_catalog.set_config('a', 'b', false)",
    "SELECT * FROM dblink('x', 'DELETE FROM a') AS t(a int)",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT pg_terminate_backend(1)',
    "SELECT query_to_xml('DELETE FROM a', true, true, '')",
    'SELECT pg_advisory_lock(1)',
    'SELECT count(*) FILTER (WHERE pg_try_advisory_lock(1)) OVER (ORDER BY pg_notify($1, $2)) FROM a',
    'SELECT 1 LIMIT (SELECT txid_current())',
    'SELECT "pg_sleep"(1)',
  ]) {
    const { explain, run } = safety(text);
    assert.equal(explain, null, text);
    assert.notEqual(run, null, text);
  }
});

test('nothing else is sent at all', () => {
  for (const text of [
    'SELECT 1; DROP TABLE a',
    "COPY a TO PROGRAM 'rm x'",
    'EXPLAIN ANALYZE DELETE FROM a',
    'CREATE TABLE x AS SELECT 1',
    'SELECT * INTO x FROM a',
    'DO $$ BEGIN END $$',
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'DECLARE c CURSOR FOR SELECT 1',
    'SET ROLE postgres',
    'COMMIT',
    'CALL f()',
    'LOCK a',
    '',
    'SELECT (',
    'SELECT 1 \0; DROP TABLE a',
    `SELECT 1${'+1'.repeat(5000)}`,
  ]) {
    const { explain, run } = safety(text);
    assert.notEqual(explain, null, text);
    assert.notEqual(run, null, text);
  }
});
