import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStatements, splitStatements } from '../../_sql/workload/sql-files.ts';
import { LEXIS } from './lexis.ts';

test('statements are split where they end, and nowhere else', () => {
  const sql = String.raw`\timing on
-- calls: 100
-- endpoint: GET /orders/:id
-- params: [7, "it's"]
-- params: [8, null]
SELECT ';' AS "a;b", $$ x; y $$, E'\';' FROM t WHERE id = $1 -- ; no end
  AND b = $2;
/* calls: 5 */ SELECT 2;;
CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
-- params: {"not": "a list"}
-- calls: many
DELETE FROM t /* route='x' */`;
  const found = splitStatements(sql, LEXIS);
  assert.deepEqual(
    found.map(({ calls }) => calls),
    [100, 5, 1, 1],
  );
  assert.match(found[0]!.text, /^SELECT ';' AS "a;b".*AND b = \$2$/s);
  assert.deepEqual(found[0]!.params, [
    [7, "it's"],
    [8, null],
  ]);
  assert.equal(found[0]!.endpoint, 'GET /orders/:id');
  assert.equal(found[1]!.text, 'SELECT 2');
  assert.match(found[2]!.text, /\(SELECT 1; SELECT 2\)$/);
  assert.equal(found[3]!.text, "DELETE FROM t /* route='x' */");
  assert.deepEqual(found[3]!.params, []);
});

test('hostile and broken texts give statements or none, quickly', () => {
  for (const text of [
    '',
    ';;;',
    "'",
    '$$',
    '/*',
    '(((;',
    '"',
    '\\',
    '--',
    `SELECT ${'('.repeat(100_000)}`,
    "';".repeat(50_000),
    '/*'.repeat(50_000),
  ]) {
    const startedAt = performance.now();
    splitStatements(text, LEXIS);
    assert.ok(performance.now() - startedAt < 2000, text.slice(0, 20));
  }
});

test('a file that cannot be read is a sentence', async () => {
  assert.match((await readStatements('/no/such/file.sql', LEXIS)) as string, /cannot be read: ENOENT/);
  assert.match((await readStatements('/tmp', LEXIS)) as string, /is no file|EISDIR/);
});
