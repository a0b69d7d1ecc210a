import type { Change } from '../../_sql/beyond-text.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS } from '../connection.ts';
import { nameOf, quoteIdentifier } from '../identifiers.ts';
import type { modifiedIn, WrittenTable } from './writes.ts';

/** A table that the statement writes, and the server knows. */
export interface Target {
  readonly oid: number;
  readonly table: string;
  readonly inserts: boolean;
  readonly deletes: boolean;
  readonly updates: boolean;
  /** Columns that are set, as far as they are known. */
  readonly sets: readonly string[];
}

/**
 * As the application finds them by its search path, a view followed to its table: but only what the plan modifies, as a rule or
 * a trigger may do something else instead. What the columns of a view are called says nothing of those of its table.
 */
export async function targetsOf(
  session: AnalysisSession,
  tables: readonly WrittenTable[],
  modified: ReturnType<typeof modifiedIn>,
): Promise<readonly Target[]> {
  const equals = 'OPERATOR(pg_catalog.=)';
  const rows = await session.query<{ place: number; oid: number; schema: string; name: string; isView: boolean }>(
    `${OURS} * FROM (WITH RECURSIVE named (place, oid, "isView") AS (
         SELECT w.place, pg_catalog.to_regclass(w.written)::oid, false
           FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS w (written, place)
         UNION
         SELECT n.place, d.refobjid, true
           FROM named n JOIN pg_catalog.pg_class v ON v.oid ${equals} n.oid AND v.relkind ${equals} 'v'
           JOIN pg_catalog.pg_rewrite r ON r.ev_class ${equals} v.oid
           JOIN pg_catalog.pg_depend d ON d.objid ${equals} r.oid AND d.classid ${equals} 'pg_catalog.pg_rewrite'::regclass::oid
                AND d.refclassid ${equals} 'pg_catalog.pg_class'::regclass::oid)
       SELECT n.place::int4 AS place, c.oid::int8::float8 AS oid, s.nspname::text AS schema, c.relname::text AS name, n."isView"
         FROM named n JOIN pg_catalog.pg_class c ON c.oid ${equals} n.oid
         JOIN pg_catalog.pg_namespace s ON s.oid ${equals} c.relnamespace
        WHERE c.relkind ${equals} ANY ('{r,p}'::"char"[]) AND c.relname::text ${equals} ANY ($2::text[])) AS answer`,
    [
      tables.map(({ schema, name }) => [schema ?? [], name].flat().map(quoteIdentifier).join('.')),
      [...modified.keys()],
    ],
  );
  return rows.map(({ place, oid, schema, name, isView }) => {
    const { inserts, deletes, updates, sets } = tables[place - 1]!;
    const done = modified.get(name)!;
    const does = (...operations: readonly string[]) => done.has('Merge') || operations.some((one) => done.has(one));
    const isUpdated = updates && does('Update', ...(inserts ? ['Insert'] : []));
    return {
      oid,
      table: nameOf(schema, name),
      inserts: inserts && does('Insert'),
      deletes: deletes && does('Delete'),
      updates: isUpdated,
      sets: isUpdated && !isView ? sets : [],
    };
  });
}

/** What the statement itself does, each table and kind once. */
export function changesOf(targets: readonly Target[]): readonly Change[] {
  const found = new Map<string, Change>();
  const add = (table: string, kind: Change['kind'], columns: readonly string[]) => {
    const name = JSON.stringify([table, kind]);
    const before = found.get(name)?.columns ?? [];
    found.set(name, { table, kind, columns: [...new Set([...before, ...columns])], through: [] });
  };
  for (const { table, inserts, deletes, updates, sets } of targets) {
    if (deletes) add(table, 'delete', []);
    if (updates) add(table, 'update', sets);
    if (inserts) add(table, 'insert', []);
  }
  return [...found.values()];
}
