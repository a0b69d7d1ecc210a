import { defineCollector } from '../../../model/define.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { SequenceFact } from '../facts/schema.ts';
import { nameOf } from '../identifiers.ts';
import { readFact, USER_SCHEMA } from './relations.ts';

/** The next to end are the only ones that matter. */
const MOST_SEQUENCES = 2000;
/** Reading a sequence opens it: of more than this only the first by number of the relation are read. */
const MOST_READ = 50_000;

type Row = Omit<SequenceFact, 'column'> & {
  readonly total: number;
  readonly hidden: number;
  readonly tableSchema: string | null;
  readonly tableName: string | null;
  readonly columnName: string | null;
};

/** What an integer column can hold. https://www.postgresql.org/docs/current/datatype-numeric.html */
const end = (type: string, sign: 1 | -1): string =>
  `CASE ${type} WHEN 'smallint' THEN ${sign === 1 ? 32_767 : -32_768} WHEN 'integer' THEN ${sign === 1 ? 2_147_483_647 : -2_147_483_648} END`;

/**
 * A sequence numbers the columns that own it (serial, identity) or whose default asks for it (`nextval`): the narrowest of
 * them ends first. Those of bigint columns and limits are not even read: no service gets there.
 */
const QUESTION = `${OURS} * FROM (WITH users AS MATERIALIZED (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attnum FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
       AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass),
  all_users AS MATERIALIZED (
    SELECT u.sequence, u.relation, u.attnum, format_type(a.atttypid, NULL) AS type
      FROM users u JOIN pg_catalog.pg_attribute a ON a.attrelid = u.relation AND a.attnum = u.attnum),
  narrowest AS MATERIALIZED (
    SELECT DISTINCT ON (sequence) * FROM all_users
     ORDER BY sequence, CASE type WHEN 'smallint' THEN 1 WHEN 'integer' THEN 2 ELSE 3 END, relation, attnum),
  found AS MATERIALIZED (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, s.seqstart AS start, s.seqincrement AS increment, s.seqcycle AS cycles,
           CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS begins,
           CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END AS own, u.relation, u.attnum, u.type,
           CASE WHEN s.seqincrement > 0 THEN ${end('u.type', 1)} ELSE ${end('u.type', -1)} END::bigint AS ends
      FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN narrowest u ON u.sequence = c.oid
     WHERE c.relpersistence <> 't' AND ${USER_SCHEMA} AND (c.relpersistence <> 'u' OR NOT pg_is_in_recovery())),
  narrow AS MATERIALIZED (
    SELECT *, CASE WHEN increment > 0 THEN least(own, ends) ELSE greatest(own, ends) END AS last_number,
           has_sequence_privilege(oid, 'USAGE, SELECT') AS readable
      FROM found WHERE least(abs(own::numeric), abs(ends::numeric)) < 1e15 ORDER BY oid LIMIT ${MOST_READ}),
  told AS MATERIALIZED (
    SELECT *, CASE WHEN readable THEN pg_catalog.pg_sequence_last_value(oid) END AS last_value FROM narrow)
  SELECT schema, name, coalesce(last_value, start)::float8 AS last, last_number::float8 AS "end",
         CASE WHEN last_value IS NULL THEN 0 WHEN last_number = begins THEN 1
              ELSE ((last_value::numeric - begins) / (last_number::numeric - begins))::float8 END AS used,
         increment::float8 AS increment, cycles,
         CASE WHEN last_number = own THEN 'sequence' ELSE 'column' END AS "limitedBy", type AS "columnType",
         tn.nspname::text AS "tableSchema", tc.relname::text AS "tableName", a.attname::text AS "columnName",
         (SELECT count(*) FROM found)::int AS total, (SELECT count(*) FROM narrow WHERE NOT readable)::int AS hidden
    FROM told LEFT JOIN pg_catalog.pg_class tc ON tc.oid = relation LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = relation AND a.attnum = told.attnum
   WHERE readable ORDER BY used DESC, told.oid LIMIT ${MOST_SEQUENCES}) AS answer`;

const COUNT = `${OURS} count(*)::int AS sequences,
       count(*) FILTER (WHERE NOT has_sequence_privilege(c.oid, 'USAGE, SELECT'))::int AS hidden
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${USER_SCHEMA}`;

export const sequences = defineCollector<PostgresqlConnection>({
  id: 'sequences',
  title: 'Sequences: how much of their numbers is left',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection) {
    const rows = await connection.query<Row>(QUESTION);
    const [all] = await connection.query<{ sequences: number; hidden: number }>(COUNT);
    const hidden = rows[0]?.hidden ?? all!.hidden;
    const { facts } = readFact('sequences', 'postgresql.sequence', all!.sequences - hidden, 0);
    return {
      facts: [...facts, ...rows.map((row) => fact('postgresql.sequence', nameOf(row.schema, row.name), factOf(row)))],
      gaps:
        hidden === 0
          ? []
          : [
              {
                what: 'postgresql.sequence',
                why: `the role may not read ${hidden} of the sequences: GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO it (or pg_read_all_data)`,
              },
            ],
    };
  },
});

function factOf({ total: _, hidden: __, tableSchema, tableName, columnName, ...row }: Row): SequenceFact {
  const known = tableSchema !== null && tableName !== null && columnName !== null;
  return { ...row, column: known ? nameOf(tableSchema, tableName, columnName) : null };
}
