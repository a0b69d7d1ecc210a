import type { ColumnsOf } from './sqlite-understand.ts';
import type { Token } from './tokenizer.ts';

/** Columns that every table has without saying so. */
const ROWID = ['rowid', 'oid', '_rowid_'];

/** Words behind which an expression begins; behind any other, a name stands, or it is one itself. */
const EXPRESSION_AFTER = new Set(
  (
    'select where and or not in values then else when between by limit offset set on is like glob match regexp escape default ' +
    'return returning distinct all case having'
  ).split(' '),
);

/** What may stand before a minus that subtracts, and before a name that is no expression (`AS "n"`, `FROM "t"`, `a "n"`). */
export function isOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return !EXPRESSION_AFTER.has(token.value);
  return token.text === ')' || (token.kind !== 'operator' && token.kind !== 'unknown');
}

/**
 * Tells whether what is in double quotes at a place of the text is a name. SQLite takes it for a string where no name of that
 * kind can be meant (https://sqlite.org/quirks.html#double_quoted_string_literals_are_accepted), so nothing but a name that is
 * known is one: of a table in the text, of its columns, of an alias. Columns of views and of attached databases are not known,
 * and so are strings unless their table stands before them.
 */
export function declaredIn(tokens: readonly Token[], columnsOf: ColumnsOf): (at: number) => boolean {
  const names = new Set(ROWID);
  const declares = (at: number) => isOperand(tokens[at - 1]) || opensCte(tokens, at);
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    const columns = columnsOf(token.value);
    if (columns !== null) for (const name of [token.value, ...columns]) names.add(name.toLowerCase());
    if (declares(at)) names.add(token.value.toLowerCase());
  }
  return (at) => {
    const isPart = tokens[at - 1]?.text === '.' || tokens[at + 1]?.text === '.' || tokens[at + 1]?.text === '(';
    return isPart || declares(at) || names.has(tokens[at]!.value.toLowerCase());
  };
}

/** `, "n" AS (`: a further common table expression. */
function opensCte(tokens: readonly Token[], at: number): boolean {
  const [as, open] = [tokens[at + 1]?.value, tokens[at + 2]];
  return as === 'as' && (open?.text === '(' || open?.value === 'not' || open?.value === 'materialized');
}
