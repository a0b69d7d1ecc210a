import { type Lexeme, lex } from './lexer.ts';

/** Types that people write as `type 'literal'`, by their first word. None of them can stand before a parameter in valid SQL. */
const TYPES =
  'interval|date|time|timetz|timestamp|timestamptz|bool|boolean|numeric|decimal|dec|int|int2|int4|int8|integer|smallint|bigint|real|float|float4|float8|double|text|varchar|char|character|bpchar|bytea|bit|varbit|uuid|json|jsonb|inet|cidr|macaddr|money|xml|regclass|point|box|int4range|int8range|numrange|daterange|tsrange|tstzrange';
const TYPE = new RegExp(`^(?:${TYPES})$`, 'i');
const MAY_HAVE = new RegExp(`\\b(?:${TYPES})\\b`, 'i');

/** What may follow the first word and its precision, as words with one space. */
const MORE = [['with', 'time', 'zone'], ['without', 'time', 'zone'], ['precision'], ['varying']] as const;
const TAKES_MORE: Readonly<Record<string, RegExp>> = {
  time: /^with/,
  timestamp: /^with/,
  double: /^precision/,
  character: /^varying/,
  char: /^varying/,
  bit: /^varying/,
};

/**
 * `interval $1` as `($1)::interval`. So pg_stat_statements writes `interval '1 day'`, but the grammar takes a literal behind a
 * type, never a parameter (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS-GENERIC). Nothing in
 * strings, quoted names and comments is touched, nor names behind a dot. A text that has none of this comes back as it is.
 */
export function withCasts(text: string): string {
  if (!/\$\d/.test(text) || !MAY_HAVE.test(text)) return text;
  const lexemes = [...lex(text)];
  let written = '';
  let before = '';
  for (let at = 0; at < lexemes.length; at++) {
    const lexeme = lexemes[at]!;
    const end = before === '.' ? null : endOfType(lexemes, at);
    const parameter = end === null ? -1 : after(lexemes, end);
    if (end !== null && lexemes[parameter]?.kind === 'parameter') {
      const gap = lexemes.slice(end + 1, parameter);
      const type = lexemes.slice(at, end + 1);
      written += `(${lexemes[parameter]!.text})::${textOf(type)}`;
      // Comments carry tags of the caller: they stay.
      if (gap.some(({ kind }) => kind === 'comment')) written += textOf(gap);
      before = ')';
      at = parameter;
      continue;
    }
    written += lexeme.text;
    if (!isGap(lexeme)) before = lexeme.text;
  }
  return written;
}

/** The last lexeme of the name of a type that begins at one, with its precision; null: none begins there. */
function endOfType(lexemes: readonly Lexeme[], start: number): number | null {
  const first = lexemes[start]!;
  if (first.kind !== 'word' || !TYPE.test(first.text)) return null;
  const head = first.text.toLowerCase();
  // `bit varying(3)` has its precision behind all of it, `time(3) with time zone` in the middle.
  const precise = endOfPrecision(lexemes, start);
  const long = endOfMore(lexemes, precise, head);
  return long === precise || precise !== start ? long : endOfPrecision(lexemes, long);
}

function endOfPrecision(lexemes: readonly Lexeme[], name: number): number {
  let at = after(lexemes, name);
  if (lexemes[at]?.text !== '(') return name;
  for (;;) {
    at = after(lexemes, at);
    if (lexemes[at]?.kind !== 'number') return name;
    at = after(lexemes, at);
    if (lexemes[at]?.text === ')') return at;
    if (lexemes[at]?.text !== ',') return name;
  }
}

function endOfMore(lexemes: readonly Lexeme[], from: number, head: string): number {
  for (const words of MORE) {
    if (!TAKES_MORE[head]?.test(words[0])) continue;
    let at = from;
    const fits = words.every((word) => {
      at = after(lexemes, at);
      return lexemes[at]?.text.toLowerCase() === word;
    });
    if (fits) return at;
  }
  return from;
}

/** Of the next lexeme that is neither space nor comment; the length when there is none. */
function after(lexemes: readonly Lexeme[], from: number): number {
  let at = from + 1;
  while (at < lexemes.length && isGap(lexemes[at]!)) at++;
  return at;
}

function isGap({ kind }: Lexeme): boolean {
  return kind === 'space' || kind === 'comment';
}

function textOf(lexemes: readonly Lexeme[]): string {
  return lexemes.map(({ text }) => text).join('');
}
