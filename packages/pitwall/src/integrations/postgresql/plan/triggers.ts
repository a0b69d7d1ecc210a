import { type Change, triggersText } from '../../_sql/beyond-text.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';

/** Triggers that are read. */
const MOST = 2000;
/** Tables whose triggers are told. [judgement] */
const SHOWN = 10;

/** Bits of tgtype: TRIGGER_TYPE_ROW and the events in the server's pg_trigger.h. */
const ROW = 1;
const EVENTS = { insert: 4, delete: 8, update: 16 } as const;

interface Trigger {
  readonly oid: number;
  readonly name: string;
  readonly type: number;
  /** Of `UPDATE OF`; empty: any. */
  readonly columns: readonly string[];
  /** It has a WHEN. */
  readonly conditional: boolean;
}

/**
 * Triggers of the users' own that run for each row, those that are enabled: their work is in no plan. Sentences, the statement's own
 * tables first. @throws PitwallError as `query` does
 */
export async function triggersOn(
  query: PostgresqlConnection['query'],
  changes: readonly Change[],
  oids: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const tables = [...new Set(changes.flatMap(({ table }) => oids.get(table) ?? []))];
  if (tables.length === 0) return [];
  const triggers = await query<Trigger & Record<string, unknown>>(
    `${OURS} t.tgrelid::int8::float8 AS oid, t.tgname::text AS name, t.tgtype::int AS type, t.tgqual IS NOT NULL AS conditional,
            (SELECT coalesce(jsonb_agg(a.attname), '[]') FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)) AS columns
       FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid IN (SELECT oid::int8::oid FROM unnest($1::float8[]) AS oid)
        AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & ${ROW} = ${ROW}
      ORDER BY t.tgname LIMIT ${MOST}`,
    [tables],
  );
  const told = changes.flatMap((change) => {
    const own = triggers.filter((one) => one.oid === oids.get(change.table) && runsFor(one, change));
    return own.length === 0 ? [] : [triggersText(change, own.map(nameOf))];
  });
  return told.slice(0, SHOWN);
}

function nameOf({ name, conditional }: Trigger): string {
  return conditional ? `${name} (where its WHEN holds)` : name;
}

/** Of an update whose columns are not known only those for any column. */
function runsFor({ type, columns }: Trigger, { kind, columns: set }: Change): boolean {
  if ((type & EVENTS[kind]) === 0) return false;
  return kind !== 'update' || columns.length === 0 || columns.some((name) => set.includes(name));
}
