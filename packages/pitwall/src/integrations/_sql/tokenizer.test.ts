import assert from 'node:assert/strict';
import test from 'node:test';
import { countStatements, tokenize } from './tokenizer.ts';

const kinds = (sql: string) => tokenize(sql).map((token) => `${token.kind}:${token.value}`);

test('reads names, values and parameters of every kind', () => {
  assert.deepEqual(kinds('SELECT "a""b", `c`, [d e] FROM Tåble'), [
    'word:select',
    'quoted:a"b',
    'operator:,',
    'quoted:c',
    'operator:,',
    'quoted:d e',
    'word:from',
    'word:tåble',
  ]);
  assert.deepEqual(kinds("'it''s' x'0aFF' 1.5e-3 0x1F .5 1_000"), [
    "string:'it''s'",
    "blob:x'0aFF'",
    'number:1.5e-3',
    'number:0x1F',
    'number:.5',
    'number:1_000',
  ]);
  assert.deepEqual(kinds('? ?12 :name @name $name $ns::x(y)'), [
    'parameter:?',
    'parameter:?12',
    'parameter::name',
    'parameter:@name',
    'parameter:$name',
    'parameter:$ns::x(y)',
  ]);
  assert.deepEqual(kinds('a<>b->>c||d<=e'), [
    'word:a',
    'operator:<>',
    'word:b',
    'operator:->>',
    'word:c',
    'operator:||',
    'word:d',
    'operator:<=',
    'word:e',
  ]);
});

test('leaves out comments, also an unclosed one, and never fails on garbage', () => {
  assert.deepEqual(kinds('a -- ; b\n/* ; */ c /* open'), ['word:a', 'word:c']);
  assert.deepEqual(kinds("\\ 'open"), ['unknown:\\', "unknown:'", 'word:open']);
  assert.deepEqual(kinds('\u{1f600}x'), ['word:\u{1f600}x']);
});

test('counts statements by what SQLite would run', () => {
  assert.equal(countStatements(''), 0);
  assert.equal(countStatements(' ; -- nothing\n;'), 0);
  assert.equal(countStatements("SELECT ';' ; "), 1);
  assert.equal(countStatements('SELECT ";" /* ; */; -- ;'), 1);
  assert.equal(countStatements('SELECT 1; DELETE FROM t'), 2);
});
