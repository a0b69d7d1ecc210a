/**
 * SQL text as tokens, by PostgreSQL's lexical rules (https://www.postgresql.org/docs/current/sql-syntax-lexical.html). For what
 * the server's grammar does not give: comments, texts that were cut off, texts that it does not know. Never throws.
 */
type LexKind = 'space' | 'comment' | 'string' | 'number' | 'parameter' | 'quoted' | 'word' | 'operator';

export interface Lexeme {
  readonly kind: LexKind;
  /** As written. A string or comment that does not end goes to the end of the text. */
  readonly text: string;
}

/** The first that matches at a position wins. Loops are unrolled: alternations in them would need a stack as long as the text. */
const PATTERNS: readonly (readonly [LexKind, RegExp])[] = [
  ['space', /[\s\u00a0\ufeff]+/y],
  ['comment', /--[^\n\r]*/y],
  ['string', /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|\\?$)/y],
  ['string', /(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*(?:'|$)/y],
  ['quoted', /(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['parameter', /\$\d+/y],
  [
    'number',
    /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y,
  ],
  ['word', /[\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_$\u0080-\u{10ffff}]*/uy],
  ['operator', /::|:=|=>|<=|>=|<>|!=|->>|->|\|\||[\s\S]/y],
];

const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

export function* lex(text: string): Generator<Lexeme> {
  let at = 0;
  while (at < text.length) {
    const lexeme = next(text, at);
    yield lexeme;
    at += lexeme.text.length;
  }
}

function next(text: string, at: number): Lexeme {
  if (text.startsWith('/*', at)) return { kind: 'comment', text: text.slice(at, endOfComment(text, at)) };
  if (text[at] === '$') {
    DOLLAR_QUOTE.lastIndex = at;
    const quote = DOLLAR_QUOTE.exec(text)?.[0];
    if (quote !== undefined) {
      const end = text.indexOf(quote, at + quote.length);
      return { kind: 'string', text: text.slice(at, end < 0 ? text.length : end + quote.length) };
    }
  }
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined && found !== '') return { kind, text: found };
  }
  return { kind: 'operator', text: text[at]! };
}

/** Comments nest in PostgreSQL. */
function endOfComment(text: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

const READ = 8192;

/** Comments of a statement, as written: among its first and its last 8,192 characters, where tools put what they have to say. */
export function commentsIn(text: string): readonly string[] {
  if (!text.includes('/*') && !text.includes('--')) return [];
  if (text.length <= 2 * READ) return commentsOf(text);
  // A comment in a string at the end may look like one: only one that ends the text counts there.
  const last = /\/\*(?:[^*]|\*(?!\/))*\*\/[\s;]*$/.exec(text.slice(-READ))?.[0];
  return [...commentsOf(text.slice(0, READ)), ...(last === undefined ? [] : [last.replace(/[\s;]*$/, '')])];
}

function commentsOf(text: string): readonly string[] {
  return [...lex(text)].flatMap((lexeme) => (lexeme.kind === 'comment' ? [lexeme.text] : []));
}
