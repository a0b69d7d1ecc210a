import assert from 'node:assert/strict';
import test from 'node:test';
import { sharedPostgresql } from '../../../../test/support/postgresql.ts';
import { loadGrammar } from './load.ts';
import { type SchemaTable, schemaOf } from './schema.ts';
import { understand } from './understand.ts';

/** Without the choice of reading everything, the planner takes an index wherever one serves. */
const postgresql = sharedPostgresql({ settings: { enable_seqscan: 'off' } });

const TABLE = `CREATE TABLE t (id bigint, a text, v varchar(20), c char(3), n numeric(10,2), i integer, f double precision, b boolean,
  j jsonb, js json, at timestamp, tz timestamptz, d date, u uuid, "Mixed" text, "order" text)`;

/** Conditions with an expression that the reader takes to be immutable. */
const CONDITIONS = [
  "lower(a) = 'x'",
  "upper(v) = 'x'",
  `lower("Mixed" || "order") = 'x'`,
  "substring(a from 2 for 3) = 'x'",
  "substr(a, 1, 2) = 'x'",
  "trim(a) = 'x'",
  "split_part(a, '@', 2) = 'x'",
  "replace(a, '\\', '') = 'x'",
  'length(a) = 3',
  "position('x' in a) = 3",
  "md5(a) = 'x'",
  'abs(i) = 1',
  'round(n, 1) = 1',
  'floor(f) = 1',
  'i + id = 5',
  'n * 2 < 5',
  '-i = 5',
  'i % 7 = 1',
  "j ->> 'k' = 'x'",
  "j -> 'a' ->> 'b' = 'x'",
  "j #>> '{a,b}' = 'x'",
  "js ->> 'k' = 'x'",
  "(j ->> 'k')::integer = 5",
  "(j ->> 'k')::numeric(10,2) = 5",
  "jsonb_extract_path_text(j, 'a', 'b') = 'x'",
  "jsonb_typeof(j) = 'x'",
  "date_trunc('day', at) = '2024-01-01'",
  "date_trunc('month', tz AT TIME ZONE 'UTC') = '2024-01-01'",
  'extract(year from at) = 2024',
  "date_part('month', d) = 1",
  "at::date = '2024-01-01'",
  "(tz AT TIME ZONE 'Europe/Berlin')::date = '2024-01-01'",
  "d::timestamp = '2024-01-01'",
  "i::text = '5'",
  "u::text = 'x'",
  'a::integer = 5',
  "a::uuid = '00000000-0000-0000-0000-000000000000'",
  "v::text || a = 'x'",
  "coalesce(a, 'x') = 'y'",
  'coalesce(i, 0) = 5',
  "nullif(a, '') = 'y'",
  'greatest(i, 3) = 5',
  'b::integer = 1',
];

test('expressions are DDL that the server takes, and finds rows by', { skip: postgresql.skip }, async () => {
  const { server } = postgresql;
  const url = await server.createDatabase();
  const database = new URL(url).pathname.slice(1);
  const query = <Row extends object>(text: string) => server.query<Row & Record<string, unknown>>(text, [], database);
  await query(TABLE);
  const columns = await query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0`,
  );
  const table: SchemaTable = { id: 't', schema: 'public', name: 't', columns };
  const grammar = await loadGrammar();
  for (const condition of CONDITIONS) {
    const { uses } = understand(grammar, `SELECT 1 FROM t WHERE ${condition}`, schemaOf([table]));
    const [key] = [...uses[0]!.equality, ...uses[0]!.ranges];
    assert.ok(key?.expression, `no role for ${condition}`);
    await query(`CREATE INDEX one ON t (${key.expression})`);
    const plan = await query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT 1 FROM t WHERE ${condition}`);
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    assert.match(text, /Index Cond/, `${condition}: ${key.expression}\n${text}`);
    await query('DROP INDEX one');
  }
  const { uses } = understand(
    grammar,
    `SELECT 1 FROM t WHERE b AND NOT b AND a = 'it''s\\' AND v IN ('x', 'y') AND n > 5.5 AND i <> -3 AND d IS NOT NULL
     AND lower("order") = 'x' AND u IS NULL AND "Mixed" NOT IN ('a') AND a = 'x'::varchar(5) AND a COLLATE "C" = 'b'`,
    schemaOf([table]),
  );
  const predicates = uses[0]!.constants.map(({ predicate }) => predicate);
  assert.ok(predicates.length >= 12, predicates.join('\n'));
  for (const predicate of predicates) await query(`CREATE INDEX ON t (id) WHERE ${predicate}`);
});
