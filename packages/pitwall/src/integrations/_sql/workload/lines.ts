import { createReadStream } from 'node:fs';

export interface Line {
  readonly text: string;
  /** True when it was longer, and the rest is lost. */
  readonly cut: boolean;
}

/** Longest line that is kept whole: a statement of 1 MB is one, where it has no line breaks. Bytes. */
export const LONGEST_LINE = 2 * 2 ** 20;
const NEW_LINE = 0x0a;

/**
 * Lines of a file from a byte on, one at a time: bounded memory whatever is in it. What is not UTF-8 becomes replacement
 * characters. Each line is a string of its own, so that one that is kept does not keep its neighbours.
 */
export async function* readLines(path: string, from: number, to: number, signal: AbortSignal): AsyncGenerator<Line> {
  if (to <= from) return;
  let parts: Buffer[] = [];
  let length = 0;
  let cut = false;
  const line = (): Line => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const end = bytes.length > 0 && bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    const made = { text: bytes.toString('utf8', 0, end), cut };
    parts = [];
    length = 0;
    cut = false;
    return made;
  };
  const take = (chunk: Buffer) => {
    const room = LONGEST_LINE - length;
    if (chunk.length > room) cut = true;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    parts.push(part);
    length += part.length;
  };
  for await (const chunk of createReadStream(path, { start: from, end: to - 1, highWaterMark: 2 ** 18, signal })) {
    const bytes = chunk as Buffer;
    let at = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, at)) {
      take(bytes.subarray(at, end));
      yield line();
      at = end + 1;
    }
    if (at < bytes.length) take(bytes.subarray(at));
  }
  if (length > 0) yield line();
}
