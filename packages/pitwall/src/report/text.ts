import { DECEPTIVE, printable } from '../errors.ts';

/**
 * One harmless line out of any string: labels, paths and SQL in a report come from services and databases, which may hold
 * terminal escapes or right-to-left overrides. At most 300 characters (see `printable`).
 */
export function clean(text: string): string {
  return printable(text.toWellFormed()).toWellFormed();
}

/** Control characters and line separators, as in `printable`. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const LONGEST_PROSE = 2_000;

/** As `clean`, for sentences: advice and reasons may be as long as a paragraph. At most 2,000 characters. */
export function cleanProse(text: string): string {
  const line = text.toWellFormed().replace(DECEPTIVE, '').replace(CONTROL, ' ').trim();
  return line.length > LONGEST_PROSE ? `${line.slice(0, LONGEST_PROSE - 1)}…`.toWellFormed() : line;
}

/** As `clean`, for text of several lines (code, SQL); at most 60 lines. Tabs become two spaces. */
export function cleanLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/, 60).map((line) => {
    const indent = /^[ \t]*/.exec(line)?.[0].replace(/\t/g, '  ') ?? '';
    return `${indent.slice(0, 40)}${clean(line)}`.trimEnd();
  });
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

const ASCII = /^[\u0020-\u007e]*$/;
const ZERO = /^[\p{M}\p{Cf}]+$/u;
/** East Asian Wide and Fullwidth (UAX #11), and what terminals draw as emoji: two cells each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cells(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return ZERO.test(grapheme) ? 0 : 1;
}

/** Terminal cells that a cleaned string takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += cells(segment);
  return width;
}

/** The longest start (or end) of `text` that fits into `width` cells. */
function take(text: string, width: number, from: 'start' | 'end'): string {
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment);
  if (from === 'end') parts.reverse();
  const kept: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += cells(part);
    if (used > width) break;
    kept.push(part);
  }
  return (from === 'end' ? kept.reverse() : kept).join('');
}

/** Cuts the middle out of what is too long: paths and names differ at both ends. `width` ≥ 1 cells. */
export function cutMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${take(text, width - 1 - tail, 'start')}…${take(text, tail, 'end')}`;
}

/** Cuts the end off what is too long: sentences lose least there. */
export function cutEnd(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${take(text, width - 1, 'start').trimEnd()}…`;
}

export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** A space at which a line may be broken: not between a number and its unit. */
const BREAK = /(?<!\d) | (?!(?:ns|µs|ms|s|min|h|days|B|KiB|MiB|GiB|TiB|%)(?!\w))/u;

/** Lines of at most `width` cells, broken at spaces; words longer than a line are split. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(BREAK)) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (displayWidth(word) > width) {
      const head = take(word, width, 'start');
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}
