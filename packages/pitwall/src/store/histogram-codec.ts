import type { SampleBucket } from '../model/store.ts';

type Buckets = NonNullable<SampleBucket['histogram']>;

/**
 * Histogram buckets as bytes: for each, the distance to the index before and the count, both as LEB128 varints. A load's
 * histogram has thousands of neighbouring buckets with small counts: 2 bytes a bucket instead of 11 as JSON.
 */
export function encodeHistogram(buckets: Buckets): Uint8Array {
  const bytes: number[] = [];
  let previous = 0;
  for (const [index, count] of buckets) {
    // Above 2^31 the bit operators would cut counts off, hence the arithmetic.
    for (let rest of [index - previous, count]) {
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
      bytes.push(rest);
    }
    previous = index;
  }
  return Uint8Array.from(bytes);
}

/** Inverse of encodeHistogram. Throws SyntaxError when the bytes are cut short: they were damaged. */
export function decodeHistogram(bytes: Uint8Array): Buckets {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte % 128) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1 || numbers.length % 2 === 1) throw new SyntaxError('histogram cut short');
  const buckets: [number, number][] = [];
  let index = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    index += numbers[i]!;
    buckets.push([index, numbers[i + 1]!]);
  }
  return buckets;
}
