import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extraction, ResponseSource } from '../../model/scenario.ts';
import type { Answer } from './answer.ts';
import { compileExtraction, extractAll } from './extract.ts';
import { jsonPathCompiler } from './json-path.ts';
import { answer } from './testing.ts';

const jsonPath = await jsonPathCompiler();
const find = (source: ResponseSource, from: Answer) => compileExtraction({ ...source, as: 'x' }, jsonPath).find(from);

describe('jsonpath', () => {
  const body = {
    items: [{ id: 7, name: 'é"' }, { id: 8 }],
    none: null,
    yes: true,
    big: { a: [1] },
    'a b': 'c',
    empty: '',
  };
  const cases: Readonly<Record<string, string | null>> = {
    '$.items[0].id': '7',
    '$.items[-1].id': '8',
    '$.items[*].id': '7',
    '$.items[?@.id > 7].id': '8',
    '$.items[0].name': 'é"',
    "$['a b']": 'c',
    '$.yes': 'true',
    '$.big': '{"a":[1]}',
    '$.empty': '',
    '$..a[0]': '1',
    '$.none': null,
    '$.missing': null,
    '$.items[9]': null,
    '$.__proto__': null,
    '$.items.length': null,
  };
  for (const [path, expected] of Object.entries(cases)) {
    it(path, () => assert.equal(find({ from: 'jsonpath', path }, answer(body)), expected));
  }

  it('keeps ids that a number cannot hold', () => {
    const text =
      '{"id": 12345678901234567890, "neg": -9007199254740993, "f": 0.12345678901234566, "ok": 9007199254740991}';
    const of = (path: string) => find({ from: 'jsonpath', path }, answer(text));
    assert.equal(of('$.id'), '12345678901234567890');
    assert.equal(of('$.neg'), '-9007199254740993');
    assert.equal(of('$.ok'), '9007199254740991');
    assert.equal(of('$.f'), '0.12345678901234566');
  });

  it('finds nothing in what is not JSON, is cut off, or is nested beyond reason', () => {
    for (const body of [
      '',
      '<html>',
      '{"a":1',
      `${'['.repeat(500_000)}`,
      `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
    ]) {
      assert.equal(find({ from: 'jsonpath', path: '$..id' }, answer(body)), null);
    }
  });

  it('gives up on regular expressions inside a path that take for ever', () => {
    const path = "$[?search(@.a, '(a+)+b')]";
    assert.equal(find({ from: 'jsonpath', path }, answer([{ a: 'a'.repeat(5000) }])), null);
  });
});

describe('regex, header, cookie', () => {
  it('a group, or the whole match; a group that did not take part is nothing', () => {
    const html = answer('<a href="/x?id=1">é</a><a href="/x?id=2">');
    assert.equal(find({ from: 'regex', pattern: 'id=(\\d+)', group: 1 }, html), '1');
    assert.equal(find({ from: 'regex', pattern: 'id=(\\d+)', group: 0 }, html), 'id=1');
    assert.equal(find({ from: 'regex', pattern: '>(.)<', group: 1 }, html), 'é');
    assert.equal(find({ from: 'regex', pattern: 'a|(zzz)', group: 1 }, html), null);
  });

  it('the first header of that name in any case', () => {
    const from = answer('', {
      headers: [
        ['x-id', 'a'],
        ['location', '/b'],
        ['x-id', 'c'],
      ],
    });
    assert.equal(find({ from: 'header', name: 'X-Id' }, from), 'a');
    assert.equal(find({ from: 'header', name: 'Location' }, from), '/b');
    assert.equal(find({ from: 'header', name: 'none' }, from), null);
  });

  it('the last cookie of that name that is set', () => {
    const headers = [
      ['set-cookie', 'a=1; path=/'],
      ['set-cookie', 'b="2"'],
      ['set-cookie', 'a=3'],
    ] as const;
    assert.equal(find({ from: 'cookie', name: 'a' }, answer('', { headers })), '3');
    assert.equal(find({ from: 'cookie', name: 'b' }, answer('', { headers })), '"2"');
    assert.equal(find({ from: 'cookie', name: 'A' }, answer('', { headers })), null);
  });

  it('nothing that is too long to be a value', () => {
    const pattern = { from: 'regex', pattern: '[^]+', group: 0 } as const;
    assert.equal(find(pattern, answer('x'.repeat(64 * 1024)))?.length, 64 * 1024);
    assert.equal(find(pattern, answer('x'.repeat(64 * 1024 + 1))), null);
  });
});

describe('extractAll', () => {
  const extractors = (...extractions: readonly Extraction[]) =>
    extractions.map((each) => compileExtraction(each, jsonPath));

  it('writes what is found, and the fallback where nothing is', () => {
    const values = Object.create(null) as Record<string, string>;
    const both = extractors(
      { as: 'id', from: 'jsonpath', path: '$.id' },
      { as: '__proto__', from: 'jsonpath', path: '$.none', fallback: 'f' },
    );
    assert.equal(extractAll(both, answer({ id: 1 }), values), null);
    assert.deepEqual({ ...values }, { id: '1', ['__proto__']: 'f' });
  });

  it('says which one found nothing, and that the body was cut', () => {
    const one = extractors({ as: 'id', from: 'jsonpath', path: '$.id' });
    assert.equal(extractAll(one, answer({}), {}), 'there is no $.id for {{id}}');
    assert.equal(
      extractAll(one, answer('{', { truncated: true }), {}),
      'there is no $.id for {{id}} in the part of the body that is kept',
    );
  });
});
