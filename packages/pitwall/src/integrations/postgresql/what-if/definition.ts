import type { IndexKey, IndexSpec } from '../../_sql/advisor/problem.ts';
import { partsOf, qualified, quoteIdentifier } from '../identifiers.ts';

/** Names that need no quotes: quoted only where it says something, so that people can read the definition. */
const PLAIN = /^[a-z_][a-z0-9_$]*$/;

/** `(customer_id, created_at DESC) INCLUDE (total) WHERE deleted_at IS NULL`, as SQL and for people alike. */
export function definitionText(spec: IndexSpec): string {
  const include = spec.include.length === 0 ? '' : ` INCLUDE (${spec.include.map(identifier).join(', ')})`;
  return `(${spec.keys.map(keyText).join(', ')})${include}${spec.where === null ? '' : ` WHERE ${spec.where}`}`;
}

/**
 * CREATE INDEX of a B-tree. Expressions and predicates are the statement's own, as its parser wrote them again.
 * @param name null: none, as HypoPG wants it
 */
export function createIndexSql(spec: IndexSpec, name: string | null, concurrently: boolean): string {
  const what = `CREATE INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${name === null ? '' : `${quoteIdentifier(name)} `}`;
  return `${what}ON ${tableSql(spec.table)} USING btree ${definitionText(spec)}`;
}

/** `"shop"."orders"` of the advisor's name of a table. @throws TypeError when it is none */
export function tableSql(table: string): string {
  const parts = partsOf(table);
  if (parts?.length !== 2) throw new TypeError(`${table} is no table of a schema`);
  return qualified(parts[0]!, parts[1]!);
}

function keyText({ column, expression, collate, opclass, desc, nullsFirst }: IndexKey): string {
  return [
    column === null ? `(${expression})` : identifier(column),
    ...(collate === null ? [] : [`COLLATE ${collate.split('.').map(identifier).join('.')}`]),
    ...(opclass === null ? [] : [opclass.split('.').map(identifier).join('.')]),
    ...(desc ? ['DESC'] : []),
    ...(nullsFirst === null ? [] : [nullsFirst ? 'NULLS FIRST' : 'NULLS LAST']),
  ].join(' ');
}

/** Words that look plain and are reserved are quoted too: all that are short enough to be keywords are harmless in quotes. */
function identifier(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : quoteIdentifier(name);
}

/** https://www.postgresql.org/docs/current/sql-keywords-appendix.html: reserved, also where functions and types may be. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
   concurrently constraint create cross current_catalog current_date current_role current_schema current_time
   current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
   full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
   localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right
   select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using
   variadic verbose when where window with`.split(/\s+/),
);
