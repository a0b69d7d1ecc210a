import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Redactor } from './redact.ts';

describe('Redactor', () => {
  it('blanks out every occurrence, the longest secret first', () => {
    const redactor = new Redactor();
    redactor.add('pass');
    redactor.add('password1');
    assert.equal(redactor.redact('password1 pass password1'), '‹redacted› ‹redacted› ‹redacted›');
  });

  it('knows a secret as it looks in JSON, HTML and a URL', () => {
    const redactor = new Redactor();
    const secret = 'a"b<c>&/d\n';
    redactor.add(secret);
    for (const text of [
      JSON.stringify({ secret }),
      `?t=${encodeURIComponent(secret)}`,
      'x a&quot;b&lt;c&gt;&amp;/d\n',
      secret.trim(),
    ]) {
      assert.match(redactor.redact(text), /‹redacted›/);
      assert.doesNotMatch(redactor.redact(text), /b<c|b%3Cc|b&lt;c/);
    }
  });

  it('leaves text alone without secrets, or with ones too short to be told from words', () => {
    const redactor = new Redactor();
    redactor.add('abc');
    redactor.add('');
    redactor.add('   \n ');
    assert.equal(redactor.redact('abc    \n def'), 'abc    \n def');
  });

  it('takes characters of expressions and replacements literally', () => {
    const redactor = new Redactor();
    redactor.add('.*$&');
    assert.equal(redactor.redact('abcd .*$&'), 'abcd ‹redacted›');
  });

  it('redacts plain data without changing what is not text', () => {
    const redactor = new Redactor();
    redactor.add('hunter22');
    const data = { n: 1, b: true, z: null, list: ['x hunter22'], nested: { hunter22: 'y' } };
    assert.deepEqual(redactor.redactData(data), {
      n: 1,
      b: true,
      z: null,
      list: ['x ‹redacted›'],
      nested: { '‹redacted›': 'y' },
    });
    assert.deepEqual(data.list, ['x hunter22']);
  });
});
