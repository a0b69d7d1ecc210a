import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Duplex, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** A longer line is not one of an access log: servers limit a request's head to 8–64 KiB. */
const LONGEST_LINE = 128 * 1024;

export interface LineCounts {
  /** Lines that were given out. */
  lines: number;
  /** Lines that were too long, and skipped. */
  tooLong: number;
}

/**
 * Gives each line of a file to `take`, in constant memory whatever its size; gzip and zstd (by their first bytes, not by the
 * name) are unpacked on the way. `take` returns false to stop. Text is read as UTF-8; what is not becomes U+FFFD. `start`: the
 * byte to begin at, in files that are not packed.
 * @throws whatever opening, reading or unpacking throws, and the reason of the signal
 */
export async function readLines(
  file: string,
  take: (line: string) => boolean | undefined,
  signal?: AbortSignal,
  start = 0,
): Promise<LineCounts> {
  const counts: LineCounts = { lines: 0, tooLong: 0 };
  const enough = new AbortController();
  const splitter = new Splitter((line) => {
    counts.lines++;
    if (take(line) === false) enough.abort();
    return !enough.signal.aborted;
  }, counts);
  const unpack = start > 0 ? null : await unpackerOf(file);
  const signals = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal;
  const source = createReadStream(file, { start, highWaterMark: 256 * 1024 });
  try {
    if (unpack) await pipeline(source, unpack, splitter, { signal: signals });
    else await pipeline(source, splitter, { signal: signals });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!enough.signal.aborted) throw error;
  }
  return counts;
}

async function unpackerOf(file: string): Promise<Duplex | null> {
  const handle = await open(file);
  try {
    const head = new Uint8Array(4);
    await handle.read(head, 0, 4, 0);
    if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip();
    if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return createZstdDecompress();
    return null;
  } finally {
    await handle.close();
  }
}

/** Cuts bytes into lines. */
class Splitter extends Writable {
  readonly #take: (line: string) => boolean;
  readonly #counts: LineCounts;
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';
  #skipping = false;

  constructor(take: (line: string) => boolean, counts: LineCounts) {
    super({ decodeStrings: true });
    this.#take = take;
    this.#counts = counts;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#split(this.#rest + this.#decoder.decode(chunk, { stream: true }));
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#split(`${this.#rest}${this.#decoder.decode()}\n`);
    done();
  }

  #split(text: string): void {
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end < 0) break;
      const line = text.slice(from, text[end - 1] === '\r' ? end - 1 : end);
      from = end + 1;
      if (this.#skipping) this.#skipping = false;
      else if (line.length > LONGEST_LINE) this.#counts.tooLong++;
      else if (line !== '' && !this.#take(line)) return;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length > LONGEST_LINE) {
      if (!this.#skipping) this.#counts.tooLong++;
      this.#skipping = true;
      this.#rest = '';
    }
  }
}
