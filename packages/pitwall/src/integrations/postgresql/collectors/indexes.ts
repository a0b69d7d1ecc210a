import { defineCollector } from '../../../model/define.ts';
import type { Gap } from '../../../model/observation.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { IndexFact } from '../facts/schema.ts';
import { nameOf } from '../identifiers.ts';
import { LOCKED, lockedGap, MOST_TABLES, NOT_LOCKED, readFact, readTop } from './relations.ts';

type Row = Omit<IndexFact, 'table' | 'parent' | 'beingBuilt'> & {
  readonly parentName: string | null;
  readonly parentSchema: string | null;
  readonly beingBuilt: boolean;
  /** Builds of indexes in this database whose index the role may not see. */
  readonly hiddenBuilds: number;
  /** Tables that were left out. */
  readonly leftOut: number;
  readonly locked: number;
};

/**
 * indoption: 1 is DESC, 2 is NULLS FIRST (INDOPTION_DESC, INDOPTION_NULLS_FIRST in the server's pg_index.h). Names of operator
 * classes and collations are told with their schema: only then do equal names mean the same.
 */
const KEYS = `
  SELECT jsonb_agg(jsonb_build_object(
           'column', CASE WHEN i.indkey[k.n] <> 0 THEN a.attname END,
           'expression', CASE WHEN i.indkey[k.n] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.n + 1, false) END,
           'desc', i.indoption[k.n] & 1 = 1, 'nullsFirst', i.indoption[k.n] & 2 = 2,
           'collation', ln.nspname || '.' || l.collname,
           'opclass', opn.nspname || '.' || op.opcname || coalesce(' ' || ia.attoptions::text, '')) ORDER BY k.n) AS keys
    FROM generate_series(0, i.indnkeyatts - 1) AS k (n)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] AND i.indkey[k.n] <> 0
    LEFT JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.n + 1
    LEFT JOIN pg_catalog.pg_opclass op ON op.oid = i.indclass[k.n]
    LEFT JOIN pg_catalog.pg_namespace opn ON opn.oid = op.opcnamespace
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[k.n]
    LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace`;

const INCLUDED = `
  SELECT coalesce(jsonb_agg(a.attname ORDER BY k.n), '[]') AS include
    FROM generate_series(i.indnkeyatts, i.indnatts - 1) AS k (n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n]`;

const question = (bytesOf: (alias: string) => string): string => `
  SELECT t.total - (SELECT count(*) FROM top)::int AS "leftOut", ${LOCKED}, t.schema, c.relname::text AS name, tc.relname::text AS "tableName",
         CASE c.relkind WHEN 'I' THEN 'partitioned' ELSE 'index' END AS kind,
         pn.nspname::text AS "parentSchema", p.relname::text AS "parentName",
         (SELECT count(*) FROM pg_catalog.pg_inherits x WHERE x.inhparent = c.oid)::int AS parts,
         am.amname::text AS method, keys.keys, included.include, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS "where",
         i.indisunique AS unique, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsNotDistinct",
         i.indimmediate AS immediate, i.indisprimary AS primary, i.indisexclusion AS exclusion, own.conname::text AS constraint,
         EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.conindid = c.oid AND f.contype = 'f') AS referenced,
         i.indisreplident AS "replicaIdentity", i.indisclustered AS clustered, i.indisvalid AS valid, i.indisready AS ready,
         i.indcheckxmin AS "waitsForSnapshots",
         c.oid IN (SELECT index_relid FROM pg_catalog.pg_stat_progress_create_index WHERE index_relid IS NOT NULL) AS "beingBuilt",
         (SELECT count(*) FROM pg_catalog.pg_stat_progress_create_index b
           WHERE b.datname = current_database() AND b.index_relid IS NULL)::int AS "hiddenBuilds",
         CASE WHEN current_setting('track_commit_timestamp') = 'on' AND i.xmin::text::bigint > 2
              THEN extract(epoch FROM now() - pg_catalog.pg_xact_commit_timestamp(i.xmin))::float8 END AS "madeAgo",
         coalesce(s.idx_scan, 0)::float8 AS scans,
         extract(epoch FROM now() - (to_jsonb(s) ->> 'last_idx_scan')::timestamptz)::float8 AS "scannedAgo",
         CASE c.relkind WHEN 'I' THEN 0 ELSE ${bytesOf('c')} END AS bytes, pg_catalog.pg_get_indexdef(c.oid) AS definition
    FROM top t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid
    JOIN pg_catalog.pg_am am ON am.oid = c.relam
    LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
    LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN pg_catalog.pg_constraint own ON own.conindid = c.oid AND own.conrelid = i.indrelid AND own.contype IN ('p', 'u', 'x')
    CROSS JOIN LATERAL (${KEYS}) AS keys CROSS JOIN LATERAL (${INCLUDED}) AS included
   WHERE i.indislive AND ${NOT_LOCKED}
   ORDER BY t.weight DESC, c.oid`;

/** Indexes of the largest tables. `most`: for tests. */
export function indexesUpTo(most: number) {
  return defineCollector<PostgresqlConnection>({
    id: 'indexes',
    title: 'Indexes: definitions, sizes, how often they were scanned',
    kind: 'collector',
    timeLimit: 20,
    async collect(connection, { environment }) {
      const { rows, estimated } = await readTop<Row>(connection, question, [most]);
      const { facts, gaps } = readFact('indexes', 'postgresql.index', rows.length, rows[0]?.leftOut ?? 0);
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
      return {
        samples: [{ name: 'postgresql.index.size', labels: {}, at: environment.now(), value: bytes }],
        facts: [...facts, ...rows.map((row) => fact('postgresql.index', nameOf(row.schema, row.name), factOf(row)))],
        gaps: [...gaps, ...gapsOf(rows, estimated)],
      };
    },
  });
}

export const indexes = indexesUpTo(MOST_TABLES);

function factOf({
  leftOut: _,
  locked: __,
  parentName,
  parentSchema,
  hiddenBuilds,
  beingBuilt,
  ...row
}: Row): IndexFact {
  return {
    ...row,
    table: nameOf(row.schema, row.tableName),
    parent: parentName === null || parentSchema === null ? null : nameOf(parentSchema, parentName),
    beingBuilt: !beingBuilt && !row.valid && hiddenBuilds > 0 ? null : beingBuilt,
  };
}

function gapsOf(rows: readonly Row[], estimated: boolean): Gap[] {
  const what = 'postgresql.index';
  const hidden = (rows[0]?.hiddenBuilds ?? 0) > 0 && rows.some(({ valid }) => !valid);
  return [
    ...lockedGap(what, rows[0]?.locked ?? 0),
    ...(estimated ? [{ what, why: 'sizes are those of the last VACUUM: asking took too long' }] : []),
    ...(hidden
      ? [
          {
            what: 'which index is being built',
            why: 'the role may not see what other sessions do: GRANT pg_monitor TO it',
          },
        ]
      : []),
  ];
}
