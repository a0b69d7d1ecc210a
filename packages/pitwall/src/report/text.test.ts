import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clean, cleanLines, cleanProse, cutEnd, cutMiddle, displayWidth, pad, wrap } from './text.ts';

describe('text for people', () => {
  it('loses what could write to a terminal, reorder or hide', () => {
    assert.equal(clean('a\u001b]0;owned\u0007b'), 'a ]0;owned b');
    assert.equal(clean('abc\u202edcba\u2066x\u200b\ufeff'), 'abcdcbax');
    assert.equal(clean('line\r\nother\u2028third'), 'line other third');
    assert.equal(clean('\ud800lone'), '\ufffdlone');
    assert.equal(clean('\u009b31m'), '31m');
    assert.equal(clean('x'.repeat(1_000)).length, 300);
    assert.equal(cleanProse('a\u001b[31m\n\u202eb').trim(), 'a [31m b');
    assert.equal(cleanProse('x '.repeat(500)).length, 999);
    assert.equal(cleanProse('x'.repeat(3_000)).length, 2_000);
  });

  it('keeps the lines and the indentation of code', () => {
    assert.deepEqual(cleanLines('a:\n\tb\u001b[0m\r\n\n'), ['a:', '  b [0m']);
  });

  it('measures cells, not characters', () => {
    assert.equal(displayWidth('plain'), 5);
    assert.equal(displayWidth('µs → ×…'), 7);
    assert.equal(displayWidth('自動販売機'), 10);
    assert.equal(displayWidth('e\u0301'), 1);
    assert.equal(displayWidth('👩‍🚀'), 2);
  });

  it('cuts to cells, at a whole character', () => {
    assert.equal(cutMiddle('GET /api/orders', 15), 'GET /api/orders');
    assert.equal(cutMiddle('GET /api/orders', 9), 'GET …ders');
    assert.equal(displayWidth(cutMiddle('自動販売機自動販売機', 8)) <= 8, true);
    assert.equal(cutMiddle('👩‍🚀👩‍🚀👩‍🚀', 5), '👩‍🚀…👩‍🚀');
    assert.equal(cutEnd('a sentence', 8), 'a sente…');
  });

  it('pads and wraps', () => {
    assert.equal(pad('é', 3, 'right'), '  é');
    assert.equal(pad('自', 3, 'left'), '自 ');
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl']);
    assert.deepEqual(wrap('takes 84.1 ms now', 12), ['takes', '84.1 ms now']);
    assert.deepEqual(wrap('', 4), []);
  });
});
