/** The tables that names in statements may mean. */
export interface SchemaTable {
  /** What roles and writes call the table: as the index advisor knows it. */
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly SchemaColumn[];
}

interface SchemaColumn {
  readonly name: string;
  /** As `format_type` says it (`timestamp with time zone`); null: not known. Expressions on such a column get no role. */
  readonly type: string | null;
}

export interface Schema {
  /** By the name as the parser gives it (folded already); without a schema: the first on the search path. */
  find(schema: string | null, name: string): SchemaTable | null;
}

/** `searchPath`: names of schemas in order; the default of the database where nothing else is known. */
export function schemaOf(tables: readonly SchemaTable[], searchPath: readonly string[] = ['public']): Schema {
  const byName = new Map<string, Map<string, SchemaTable>>();
  for (const table of tables) {
    const named = byName.get(table.name) ?? new Map<string, SchemaTable>();
    named.set(table.schema, table);
    byName.set(table.name, named);
  }
  return {
    find(schema, name) {
      const named = byName.get(name);
      if (named === undefined) return null;
      if (schema !== null) return named.get(schema) ?? null;
      for (const path of searchPath) {
        const table = named.get(path);
        if (table !== undefined) return table;
      }
      return null;
    },
  };
}
