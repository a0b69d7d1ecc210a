import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeHistogram, encodeHistogram } from './histogram-codec.ts';

describe('histogram codec', () => {
  it('gives back what it was given', () => {
    for (const buckets of [
      [],
      [[0, 1]],
      [
        [127, 127],
        [128, 128],
        [33_791, 2 ** 52],
      ],
      [
        [5, 2 ** 31],
        [6, 16_384],
      ],
    ] as const) {
      assert.deepEqual(decodeHistogram(encodeHistogram(buckets)), buckets);
    }
  });

  it('takes two bytes for a neighbour with a small count', () => {
    assert.equal(
      encodeHistogram([
        [100, 1],
        [101, 90],
        [102, 3],
      ]).length,
      6,
    );
  });

  it('notices bytes that are cut short', () => {
    const bytes = encodeHistogram([
      [100, 1],
      [101, 300],
    ]);
    assert.throws(() => decodeHistogram(bytes.subarray(0, -1)), SyntaxError);
    assert.throws(() => decodeHistogram(bytes.subarray(0, -2)), SyntaxError);
  });
});
