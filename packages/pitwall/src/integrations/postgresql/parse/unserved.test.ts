import assert from 'node:assert/strict';
import test from 'node:test';
import { loadGrammar } from './load.ts';
import { testSchema } from './testing.ts';
import { understand } from './understand.ts';

const grammar = await loadGrammar();
const schema = testSchema({
  orders: [
    'id bigint',
    'status text',
    'title text',
    'created_at timestamp with time zone',
    'at timestamp without time zone',
    'payload jsonb',
    'tags text[]',
    'during tstzrange',
    'total numeric',
  ],
});
const unserved = (where: string) =>
  understand(grammar, `SELECT id FROM orders WHERE ${where}`, schema).uses.flatMap((use) => use.unserved ?? []);

/** Each with the words that only its own reason has. */
for (const [where, said] of [
  ["created_at::date = '2026-01-05'", /created_at inside a cast to date.*range .*created_at >= d.*AT TIME ZONE/],
  ["date_trunc('day', created_at) = $1", /created_at inside date_trunc\(\).*range/],
  ["title LIKE '%1234%'", /title for a pattern that does not begin.*pg_trgm/],
  ["title ILIKE 'secret%'", /ILIKE tells no case.*pg_trgm/],
  ['title LIKE $1', /title by LIKE with a pattern that is not known.*pg_trgm/],
  ['payload @> \'{"a": 7}\'', /payload by @>: .* a GIN index on payload could\. Pitwall does not look/],
  ["tags && ARRAY['x']", /a GIN index on tags could/],
  ['during @> now()', /a GiST index on during could/],
  ["title ~ '1234'", /regular expression \(~\).*pg_trgm/],
  ['status <> $1', /status by <>, which is not an operator that a B-tree/],
  ['status NOT IN ($1, $2)', /status by NOT IN/],
  ['total + id = $1', null],
  ['random() * total > 3', /total inside a calculation/],
  ['status = $1 OR title = $2', /alternatives \(OR\) on different columns/],
] as const) {
  test(`why no B-tree serves: ${where}`, () => {
    const found = unserved(where);
    if (said === null) return assert.deepEqual(found, []);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0]!, said);
    // Values of the text stay out.
    assert.doesNotMatch(found[0]!, /1234|secret|2026|"a"/);
  });
}

test('what an index can serve has no such reason, also beside what none can', () => {
  assert.deepEqual(unserved("status = 'a' AND created_at >= $1 AND title LIKE 'ab%' AND at::date = $2"), []);
  assert.equal(unserved("status = 'a' AND payload @> '{}'").length, 1);
});
