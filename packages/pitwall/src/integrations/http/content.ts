import { promisify } from 'node:util';
import { brotliDecompress, gunzip, gzip, inflate, zstdDecompress } from 'node:zlib';
import { BODY_LIMIT } from './exchange.ts';

/** Bytes of which the gzipped size is measured; the ratio hardly changes beyond. */
const GZIP_LIMIT = 4 * 1024 * 1024;
/** nginx's default `gzip_comp_level`: the least that switching compression on gives. */
const GZIP_LEVEL = 1;

type Decode = (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
  zstd: promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress),
};
const compress = promisify<Buffer, { level: number }, Buffer>(gzip);

export interface ContentSize {
  /** Bytes after decompression; null when the body was too long to keep or could not be decompressed. */
  readonly decodedBytes: number | null;
  /** What gzip makes of the (first 4 MiB of the) body; null when the server compressed it or there is none. */
  readonly gzip: { readonly inputBytes: number; readonly outputBytes: number } | null;
  /** Why there is no decoded size. */
  readonly because?: string;
}

/** Sizes of a response body as transferred with this Content-Encoding. Bounded: a bomb gives null, not its contents. */
export async function measureContent(body: Buffer | null, encoding: string): Promise<ContentSize> {
  if (body === null) return { decodedBytes: null, gzip: null, because: 'the body is too long to be examined' };
  const coding = encoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity') {
    if (body.length === 0) return { decodedBytes: 0, gzip: null };
    const input = body.subarray(0, GZIP_LIMIT);
    const output = await compress(input, { level: GZIP_LEVEL });
    return { decodedBytes: body.length, gzip: { inputBytes: input.length, outputBytes: output.length } };
  }
  const decode = DECODERS[coding];
  if (!decode) return { decodedBytes: null, gzip: null, because: `its Content-Encoding ${coding} is unknown here` };
  // A response to HEAD has the header without the body.
  if (body.length === 0) return { decodedBytes: null, gzip: null };
  try {
    const decoded = await decode(body, { maxOutputLength: BODY_LIMIT });
    return { decodedBytes: decoded.length, gzip: null };
  } catch {
    return { decodedBytes: null, gzip: null, because: `the body is not valid ${coding}, or is huge once decompressed` };
  }
}
