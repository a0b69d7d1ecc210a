/**
 * A name as an SQL identifier: in double quotes, those inside doubled (https://sqlite.org/lang_keywords.html). Names come
 * from the database and are hostile. Throws a TypeError on U+0000, which would end the statement early.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('an SQL identifier cannot contain U+0000');
  return `"${name.replaceAll('"', '""')}"`;
}
