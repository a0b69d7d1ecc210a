/**
 * Why a text from a plan file cannot stand in parentheses as one SQL expression, or null. It only makes sure that the text
 * cannot close the parentheses that it is put into: whether it is an expression is for the server's own parser to say.
 *
 * What is refused (comments, backslashes, dollar quotes, semicolons) has other ways to be written, and is read differently
 * depending on settings: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function expressionProblem(text: string): string | null {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const quoted = /'(?:[^'\\]|'')*'|"(?:[^"]|"")*"/y;
    quoted.lastIndex = at;
    const whole = quoted.exec(text)?.[0];
    if (whole !== undefined && !whole.includes('\0')) {
      at += whole.length;
      continue;
    }
    const rest = text.slice(at, at + 2);
    if (rest === '--' || rest === '/*') return 'it has a comment in it';
    const character = text[at]!;
    if (`'"`.includes(character)) return 'it has a quote that does not end';
    if (`;\\$\0`.includes(character)) return `it has ${JSON.stringify(character)} in it`;
    if (character === ',' && depth === 0) return 'it is more than one expression';
    if ('(['.includes(character)) depth++;
    if (')]'.includes(character)) depth--;
    if (depth < 0) return 'it closes a parenthesis that it did not open';
    at++;
  }
  if (text.trim() === '') return 'it is empty';
  return depth === 0 ? null : 'it does not close its parentheses';
}
