import { type Token, tokenize } from './tokenizer.ts';

/** Why a text is not understood: a sentence without a full stop. Never leaves `understandSqlite`. */
export class NotUnderstood extends Error {}

/** Depth above which text is no longer taken apart; SQLite's own limit on expressions is 1000. */
const MAX_DEPTH = 200;

/** Words that are never the name of a column or an alias. https://sqlite.org/lang_keywords.html, without those that may be. */
const RESERVED: ReadonlySet<string> = new Set(
  `add all alter and as autoincrement between case check collate commit constraint create default deferrable delete distinct drop else
   escape except exists foreign from group having in index insert intersect into is isnull join limit not notnull null on
   or order primary references returning select set table then to transaction union unique update using values when where
   cross full inner left natural outer right indexed window`.split(/\s+/),
);

/** A statement's tokens, read from the front. */
export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(sql: string) {
    this.#tokens = tokenize(sql);
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new NotUnderstood('it ends in the middle');
    return token;
  }

  /** The word that comes, in lower case; '' when none does. */
  word(ahead = 0): string {
    const token = this.peek(ahead);
    return token?.kind === 'word' ? token.value : '';
  }

  /** Takes these words or this sign when they come. */
  take(...wanted: readonly string[]): boolean {
    if (!wanted.every((text, i) => this.is(text, i))) return false;
    this.#at += wanted.length;
    return true;
  }

  is(wanted: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (
      token !== undefined && (token.kind === 'word' ? token.value : token.kind === 'operator' && token.text) === wanted
    );
  }

  expect(...wanted: readonly string[]): void {
    if (!this.take(...wanted)) throw this.unexpected();
  }

  unexpected(): NotUnderstood {
    const token = this.peek();
    if (token === undefined) return new NotUnderstood('it ends in the middle');
    if (token.kind === 'unknown' && /^['"`[]$/.test(token.text))
      return new NotUnderstood('it ends in the middle of a quote');
    // Values are nobody's business.
    const shown =
      token.kind === 'word' || token.kind === 'operator' ? `"${token.text.slice(0, 40)}"` : `a ${token.kind}`;
    return new NotUnderstood(`${shown} is not expected where it stands`);
  }

  /** A name that is no keyword, or is quoted; null when none comes. */
  name(): string | null {
    const token = this.peek();
    if (token?.kind === 'quoted' || (token?.kind === 'word' && !RESERVED.has(token.value))) {
      this.#at++;
      return token.kind === 'quoted' ? token.value : token.text;
    }
    return null;
  }

  requireName(): string {
    const name = this.name();
    if (name === null) throw this.unexpected();
    return name;
  }

  /** `(a, b, c)`, of whatever `item` reads; empty parentheses are an empty list. */
  parenthesised<T>(item: () => T): T[] {
    this.expect('(');
    const items = this.is(')') ? [] : this.list(item);
    this.expect(')');
    return items;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(',')) items.push(item());
    return items;
  }

  /** What is inside one more level. @throws NotUnderstood when there are too many */
  deeper<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new NotUnderstood('it is nested too deeply');
    const result = work();
    this.#depth--;
    return result;
  }

  /** Goes to the parenthesis that closes the level that is being read. */
  skipToClosing(): void {
    for (let depth = 0; ; this.next()) {
      if (this.peek() === undefined) throw this.unexpected();
      if (this.is('(')) depth++;
      else if (this.is(')') && depth-- === 0) return;
    }
  }
}
