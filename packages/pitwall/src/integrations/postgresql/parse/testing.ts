import type { TableUse, Tested } from '../../_sql/roles.ts';
import { type Schema, schemaOf } from './schema.ts';

/** A schema for tests: tables with their columns, `name type`. */
export function testSchema(tables: Readonly<Record<string, readonly string[]>>): Schema {
  return schemaOf(
    Object.entries(tables).map(([id, columns]) => {
      const [schema, name] = id.includes('.') ? id.split('.') : ['public', id];
      return {
        id,
        schema: schema!,
        name: name!,
        columns: columns.map((column) => {
          const [first, ...type] = column.split(' ');
          return { name: first!, type: type.join(' ') || null };
        }),
      };
    }),
  );
}

/** Roles as short text, empty ones left out: `o E=status,id J=customer_id>customers.id R=at S=at- limit C=(…)`. */
export function roleText(use: TableUse): string {
  const parts = {
    E: use.equality.map(
      (one) => name(one) + (one.test === 'equal' ? '' : `:${one.test}${one.values > 1 ? one.values : ''}`),
    ),
    J: use.joins.map((one) => name(one) + (one.with ? `>${one.with.table}.${one.with.column}` : '')),
    R: use.ranges.map((one) => name(one) + (one.test === 'prefix' ? '%' : '')),
    S: use.orderBy.map((one) => name(one) + (one.desc ? '-' : '') + nulls(one.nullsFirst)),
    G: use.groupBy.map((one) => name(one) + (one.desc ? '-' : '')),
  };
  const roles = Object.entries(parts).filter(([, list]) => list.length > 0);
  return [use.alias, ...roles.map(([key, list]) => `${key}=${list.join(',')}`), ...(use.limit ? ['limit'] : [])].join(
    ' ',
  );
}

function name({ column, expression, collate }: Tested): string {
  return (column ?? expression) + (collate === undefined ? '' : `~${collate}`);
}

function nulls(first: boolean | null): string {
  return first === null ? '' : first ? '^' : 'v';
}
