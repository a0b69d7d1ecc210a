import type { LineField, LineToken } from './line-format.ts';
import { FormatProblem } from './line-format.ts';

/** The nicknames of Debian's apache2.conf, which are those of Apache's own documentation. */
export const APACHE_COMMON = '%h %l %u %t "%r" %>s %b';
export const APACHE_COMBINED = `${APACHE_COMMON} "%{Referer}i" "%{User-Agent}i"`;
export const APACHE_VHOST_COMBINED = `%v:%p ${APACHE_COMBINED}`;

/** https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats */
const DIRECTIVES: Readonly<Record<string, LineField>> = {
  h: 'client',
  a: 'client',
  r: 'request',
  m: 'method',
  U: 'path',
  q: 'query',
  s: 'status',
  b: 'bytes',
  B: 'bytes',
  O: 'bytes',
  D: 'duration-us',
  T: 'duration-s',
  v: 'host',
  V: 'host',
};

const REQUEST_HEADERS: Readonly<Record<string, LineField>> = {
  'user-agent': 'agent',
  host: 'host',
  'x-forwarded-for': 'forwarded',
};

const TIMES: Readonly<Record<string, readonly [field: LineField, width?: number]>> = {
  sec: ['epoch-s'],
  msec: ['epoch-ms'],
  usec: ['epoch-us'],
  msec_frac: ['fraction', 3],
  usec_frac: ['fraction', 6],
};

/** strftime conversions of fixed width; the composed ones are written out. */
const STRFTIME: Readonly<Record<string, readonly [field: LineField, width: number]>> = {
  Y: ['year', 4],
  m: ['month', 2],
  b: ['month-name', 3],
  h: ['month-name', 3],
  d: ['day', 2],
  H: ['hour', 2],
  M: ['minute', 2],
  S: ['second', 2],
  z: ['zone', 5],
};
const COMPOSED: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S' };

/**
 * The text of a LogFormat as tokens, and whether its time is that of the end; a whole `LogFormat "…" name` is understood.
 * @throws FormatProblem for a time that cannot be put together from its parts
 */
export function apacheTokens(given: string): {
  readonly tokens: readonly LineToken[];
  readonly timeIs: 'start' | 'end';
} {
  const format = withoutDirective(given);
  const tokens: LineToken[] = [];
  let timeIs: 'start' | 'end' = 'start';
  let at = 0;
  for (const match of format.matchAll(/%[!,\d]{0,40}[<>]?(?:\{([^}]{0,200})\})?(\^t[io]|[a-zA-Z%])/g)) {
    tokens.push({ text: format.slice(at, match.index) });
    const [whole, argument = '', letter] = match as unknown as [string, string | undefined, string];
    at = match.index + whole.length;
    if (letter === '%') tokens.push({ text: '%' });
    else if (letter === 't') {
      if (argument.startsWith('end:')) timeIs = 'end';
      tokens.push(...timeTokens(argument.replace(/^(?:begin|end):/, '')));
    } else tokens.push({ field: fieldOf(letter, argument) });
  }
  tokens.push({ text: format.slice(at) });
  return { tokens: joinPathAndQuery(tokens), timeIs };
}

function fieldOf(letter: string, argument: string): LineField {
  const name = argument.toLowerCase();
  if (letter === 'i') return Object.hasOwn(REQUEST_HEADERS, name) ? REQUEST_HEADERS[name]! : 'skip';
  if (letter === 'T' && name === 'ms') return 'duration-ms';
  if (letter === 'T' && name === 'us') return 'duration-us';
  return Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter]! : 'skip';
}

function timeTokens(format: string): readonly LineToken[] {
  if (format === '') return [{ text: '[' }, { field: 'clf-time' }, { text: ']' }];
  const known = Object.hasOwn(TIMES, format) ? TIMES[format]! : null;
  if (known) return [{ field: known[0], ...(known[1] === undefined ? {} : { width: known[1] }) }];
  const expanded = format.replace(/%([FT])/g, (_, letter: string) => COMPOSED[letter]!);
  const tokens: LineToken[] = [];
  let at = 0;
  for (const match of expanded.matchAll(/%(.)/g)) {
    tokens.push({ text: expanded.slice(at, match.index) });
    const part = Object.hasOwn(STRFTIME, match[1]!) ? STRFTIME[match[1]!]! : null;
    if (!part) throw new FormatProblem(`%${match[1]} in its time is not one that can be read`);
    tokens.push({ field: part[0], width: part[1] });
    at = match.index + match[0].length;
  }
  tokens.push({ text: expanded.slice(at) });
  return tokens;
}

/** `%U%q`: `%q` is empty or begins with `?`, so the two together are the target. */
function joinPathAndQuery(tokens: readonly LineToken[]): readonly LineToken[] {
  const kept = tokens.filter((token) => !('text' in token) || token.text !== '');
  return kept.flatMap((token, index): LineToken[] => {
    const is = (other: LineToken | undefined, field: LineField) => other && 'field' in other && other.field === field;
    if (is(token, 'path') && is(kept[index + 1], 'query')) return [{ field: 'target' }];
    if (is(token, 'query') && is(kept[index - 1], 'path')) return [];
    return [token];
  });
}

function withoutDirective(format: string): string {
  const directive = /^\s*LogFormat\s+"((?:[^"\\]|\\.)*)"/i.exec(format);
  const text = directive ? directive[1]! : format;
  return text.replace(/\\(["\\tn])/g, (_, char: string) => (char === 't' ? '\t' : char === 'n' ? '\n' : char));
}
