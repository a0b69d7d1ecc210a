import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../errors.ts';
import { readDocument } from './document.ts';

const refused = (text: string): readonly string[] => {
  try {
    readDocument(text, 'f.yaml');
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, 'CONFIG_SYNTAX');
    return [error.message, ...error.also];
  }
  return [];
};

describe('readDocument', () => {
  it('reads plain data with positions of keys and values', () => {
    const { value, locate } = readDocument('a:\n  b: [x, 1.5, true, null, ~]\n"c d": 0x1f\n7: yes\n', 'f.yaml');
    assert.deepEqual(value, { a: { b: ['x', 1.5, true, null, null] }, 'c d': 31, '7': 'yes' });
    assert.deepEqual(locate(['a', 'b', 1], 'value'), { line: 2, column: 10 });
    assert.deepEqual(locate(['a', 'b'], 'key'), { line: 2, column: 3 });
    assert.deepEqual(locate(['a', 'missing', 'deep'], 'value'), { line: 1, column: 1 });
  });

  it('follows anchors and aliases', () => {
    assert.deepEqual(readDocument('a: &x [1]\nb: *x\n', 'f.yaml').value, { a: [1], b: [1] });
  });

  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a key twice': ['a: 1\na: 2\n', /^f\.yaml:2:1: not valid YAML: this key is there twice\.$/],
    'a tab for indentation': ['a:\n\tb: 1\n', /^f\.yaml:2:1: .*a tab is used/],
    'an unclosed quote': ['a: "x\n', /missing closing "quote/],
    'two documents': ['a: 1\n---\nb: 2\n', /^f\.yaml:2:1: .*a second document/],
    'an alias without its anchor': ['a: *x\n', /^f\.yaml:1:4: .*no anchor &x/],
    'an alias of itself': ['a: &x [*x]\n', /nested more than 50 deep|no anchor/],
    'a tag': ['a: !js/function x\n', /unresolved tag/],
    'a merge key': ['a: &x { k: 1 }\nb:\n  <<: *x\n', /^f\.yaml:3:3: .*merge keys/],
    'a key that is a list': ['? [1]\n: 2\n', /a key has to be plain text/],
    'a key that would reach into the prototype': ['__proto__: { x: 1 }\n', /cannot be a key/],
    'something that is not YAML': ['{"a": 1,, }}}', /not valid YAML/],
  };
  for (const [what, [text, words]] of Object.entries(cases)) {
    it(`refuses ${what}`, () => assert.match(refused(text)[0] ?? 'it was accepted', words));
  }

  it('refuses an alias bomb without unfolding it', () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`,
    );
    assert.match(refused(`l0: &l0 [x]\n${levels.join('\n')}\n`)[0]!, /more than 20000 values/);
  });

  it('refuses nesting that would exhaust the stack', () => {
    for (const text of ['['.repeat(5000), '- '.repeat(5000), `${'[1,'.repeat(60)}1${']'.repeat(60)}`]) {
      assert.match(refused(text)[0] ?? 'it was accepted', /nested/);
    }
  });

  it('says once where the text went wrong, and not what follows from it', () => {
    const [first, ...more] = refused('- { extract: { id: $.items[0].id } }\n- { get: / }\n');
    assert.match(first!, /:1:27: not valid YAML: a bracket where .* text with \[ \] \{ \} in it has to be quoted\.$/);
    assert.deepEqual(more, []);
    assert.match(refused('a: b: c\n')[0]!, /not valid YAML/);
    assert.equal(refused('a: "x\n').length, 1);
  });

  it('names every error of a file, up to twenty', () => {
    assert.equal(refused('a: 1\na: 2\nb: 1\nb: 2\n').length, 2);
    assert.equal(refused(Array.from({ length: 50 }, () => 'a: 1\n').join('')).length, 20);
  });
});
