import { EXIT, type ExitCode, PitwallError, printable } from '../errors.ts';
import { wrap } from '../report/text.ts';

const NAME = 'pitwall: ';
const HINT = 'hint: ';
/** Narrower is no terminal to read on; wider lines are hard to. */
const LEAST_WIDTH = 40;
const MOST_WIDTH = 120;

/**
 * A failure as lines for stderr: what a person can do something about is a sentence and a hint, the rest is a bug with its stack.
 *
 * @param columns cells of the terminal; null: it is none, and nothing is wrapped, so that each sentence is one line to search for
 * @param clean takes out secrets, before anything is cut in two
 */
export function failureLines(
  error: unknown,
  columns: number | null,
  clean: (text: string) => string,
): { readonly lines: readonly string[]; readonly exitCode: ExitCode } {
  if (!(error instanceof PitwallError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `pitwall: this is a bug in Pitwall. Please report it with the lines below.\n${stack}`;
    return { lines: clean(text).split('\n'), exitCode: EXIT.bug };
  }
  const width = columns === null ? null : Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, columns));
  const said = (head: string, text: string) => {
    const cleaned = clean(text);
    const parts = width === null ? [cleaned] : wrap(cleaned, width - head.length);
    return parts.map((part, i) => `${i === 0 ? head : ' '.repeat(head.length)}${part}`);
  };
  const also = error.also.flatMap((line) => said(' '.repeat(NAME.length), printable(line)));
  return {
    lines: [
      ...said(NAME, error.message),
      ...also,
      ...said(width === null ? HINT : HINT.padEnd(NAME.length), error.hint),
    ],
    exitCode: error.exitCode,
  };
}
