import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../../errors.ts';
import { fingerprint } from './fingerprint.ts';
import { type Grammar, loadGrammar, makeGrammar } from './load.ts';
import { normalise } from './normalise.ts';
import { safetyOf } from './safety.ts';
import { testSchema } from './testing.ts';
import { understand } from './understand.ts';

const grammar = await loadGrammar();
const schema = testSchema({ t: ['a integer', 'b text'], u: ['a integer', 'c jsonb'] });

function everything(text: string, by: Grammar = grammar): string | null {
  fingerprint(by, text);
  normalise(by, text);
  safetyOf(by, text);
  return understand(by, text, schema).notUnderstood;
}

/** What the parser does with a plain statement: it must do so after whatever came before. */
function assertWorks(): void {
  assert.equal(fingerprint(grammar, 'SELECT * FROM a WHERE x = 1').id, '8a336e6955a3914f');
}

test('texts that are not understood say why, and the next one is', () => {
  const list = Array.from({ length: 10_000 }, (_, i) => `'value ${i}'`).join(', ');
  for (const [text, expected] of [
    ['SELECT * FROM t WHERE', /end of input/],
    ["SELECT * FROM t WHERE b = 'secret", /^(?!.*secret).*unterminated/],
    ['SELECT 1 \0 FROM t', /NUL/],
    ['SELEC \ufffd\ufffd FROM', /syntax error/],
    ['SELECT \ud800', /^the grammar|^null/],
    ['   ', /no statement/],
    [`SELECT * FROM t WHERE a IN (${list})`, /null/],
    [`SELECT * FROM t WHERE b = '${'x'.repeat(1_048_576)}'`, /null/],
    [`INSERT INTO t VALUES ${Array.from({ length: 30_000 }, (_, i) => `(${i}, now(), 'a(b)''c')`).join(', ')}`, /null/],
    [`SELECT ${Array.from({ length: 60_000 }, (_, i) => `col${i}`).join(', ')} FROM t`, /longer than 256 KiB/],
    ['x'.repeat(9_000_000), /longer/],
    [`SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, /nested/],
    [`SELECT 1${'+1'.repeat(5000)}`, /nested/],
    [`SELECT * FROM t WHERE ${'NOT '.repeat(3000)}a`, /nested/],
    [`SELECT ${'(SELECT '.repeat(1000)}1${')'.repeat(1000)}`, /nested/],
    [`SELECT a${' ISNULL'.repeat(5000)} FROM t`, /nested/],
    [`SELECT 1${' UNION ALL SELECT a FROM t WHERE a = 1'.repeat(300)}`, /null/],
    [`SELECT 1 FROM t WHERE a = 1${' OR a = 1'.repeat(3000)}`, /null/],
  ] as const) {
    assert.match(String(everything(text)), expected, text.slice(0, 60));
    assertWorks();
  }
});

test('mutated statements never throw, hang or disturb the next one', () => {
  const seeds = [
    "SELECT o.a, lower(b) FROM t AS o JOIN u USING (a) WHERE o.b LIKE 'x%' AND u.c->>'k' = $1 ORDER BY 1 DESC LIMIT 5",
    'WITH RECURSIVE x(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM x) SELECT * FROM x, t WHERE t.a = n FOR UPDATE',
    "INSERT INTO t (a, b) VALUES (1, 'it''s'), (2, $tag$ x $tag$) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING *",
    'MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)',
    "SELECT CASE WHEN a IN (1, 2) THEN -1.5e3 END, E'\\'', U&\"d\\0061\", array[1]::int[] /* a /* b */ */ FROM t -- c",
  ];
  const pieces = [
    '(',
    ')',
    "'",
    '"',
    '$$',
    '/*',
    '*/',
    '--',
    ';',
    ',',
    ' SELECT ',
    ' FROM ',
    ' NOT ',
    '\\',
    '$1',
    '\0',
    '\u{1f600}',
    '::',
    '.',
    '*',
    '%',
    '\ud800',
    ' AND ',
    '[',
    "E'",
  ];
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const until = performance.now() + 4000;
  let rounds = 0;
  for (; rounds < 1500 && performance.now() < until; rounds++) {
    let text = seeds[random(seeds.length)]!;
    for (let i = 0; i <= random(4); i++) {
      const at = random(text.length + 1);
      const what = random(3);
      if (what === 0) text = text.slice(0, at) + pieces[random(pieces.length)]! + text.slice(at);
      else if (what === 1) text = text.slice(0, at) + text.slice(at + random(12));
      else text = text.slice(0, at) + text.slice(random(text.length + 1));
    }
    assert.doesNotThrow(() => everything(text), JSON.stringify(text));
  }
  assert.ok(rounds > 100, `only ${rounds} in time`);
  assertWorks();
});

test('a parser that breaks is replaced, and says so until then', async () => {
  let loads = 0;
  const broken = {
    fingerprintSync: () => {
      throw new WebAssembly.RuntimeError('memory access out of bounds');
    },
    parseSync: () => {
      throw new RangeError('Maximum call stack size exceeded');
    },
    normalizeSync: () => '',
  };
  const { createRequire } = await import('node:module');
  const whole = createRequire(import.meta.url)('libpg-query');
  const breaking = await makeGrammar(async (again) => {
    loads++;
    return (again ? whole : broken) as typeof import('libpg-query');
  });
  assert.match(understand(breaking, 'SELECT 1', schema).notUnderstood!, /the parser failed: Maximum call stack/);
  assert.match(understand(breaking, 'SELECT 1', schema).notUnderstood!, /started again/);
  assert.equal(fingerprint(breaking, 'SELECT 1').known, false);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(understand(breaking, 'SELECT 1', schema).notUnderstood, null);
  assert.equal(loads, 2);
});

test('without the package it says what to install', async () => {
  const missing = Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
  await assert.rejects(
    makeGrammar(() => Promise.reject(missing)),
    (error) => {
      assert.ok(error instanceof PitwallError);
      assert.equal(error.code, 'POSTGRESQL_PARSER_MISSING');
      assert.match(error.hint, /npm install libpg-query/);
      return true;
    },
  );
});
