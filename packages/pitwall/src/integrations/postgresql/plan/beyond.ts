import { printable } from '../../../errors.ts';
import type { BeyondPlan } from '../../../model/database.ts';
import { counted } from '../../../model/plural.ts';
import type { AnalysisSession } from '../analysis.ts';
import { foreignKeysTo } from '../collectors/foreign-keys.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import type { ForeignKeyFact } from '../facts/schema.ts';
import { lackingIndex, WORTH_AN_INDEX } from '../foreign-key.ts';
import { nameOf, quoteIdentifier } from '../identifiers.ts';
import type { Grammar } from '../parse/load.ts';
import { countText } from '../rules/schema-view.ts';
import type { Part } from '../tunables/partitioned-index.ts';
import { orNull } from '../what-if/sizes.ts';
import { modifiedIn, type WrittenTable, writtenTables } from './writes.ts';

/** Foreign keys that are shown, those of the largest tables. [judgement] */
const MOST = 10;

interface Beyond {
  readonly beyond: readonly BeyondPlan[];
  /** What could not be read, or is not shown: for the notes. */
  readonly gaps: readonly string[];
}

/** A table that the statement writes, and the server knows. */
interface Target extends WrittenTable {
  readonly oid: number;
  readonly key: string;
}

const NOTHING: Beyond = { beyond: [], gaps: [] };

/**
 * Foreign keys that a DELETE, or an UPDATE of a key, looks for children by, without an index to find them: each such row reads all
 * of the child, by a trigger that no plan shows. Children below `WORTH_AN_INDEX` rows are left out. `json`: the statement's plan.
 */
export async function beyondPlan(
  connection: PostgresqlConnection,
  session: AnalysisSession,
  grammar: Grammar,
  { text, json }: { readonly text: string; readonly json: unknown },
): Promise<Beyond> {
  const parsed = grammar.parse(text);
  const written = 'problem' in parsed ? [] : writtenTables(parsed.statements);
  const modified = modifiedIn(json);
  const wanted = written.filter(({ deletes, sets }) => deletes || sets.length > 0);
  if (wanted.length === 0 || modified.size === 0) return NOTHING;
  try {
    return await lookUps(connection, await resolved(session, wanted, modified));
  } catch (error) {
    orNull(error);
    return { beyond: [], gaps: ['which foreign keys it looks for children by could not be read'] };
  }
}

async function lookUps({ query }: PostgresqlConnection, targets: readonly Target[]): Promise<Beyond> {
  const deleted = targets.filter(({ deletes }) => deletes);
  const changed = targets.filter(({ sets }) => sets.length > 0);
  const [byDelete, byUpdate] = await withLiveRows(query, [
    await referring(query, deleted, true),
    await referring(query, changed, false),
  ]);
  const isChanged = ({ parent, parentColumns }: ForeignKeyFact) =>
    changed.some(({ key, sets }) => key === parent && parentColumns.some((name) => sets.includes(name)));
  const found = [
    ...byDelete.keys.map((key) => ({ key, because: becauseDeleted(key, deleted) })),
    ...byUpdate.keys.filter(isChanged).map((key) => ({ key, because: becauseChanged(key) })),
  ].filter(({ key }) => !key.covered && (key.childRows ?? 0) >= WORTH_AN_INDEX);
  // Two keys over the same columns need one index.
  const columns = ({ table, columns: names }: ForeignKeyFact) => JSON.stringify([table, names.toSorted()]);
  const each = [...new Map(found.toReversed().map((one) => [columns(one.key), one])).values()];
  const shown = each.sort((a, b) => (b.key.childRows ?? 0) - (a.key.childRows ?? 0)).slice(0, MOST);
  const keys = shown.map(({ key }) => key);
  const ddl = await ddlOf(query, keys);
  const left = each.length - shown.length;
  return {
    beyond: shown.map(({ because }, at) => ({ because, ddl: ddl[at]! })),
    gaps: [
      ...new Set([...byDelete.gaps, ...byUpdate.gaps].map(({ why }) => `foreign keys that refer to it: ${why}`)),
      ...(left > 0 ? [`${counted(left, 'foreign key')} of smaller tables without an index not shown`] : []),
    ],
  };
}

type Referring = Awaited<ReturnType<typeof foreignKeysTo>>;

async function referring(
  query: PostgresqlConnection['query'],
  tables: readonly Target[],
  cascades: boolean,
): Promise<Referring> {
  const oids = tables.map(({ oid }) => oid);
  return oids.length === 0 ? { keys: [], gaps: [] } : foreignKeysTo({ query }, oids, cascades);
}

/**
 * The same with the rows of a child as rule postgresql/foreign-key-without-index has them: what is counted since, where a table
 * has grown after VACUUM or ANALYZE last wrote its rows down (reltuples).
 */
async function withLiveRows(
  query: PostgresqlConnection['query'],
  [byDelete, byUpdate]: readonly [Referring, Referring],
): Promise<readonly [Referring, Referring]> {
  const all = [...byDelete.keys, ...byUpdate.keys].filter(({ covered }) => !covered);
  if (all.length === 0) return [byDelete, byUpdate];
  const rows = await query<{ schema: string; name: string; live: number }>(
    `${OURS} n.nspname::text AS schema, c.relname::text AS name, coalesce(s.n_live_tup, 0)::float8 AS live
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN unnest($1::text[], $2::text[]) AS k (schema, name) ON n.nspname = k.schema AND c.relname = k.name
       LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
      WHERE c.relkind = 'r' GROUP BY 1, 2, 3`,
    [all.map(({ schema }) => schema), all.map(({ tableName }) => tableName)],
  );
  const live = new Map(rows.map(({ schema, name, live: count }) => [nameOf(schema, name), count]));
  const grown = ({ keys, gaps }: Referring): Referring => ({
    keys: keys.map((key) => ({ ...key, childRows: Math.max(key.childRows ?? 0, live.get(key.table) ?? 0) })),
    gaps,
  });
  return [grown(byDelete), grown(byUpdate)];
}

function becauseDeleted(key: ForeignKeyFact, targets: readonly Target[]): string {
  const isDirect = targets.some((target) => target.key === key.parent);
  const what = isDirect
    ? `each row that it deletes from ${key.parent}`
    : `each row of ${key.parent} that is deleted with it (ON DELETE CASCADE)`;
  return becauseOf(key, what, `ON DELETE ${key.onDelete}`);
}

function becauseChanged(key: ForeignKeyFact): string {
  const what = `each row of ${key.parent} whose ${key.parentColumns.join(', ')} it changes`;
  return becauseOf(key, what, `ON UPDATE ${key.onUpdate}`);
}

function becauseOf({ table, columns, childRows, constraint }: ForeignKeyFact, what: string, action: string): string {
  const rows = countText(childRows ?? 0);
  return printable(
    `${what} reads all ${rows} rows of ${table} for those that refer to it: no index begins with ${columns.join(', ')} (foreign key ${constraint}, ${action})`,
  );
}

/**
 * As the application finds them by its search path, a view followed to its table: but only what the plan modifies, as a rule or
 * a trigger may do something else instead. What the columns of a view are called says nothing of those of its table.
 */
async function resolved(
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
    const table = tables[place - 1]!;
    const done = modified.get(name)!;
    const does = (operation: string) => done.has(operation) || done.has('Merge');
    return {
      ...table,
      oid,
      key: nameOf(schema, name),
      deletes: table.deletes && does('Delete'),
      sets: !isView && does('Update') ? table.sets : [],
    };
  });
}

/** What would spare the look-ups, in order: under names that are free, on each partition where the child has some. */
async function ddlOf(
  query: PostgresqlConnection['query'],
  keys: readonly ForeignKeyFact[],
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const schemas = [...new Set(keys.map(({ schema }) => schema))];
  const used = await query<{ schema: string; name: string }>(
    `${OURS} n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY ($1) AND c.relname LIKE 'pitwall\\_%'`,
    [schemas],
  );
  const taken = new Map(schemas.map((schema) => [schema, new Set<string>()]));
  for (const { schema, name } of used) taken.get(schema)!.add(name);
  const parts = await partsOf(query, keys);
  return keys.map((key) => {
    const names = taken.get(key.schema)!;
    const index = lackingIndex(
      key,
      names,
      parts.filter(({ root }) => root === key.table),
    );
    names.add(index.name);
    return index.sql;
  });
}

/** Of those tables that are partitioned, with all that is below them. From the catalogue alone: pg_partition_tree would lock them. */
async function partsOf(
  query: PostgresqlConnection['query'],
  keys: readonly ForeignKeyFact[],
): Promise<readonly (Part & { readonly root: string })[]> {
  const rows = await query<{
    [K in 'oid' | 'schema' | 'name' | 'kind' | 'upper' | 'above' | 'rootSchema' | 'rootName']: K extends 'oid'
      ? number
      : K extends 'upper' | 'above'
        ? string | null
        : string;
  }>(
    `${OURS} * FROM (WITH RECURSIVE tree (root, oid, above, level) AS (
         SELECT c.oid, c.oid, NULL::oid, 0 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN unnest($1::text[], $2::text[]) AS k (schema, name) ON n.nspname = k.schema AND c.relname = k.name
          WHERE c.relkind = 'p'
         UNION
         SELECT t.root, i.inhrelid, i.inhparent, t.level + 1 FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid)
       SELECT t.oid::int8::float8 AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
              an.nspname::text AS upper, a.relname::text AS above, rn.nspname::text AS "rootSchema", r.relname::text AS "rootName"
         FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_class r ON r.oid = t.root JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
         LEFT JOIN pg_catalog.pg_class a ON a.oid = t.above LEFT JOIN pg_catalog.pg_namespace an ON an.oid = a.relnamespace
        ORDER BY t.level, t.oid) AS answer`,
    [keys.map(({ schema }) => schema), keys.map(({ tableName }) => tableName)],
  );
  return rows.map(({ oid, schema, name, kind, upper, above, rootSchema, rootName }) => ({
    ...{ oid, schema, name, kind, root: nameOf(rootSchema, rootName) },
    parent: upper === null || above === null ? null : nameOf(upper, above),
  }));
}
