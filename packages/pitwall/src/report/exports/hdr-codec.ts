import { deflateSync } from 'node:zlib';
import type { HistogramSnapshot } from '../../model/observation.ts';

/**
 * HdrHistogram's compressed V2 encoding, as its Java, C, Python, Go and JavaScript implementations read it. The layout of
 * stats/histogram.ts is that of an HdrHistogram with 3 significant figures from 1 ns on, so that every bucket keeps its index.
 * Source: AbstractHistogram.encodeIntoCompressedByteBuffer and ZigZagEncoding of https://github.com/HdrHistogram/HdrHistogram
 */
const V2_COOKIE = 0x1c849303;
const V2_COMPRESSED_COOKIE = 0x1c849304;
/** Part of both cookies: the counts are of variable length. */
const VARIABLE = 0x10;
const HEADER_BYTES = 40;
const SIGNIFICANT_DIGITS = 3;
const LOWEST = 1n;
/** The highest value that stats/histogram.ts can hold, in nanoseconds. */
const HIGHEST = 2n ** 42n - 1n;
const BUCKETS = 33 * 1024;
/** Counts above are not whole numbers any more once they are doubled. */
const MOST = 2 ** 52;

/** A signed whole number as ZigZag LEB128, least significant seven bits first. */
function zigZag(value: number, into: number[]): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 128) {
    into.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  into.push(rest);
}

/** Counts in the order of their buckets; a run of empty ones is its negative length. */
function payload({ buckets }: HistogramSnapshot): Uint8Array {
  const bytes: number[] = [];
  let next = 0;
  for (const [index, count] of buckets) {
    if (!Number.isInteger(index) || index < next || index >= BUCKETS || !(count > 0) || count > MOST) continue;
    const empty = index - next;
    if (empty > 0) zigZag(empty === 1 ? 0 : -empty, bytes);
    zigZag(Math.round(count), bytes);
    next = index + 1;
  }
  return Uint8Array.from(bytes);
}

/**
 * A histogram of nanoseconds in base64, as it stands in a line of a V2 log. Buckets have to ascend; those out of order or range
 * are left out.
 */
export function encodeHistogram(snapshot: HistogramSnapshot): string {
  const counts = payload(snapshot);
  const plain = Buffer.alloc(HEADER_BYTES + counts.length);
  plain.writeInt32BE(V2_COOKIE | VARIABLE, 0);
  plain.writeInt32BE(counts.length, 4);
  plain.writeInt32BE(0, 8); // normalizing index offset: none
  plain.writeInt32BE(SIGNIFICANT_DIGITS, 12);
  plain.writeBigInt64BE(LOWEST, 16);
  plain.writeBigInt64BE(HIGHEST, 24);
  plain.writeDoubleBE(1, 32); // integer to double conversion ratio
  plain.set(counts, HEADER_BYTES);
  const compressed = deflateSync(plain);
  const head = Buffer.alloc(8);
  head.writeInt32BE(V2_COMPRESSED_COOKIE | VARIABLE, 0);
  head.writeInt32BE(compressed.length, 4);
  return Buffer.concat([head, compressed]).toString('base64');
}
