/**
 * A name as an SQL identifier: in double quotes, those inside doubled (https://sqlite.org/lang_keywords.html). Names come
 * from the database and are hostile. Throws a TypeError on U+0000, which would end the statement early.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('an SQL identifier cannot contain U+0000');
  return `"${name.replaceAll('"', '""')}"`;
}

/** A column, or an expression as DDL takes it: that one is checked (`expressionProblem`) before it is believed. */
export type IndexTerm = (
  | { readonly name: string; readonly expression?: undefined }
  | { readonly expression: string; readonly name?: undefined }
) & { readonly desc?: boolean | undefined; readonly collate?: string | undefined };

export interface IndexDefinition {
  readonly table: string;
  readonly columns: readonly IndexTerm[];
  readonly unique?: boolean | undefined;
  /** Of a partial index; an expression as well. */
  readonly where?: string | null | undefined;
}

/** `CREATE INDEX "name" ON "table" ("a", (lower("b")) COLLATE "nocase" DESC) WHERE …` */
export function createIndexSql(name: string, definition: IndexDefinition): string {
  const create = definition.unique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX';
  const where = definition.where ? ` WHERE ${definition.where}` : '';
  return `${create} ${quoteIdentifier(name)} ON ${quoteIdentifier(definition.table)} (${definition.columns.map(termSql).join(', ')})${where}`;
}

export function termSql(term: IndexTerm): string {
  const what = term.name === undefined ? `(${term.expression})` : quoteIdentifier(term.name);
  const collate = term.collate === undefined ? '' : ` COLLATE ${quoteIdentifier(term.collate)}`;
  return `${what}${collate}${term.desc ? ' DESC' : ''}`;
}

/** For people: `(customer_id, created_at DESC) WHERE deleted_at IS NULL`. Names may be hostile. */
export function definitionText({ columns, where }: Pick<IndexDefinition, 'columns' | 'where'>): string {
  const terms = columns.map(
    (term) =>
      `${term.name ?? term.expression}${term.collate === undefined ? '' : ` COLLATE ${term.collate}`}${term.desc ? ' DESC' : ''}`,
  );
  return `(${terms.join(', ')})${where ? ` WHERE ${where}` : ''}`;
}
