/**
 * A name as an SQL identifier: in double quotes, those inside doubled (https://sqlite.org/lang_keywords.html). Names come
 * from the database and are hostile. Throws a TypeError on U+0000, which would end the statement early.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('an SQL identifier cannot contain U+0000');
  return `"${name.replaceAll('"', '""')}"`;
}

export interface IndexDefinition {
  readonly table: string;
  readonly columns: readonly {
    readonly name: string;
    readonly desc?: boolean | undefined;
    readonly collate?: string | undefined;
  }[];
}

export function createIndexSql(name: string, { table, columns }: IndexDefinition): string {
  const terms = columns.map((column) => {
    const collate = column.collate === undefined ? '' : ` COLLATE ${quoteIdentifier(column.collate)}`;
    return `${quoteIdentifier(column.name)}${collate}${column.desc ? ' DESC' : ''}`;
  });
  return `CREATE INDEX ${quoteIdentifier(name)} ON ${quoteIdentifier(table)} (${terms.join(', ')})`;
}
