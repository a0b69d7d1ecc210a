import { printable } from '../../../errors.ts';
import type { BeyondPlan } from '../../../model/database.ts';
import { counted } from '../../../model/plural.ts';
import { aboutRows } from '../../_sql/beyond-text.ts';
import type { AnalysisSession } from '../analysis.ts';
import { foreignKeysTo } from '../collectors/foreign-keys.ts';
import { LOCKED_TABLES } from '../collectors/relations.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import type { ForeignKeyFact } from '../facts/schema.ts';
import { lackingIndex, WORTH_AN_INDEX } from '../foreign-key.ts';
import { nameOf } from '../identifiers.ts';
import type { Grammar } from '../parse/load.ts';
import type { Part } from '../tunables/partitioned-index.ts';
import { orNull } from '../what-if/sizes.ts';
import { reachOf, rowsThatLook } from './reach.ts';
import { targetsOf } from './targets.ts';
import { triggersOn } from './triggers.ts';
import { modifiedIn, writtenTables } from './writes.ts';

/** Foreign keys that are shown, those of the largest tables. [judgement] */
const MOST = 10;

interface Beyond {
  readonly beyond: readonly BeyondPlan[];
  /** What could not be read, or is not shown: for the notes. */
  readonly gaps: readonly string[];
}

const NOTHING: Beyond = { beyond: [], gaps: [] };

/**
 * What a write sets off that no plan shows: foreign keys that children are looked for by without an index to find them, where rows are
 * deleted or keys change, by the statement or by the actions of other keys (CASCADE, SET NULL); and the users' triggers for each row.
 * Children below `WORTH_AN_INDEX` rows are left out. `json`: the statement's plan.
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
  if (written.length === 0 || modified.size === 0) return NOTHING;
  try {
    const reach = await reachOf(connection.query, await targetsOf(session, written, modified));
    const { beyond, gaps } = await lookUps(connection, reach);
    const triggers = await triggersOn(connection.query, reach.changes, reach.oids);
    return {
      beyond: [...beyond, ...triggers.map((because) => ({ because: printable(because), ddl: null }))],
      gaps: reach.cut ? [...gaps, 'foreign keys whose actions go on for longer are not followed to their end'] : gaps,
    };
  } catch (error) {
    orNull(error);
    return { beyond: [], gaps: ['what it sets off by foreign keys and triggers could not be read'] };
  }
}

async function lookUps(
  { query }: PostgresqlConnection,
  { lookUps: looked }: Pick<Awaited<ReturnType<typeof reachOf>>, 'lookUps'>,
): Promise<Beyond> {
  const parents = [...new Set(looked.map(({ key }) => key.parentOid))];
  if (parents.length === 0) return NOTHING;
  const { keys, gaps } = await foreignKeysTo({ query }, parents, false);
  const lacking = new Map(
    (await withRows(query, keys)).filter(({ rows }) => rows >= WORTH_AN_INDEX).map((one) => [idOf(one.key), one]),
  );
  const found = looked.flatMap((lookUp) => {
    const { child: table, constraint } = lookUp.key;
    const one = lacking.get(idOf({ table, constraint }));
    return one === undefined ? [] : [{ ...one, because: becauseOf(one, rowsThatLook(lookUp), lookUp.by.kind) }];
  });
  // Two keys over the same columns need one index: told is the one that is come to first.
  const columns = ({ table, columns: names }: ForeignKeyFact) => JSON.stringify([table, names.toSorted()]);
  const each = [...new Map(found.toReversed().map((one) => [columns(one.key), one])).values()];
  const shown = each.sort((a, b) => b.rows - a.rows).slice(0, MOST);
  const ddl = await ddlOf(
    query,
    shown.map(({ key }) => key),
  );
  const left = each.length - shown.length;
  return {
    beyond: shown.map(({ because }, at) => ({ because, ddl: ddl[at]! })),
    gaps: [
      ...new Set(gaps.map(({ why }) => `foreign keys that refer to it: ${why}`)),
      ...(left > 0 ? [`${counted(left, 'foreign key')} of smaller tables without an index not shown`] : []),
    ],
  };
}

function idOf({ table, constraint }: Pick<ForeignKeyFact, 'table' | 'constraint'>): string {
  return JSON.stringify([table, constraint]);
}

interface Lacking {
  readonly key: ForeignKeyFact;
  /** Of the child, estimated. */
  readonly rows: number;
}

/**
 * Those without an index, with the rows of the child as the planner estimates them (estimate_rel_size in the server's plancat.c): as
 * many a page as VACUUM or ANALYZE last found, times the pages there are now. Where neither was here yet, those counted since
 * (n_live_tup); not otherwise: what one session loads and analyses is counted twice there.
 */
async function withRows(
  query: PostgresqlConnection['query'],
  keys: readonly ForeignKeyFact[],
): Promise<readonly Lacking[]> {
  const lacking = keys.filter(({ covered }) => !covered);
  if (lacking.length === 0) return [];
  const found = await query<{ schema: string; name: string; rows: number }>(
    `${OURS} * FROM (WITH RECURSIVE tree (root, oid) AS (
         SELECT c.oid, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN unnest($1::text[], $2::text[]) AS k (schema, name) ON n.nspname = k.schema AND c.relname = k.name
         UNION
         SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
           JOIN pg_catalog.pg_class r ON r.oid = t.root WHERE r.relkind = 'p'),
       ${LOCKED_TABLES},
       leaf AS (
         -- Asking for the size waits for whoever has the table for himself alone.
         SELECT t.root, c.oid, c.reltuples::float8 AS rows, c.relpages::float8 AS pages,
                CASE WHEN c.oid IN (SELECT relation FROM locked) THEN c.relpages::float8
                     ELSE pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::float8 END AS now
           FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind = 'r')
       SELECT n.nspname::text AS schema, c.relname::text AS name,
              sum(CASE WHEN l.now = 0 THEN 0 WHEN l.rows > 0 AND l.pages > 0 THEN l.rows / l.pages * l.now
                       ELSE greatest(pg_catalog.pg_stat_get_live_tuples(l.oid)::float8, 0) END) AS rows
         FROM leaf l JOIN pg_catalog.pg_class c ON c.oid = l.root JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        GROUP BY 1, 2) AS answer`,
    [lacking.map(({ schema }) => schema), lacking.map(({ tableName }) => tableName)],
  );
  const rows = new Map(found.map(({ schema, name, rows: count }) => [nameOf(schema, name), count]));
  return lacking.map((key) => ({ key, rows: rows.get(key.table) ?? key.childRows ?? 0 }));
}

function becauseOf({ key, rows }: Lacking, what: string, kind: 'delete' | 'update'): string {
  const { table, columns, constraint, onDelete, onUpdate } = key;
  const action = kind === 'delete' ? `ON DELETE ${onDelete}` : `ON UPDATE ${onUpdate}`;
  return printable(
    `${what} reads all of ${table} (${aboutRows(rows)}) for those that refer to it: no index begins with ${columns.join(', ')} (foreign key ${constraint}, ${action})`,
  );
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
