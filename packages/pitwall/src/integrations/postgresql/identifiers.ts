/**
 * Name of a thing in a schema, as rules and changes use it for a subject: `public.orders`. A part with a dot or a quote in it
 * is quoted, so that two things never have the same name. Not for SQL: see `qualified`.
 */
export function nameOf(...parts: readonly string[]): string {
  return parts.map((part) => (/[."]/.test(part) || part === '' ? quoteIdentifier(part) : part)).join('.');
}

/** The parts of what `nameOf` wrote; null when it did not write it. */
export function partsOf(name: string): string[] | null {
  const parts = [...name.matchAll(/(?:"((?:[^"]|"")+)"|([^."]+))(?:\.|$)/gy)];
  const whole = parts.map(([text]) => text).join('') === name && name !== '' && !name.endsWith('.');
  return whole ? parts.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!) : null;
}

/**
 * A name as an SQL identifier: in double quotes, those inside doubled. Names come from the database and are hostile.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 * @throws TypeError on U+0000, which would end the statement early
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('an SQL identifier cannot contain U+0000');
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`, for SQL. */
export function qualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
