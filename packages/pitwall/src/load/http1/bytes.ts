/** Words in bytes, without making a string: what header fields are compared with. */

const TAB = 9;
export const SPACE = 32;
export const COMMA = 44;
export const SEMICOLON = 59;

export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

/** Whether `b[from, to)` is `word` (lower case), in any case. `-` has bit 32 set already. */
export function isWord(b: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((b[from + i]! | 32) !== word[i]) return false;
  return true;
}

/** Whether a comma-separated list holds `token`. */
export function hasToken(b: Uint8Array, from: number, to: number, token: Uint8Array): boolean {
  let start = from;
  for (let at = from; at <= to; at++) {
    if (at < to && b[at] !== COMMA) continue;
    if (isTrimmedWord(b, start, at, token)) return true;
    start = at + 1;
  }
  return false;
}

/** Whether `token` is the last of a comma-separated list. */
export function endsWithToken(b: Uint8Array, from: number, to: number, token: Uint8Array): boolean {
  let start = to;
  while (start > from && b[start - 1] !== COMMA) start--;
  return isTrimmedWord(b, start, to, token);
}

/** `isWord` with blanks around it. */
export function isTrimmedWord(b: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  let start = from;
  let stop = to;
  while (start < stop && isBlank(b[start])) start++;
  while (stop > start && isBlank(b[stop - 1])) stop--;
  return isWord(b, start, stop, word);
}
