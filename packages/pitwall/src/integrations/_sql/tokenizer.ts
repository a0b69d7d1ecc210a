/**
 * SQL text as tokens, by SQLite's lexical rules (https://sqlite.org/lang_expr.html, https://sqlite.org/lang_keywords.html).
 * It decides nothing about what a statement may do (the engine's authorizer does that): it only says where statements end
 * and which names and values they hold. Never throws: what it cannot read becomes an `unknown` token.
 */
type TokenKind = 'word' | 'quoted' | 'string' | 'blob' | 'number' | 'parameter' | 'operator' | 'unknown';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Of a `quoted` identifier: the name, unquoted; of a `word`: in lower case; else as written. */
  readonly value: string;
  /** Offset in the text. */
  readonly at: number;
}

/**
 * Order matters: the first that matches at a position wins. Quotes escape themselves by doubling. Loops are unrolled: alternatives
 * in them would need a stack as long as the text.
 */
const PATTERNS: readonly (readonly [TokenKind | 'skip', RegExp])[] = [
  ['skip', /[ \t\n\f\r\ufeff]+/y],
  ['skip', /--[^\n]*/y],
  ['skip', /\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$)/y],
  ['blob', /[xX]'[0-9a-fA-F]*'/y],
  ['string', /'[^']*(?:''[^']*)*'/y],
  ['quoted', /"[^"]*(?:""[^"]*)*"/y],
  ['quoted', /`[^`]*(?:``[^`]*)*`/y],
  ['quoted', /\[[^\]]*\]/y],
  ['number', /0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['parameter', /\?\d*|[:@#][\p{L}\p{N}_$]+|\$[\p{L}\p{N}_$]+(?:::[\p{L}\p{N}_$]+)*(?:\([^\s)]*\))?/uy],
  ['word', /[\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_$\u0080-\u{10ffff}]*/uy],
  ['operator', /->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|~<>=(),.;]/y],
];

export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = next(sql, at);
    if (token.kind !== 'skip') tokens.push({ kind: token.kind, text: token.text, value: meaningOf(token), at });
    at += token.text.length;
  }
  return tokens;
}

/** All of the text, part by part: with spaces and comments. */
export function* lexemes(
  sql: string,
): Generator<{ readonly kind: TokenKind | 'space' | 'comment'; readonly text: string }> {
  for (let at = 0; at < sql.length; ) {
    const { kind, text } = next(sql, at);
    yield { kind: kind !== 'skip' ? kind : /^(--|\/\*)/.test(text) ? 'comment' : 'space', text };
    at += text.length;
  }
}

/** Comments as written, of any place; of one that does not end, what there is. */
export function commentsIn(sql: string): readonly string[] {
  if (!sql.includes('/*') && !sql.includes('--')) return [];
  const comments: string[] = [];
  for (let at = 0; at < sql.length; ) {
    const { kind, text } = next(sql, at);
    if (kind === 'skip' && /^(--|\/\*)/.test(text)) comments.push(text);
    at += text.length;
  }
  return comments;
}

function next(sql: string, at: number): { kind: TokenKind | 'skip'; text: string } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match) return { kind, text: match[0] };
  }
  return { kind: 'unknown', text: String.fromCodePoint(sql.codePointAt(at)!) };
}

function meaningOf({ kind, text }: { kind: TokenKind | 'skip'; text: string }): string {
  if (kind === 'word') return text.toLowerCase();
  if (kind !== 'quoted') return text;
  const quote = text[0]!;
  const inner = text.slice(1, -1);
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote);
}

/** How many statements there are: parts between semicolons that are not empty. */
export function countStatements(sql: string): number {
  let count = 0;
  let inside = false;
  for (const token of tokenize(sql)) {
    if (token.text === ';') inside = false;
    else if (!inside) {
      inside = true;
      count++;
    }
  }
  return count;
}
