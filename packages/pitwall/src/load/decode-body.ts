import zlib from 'node:zlib';
import { MAX_CAPTURE } from './channel.ts';

/** Encodings of encodings: more than two are never meant well. */
const MAX_LAYERS = 2;

export interface DecodedBody {
  /** At most MAX_CAPTURE bytes. */
  readonly body: Uint8Array;
  readonly truncated: boolean;
}

/**
 * Takes the content encodings (`Content-Encoding`, as written) off a body. `cut`: its end is missing. What cannot be decoded is
 * handed back as it came. A small body that unfolds to a huge one is given up on: what is left of it may be nothing.
 */
export function decodeBody(bytes: Uint8Array, encodings: string, cut: boolean): DecodedBody {
  const layers = encodings
    .toLowerCase()
    .split(',')
    .map((layer) => layer.trim())
    .filter((layer) => layer !== '' && layer !== 'identity');
  let decoded: DecodedBody = { body: bytes, truncated: cut };
  if (layers.length <= MAX_LAYERS) {
    for (const layer of layers.reverse()) {
      const next = decodeLayer(decoded, layer);
      if (next === null) break;
      decoded = next;
    }
  }
  const { body } = decoded;
  return body.length <= MAX_CAPTURE ? decoded : { body: body.subarray(0, MAX_CAPTURE), truncated: true };
}

function decodeLayer({ body, truncated }: DecodedBody, encoding: string): DecodedBody | null {
  const decode = DECODERS[encoding];
  if (decode === undefined) return null;
  if (body.length === 0) return { body, truncated };
  let input = body;
  let cut = truncated;
  for (;;) {
    try {
      return { body: decode(input), truncated: cut };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
      // The beginning of what is compressed gives the beginning of the body.
      input = input.subarray(0, input.length >> 1);
      cut = true;
    }
  }
}

const { BROTLI_OPERATION_FLUSH, ZSTD_e_flush, Z_SYNC_FLUSH } = zlib.constants;
/** More than is kept, so that the beginning of a body that is not absurd is kept exactly. */
const limit = { maxOutputLength: 8 * MAX_CAPTURE };
/** Flushing instead of finishing: a body without its end gives what it has. */
const sync = { ...limit, finishFlush: Z_SYNC_FLUSH };

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => zlib.gunzipSync(bytes, sync),
  'x-gzip': (bytes) => zlib.gunzipSync(bytes, sync),
  // RFC 9110 §8.4.1.2 means the zlib format; some servers send the bare stream.
  deflate: (bytes) => ((bytes[0]! & 0x0f) === 8 ? zlib.inflateSync(bytes, sync) : zlib.inflateRawSync(bytes, sync)),
  br: (bytes) => zlib.brotliDecompressSync(bytes, { ...limit, finishFlush: BROTLI_OPERATION_FLUSH }),
  zstd: (bytes) => zlib.zstdDecompressSync(bytes, { ...limit, finishFlush: ZSTD_e_flush }),
};
