import { PitwallError, printable } from '../../../errors.ts';
import { lex } from '../parse/lexer.ts';
import { withCasts } from '../parse/typed-parameters.ts';

/** What the server has against the statement (as to syntax, names, rights, values, placeholders) says nothing against the server. */
const AGAINST_STATEMENT = /^(0A|08P01|22|26|42)/;

const AT_CARET = 'Check the text where the caret stands.';

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), the longest beginning that fits first. */
const HINTS: readonly (readonly [code: string, hint: string])[] = [
  ['42P01', 'Check the name of the table, and `searchPath` where it is in a schema that the role does not look into.'],
  ['42703', 'Check the name of the column.'],
  ['42601', AT_CARET],
  ['42883', 'Check the name of the function or operator, and the types of what it is given.'],
  ['42501', 'Grant the role what the statement reads (GRANT SELECT ON … TO it), or connect as another.'],
  ['08P01', 'Give --param once for each placeholder.'],
  ['22', 'Check the values (--param, once for each placeholder): one does not have the type that is wanted.'],
];
const OTHERWISE = 'Check the text, and the values (--param, once for each placeholder).';

/** Characters of a line that are shown, the place in the middle where it is longer: with what stands before it, no more than 80. */
const SHOWN = 66;

/**
 * POSTGRESQL_NOT_PLANNED with where in the statement it is and what the server itself advises; what is no fault of the statement
 * comes back as it is. `values`: whether constants of the text may be shown.
 */
export function notPlanned(error: unknown, statement: string, values: boolean): unknown {
  const cause = error instanceof PitwallError ? error.cause : error;
  const { code, message, hint, position } = (cause ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || !AGAINST_STATEMENT.test(code)) return error;
  const ours = HINTS.find(([begin]) => code.startsWith(begin))?.[1] ?? OTHERWISE;
  const theirs = typeof hint === 'string' ? `${printable(hint)} ` : '';
  return new PitwallError(
    'POSTGRESQL_NOT_PLANNED',
    { reason: printable(String(message)).replace(/\.$/, ''), hint: theirs + ours },
    { cause, also: placeOf(statement, position, (cause as { sent?: unknown }).sent, values) },
  );
}

/**
 * POSTGRESQL_NOT_EXPLAINED for a text that the grammar refuses before the server is asked. `at`: as the grammar told it, if it did.
 */
export function notUnderstood(
  statement: string,
  reason: string,
  at: number | undefined,
  values: boolean,
): PitwallError {
  const text = withCasts(statement);
  const isHidden = !values && isMisquoted(text);
  const also = at === undefined || isHidden ? [] : caretAt(text, lengthOf(text, at), values);
  const hint = also.length > 0 ? AT_CARET : 'Check the text: its words, quotes, commas and parentheses.';
  const shown = isHidden ? reason.replace(/ at or near ".*$/s, '') : reason;
  return new PitwallError('POSTGRESQL_NOT_EXPLAINED', { reason: shown, hint }, { also });
}

/** A quote is missing or too many: then a part of what was meant as a value looks like words of the statement. */
function isMisquoted(text: string): boolean {
  let before = '';
  for (const { kind, text: written } of lex(text)) {
    const isOpen = (kind === 'string' || kind === 'quoted') && !/.['"$]$/s.test(written);
    if (isOpen || (before === 'string' && (kind === 'word' || kind === 'number' || kind === 'quoted'))) return true;
    before = kind;
  }
  return false;
}

/**
 * The line of the statement, and a caret under the place. `position`: in characters from 1, of the text `sent`, which ends with the
 * statement. Nothing where they do not belong together.
 */
function placeOf(statement: string, position: unknown, sent: unknown, values: boolean): readonly string[] {
  const text = withCasts(statement);
  if (position === undefined || typeof sent !== 'string' || !sent.endsWith(text)) return [];
  const at = lengthOf(sent, Number(position) - 1) - (sent.length - text.length);
  return at >= 0 && at <= text.length ? caretAt(text, at, values) : [];
}

/** The server counts characters, not the halves of them that JavaScript does. */
function lengthOf(text: string, characters: number): number {
  return Array.from(text).slice(0, characters).join('').length;
}

function caretAt(text: string, at: number, values: boolean): readonly string[] {
  const shown = values ? { text, at } : withoutConstants(text, at);
  const start = shown.text.lastIndexOf('\n', shown.at - 1) + 1;
  const end = shown.text.indexOf('\n', shown.at);
  const line = shown.text.slice(start, end === -1 ? undefined : end).replace(/[\t\r]/g, ' ');
  const from = line.length <= SHOWN ? 0 : Math.max(0, shown.at - start - SHOWN / 2);
  // Behind a bar, as blanks at the beginning would be cut off.
  return [`| ${line.slice(from, from + SHOWN)}`, `| ${' '.repeat(shown.at - start - from)}^`];
}

/** Constants as `?`, and where the place is then. Comments go, too: they carry what nobody asked for. */
function withoutConstants(text: string, at: number): { readonly text: string; readonly at: number } {
  let written = '';
  let read = 0;
  let moved: number | null = null;
  for (const lexeme of lex(text)) {
    const isHidden = lexeme.kind === 'string' || lexeme.kind === 'number' || lexeme.kind === 'comment';
    if (moved === null && at < read + lexeme.text.length) moved = written.length + (isHidden ? 0 : at - read);
    written += lexeme.kind === 'comment' ? ' ' : isHidden ? '?' : lexeme.text;
    read += lexeme.text.length;
  }
  return { text: written, at: moved ?? written.length };
}
