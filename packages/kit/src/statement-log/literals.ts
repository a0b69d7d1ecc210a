/** Comments, constants, and what must not be taken for them (quoted names, words, parameters). The first that matches wins. */
const PARTS =
  /(--[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$))|([xX]?'[^']*(?:''[^']*)*(?:'|$)|(?<![\p{L}\p{N}_$])(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?))|"[^"]*(?:""[^"]*)*(?:"|$)|`[^`]*(?:``[^`]*)*(?:`|$)|\[[^\]]*(?:\]|$)|[?:@#$][\p{L}\p{N}_$]*|[\p{L}_][\p{L}\p{N}_$]*/gu;

/**
 * A text with `?` in place of constants and a space in place of comments, by SQLite's lexical rules. What is in double quotes is a
 * name and stays, though SQLite takes it for a string where there is no such name.
 */
export function withoutConstants(sql: string): string {
  return sql.replace(PARTS, (part, comment: string | undefined, constant: string | undefined) =>
    comment !== undefined ? ' ' : constant !== undefined ? '?' : part,
  );
}
