import type { Client } from 'pg';
import { OURS } from '../connection.ts';
import { qualified, quoteIdentifier } from '../identifiers.ts';
import type { Grammar } from '../parse/load.ts';
import { isWhole, type ParameterUse, type ParameterUses, parameterUses } from '../parse/parameters.ts';
import type { Schema } from '../parse/schema.ts';
import { withCasts } from '../parse/typed-parameters.ts';
import { COLUMN_VALUES, type ColumnValuesRow, columnValues } from '../what-if/likely-values.ts';
import type { PlannedStatement } from '../what-if/planner.ts';

/** Calls that are drawn for a statement. */
const CALLS = 4;
/** Rows of a table that are looked at for them. */
const LOOKED_AT = 4000;
/** Shares of a table's rows that a range keeps: which of them the statement asks for shows in the rows that its calls gave. */
const WIDTHS = [0.001, 0.01, 0.1, 0.5] as const;
const USUAL_WIDTH = 0.01;
/** Rows that a call asks for where LIMIT is a placeholder. */
const LIMIT = '20';
const LIST = 3;
/** Characters of a value that a pattern begins with. */
const START = 4;
/** Share of the rows below which a value is rare: of the rows that are drawn none has it. */
const RARE = 0.1;

type Call = PlannedStatement['samples'][number];

export interface DrawRequest {
  readonly statements: readonly PlannedStatement[];
  /** Rows that a call gave on average, by statement; absent: not known. */
  readonly rowsPerCall: ReadonlyMap<string, number>;
  /** Rows of a table by its id. */
  readonly rowsOf: ReadonlyMap<string, number>;
  readonly schema: Schema;
  readonly grammar: Grammar;
}

/**
 * Calls for statements of which none is known, with values of the copy's own rows: those of one row for all placeholders of a
 * table, so that they occur together, and frequent values as often as they are there. Always the same ones. Statements with a
 * placeholder that nothing tells a value for are left out. They are to be said as drawn: real calls may be skewed otherwise.
 * In a transaction of its own. @throws what the connection throws
 */
export async function drawCalls(
  client: Client,
  { statements, rowsPerCall, rowsOf, schema, grammar }: DrawRequest,
): Promise<ReadonlyMap<string, readonly Call[]>> {
  const drawn = new Map<string, readonly Call[]>();
  for (const { id, text, samples, forAny } of statements) {
    const generic = forAny ?? text;
    if ((samples.length > 0 && forAny === undefined) || !/\$\d/.test(generic)) continue;
    const uses = parameterUses(grammar, generic, schema);
    if (uses === null || !isWhole(uses)) continue;
    await client.query('BEGIN /* pitwall */ READ ONLY');
    try {
      await client.query("SET LOCAL statement_timeout = '10s'");
      const width = await widthOf(client, generic, uses, { wanted: rowsPerCall.get(id) ?? null, rowsOf });
      const calls = await callsWith(client, generic, uses, width, rowsOf);
      if (calls.length > 0) drawn.set(id, calls);
    } catch (error) {
      // A type without an order, a view in the place of a table: then it stays unmeasured.
      if (!('severity' in (error as object))) throw error;
    } finally {
      await client.query('ROLLBACK /* pitwall */');
    }
  }
  return drawn;
}

/** The width of ranges at which the planner expects about as many rows as calls gave. */
async function widthOf(
  client: Client,
  text: string,
  uses: ParameterUses,
  { wanted, rowsOf }: { readonly wanted: number | null; readonly rowsOf: DrawRequest['rowsOf'] },
): Promise<number> {
  const isRange = uses.uses.some(({ as }) => as === 'low' || as === 'high');
  if (!isRange || wanted === null) return USUAL_WIDTH;
  const expected: { readonly width: number; readonly rows: number }[] = [];
  for (const width of WIDTHS) {
    const [call] = await callsWith(client, text, uses, width, rowsOf);
    if (call === undefined) return USUAL_WIDTH;
    const sql = `EXPLAIN /* pitwall */ (FORMAT JSON) ${withCasts(call.text)}`;
    const asked = { text: sql, values: [...call.params], queryMode: 'extended' };
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(asked as never);
    expected.push({ width, rows: rows[0]!['QUERY PLAN'][0]!.Plan['Plan Rows'] });
  }
  // A sum, or the first ten, is as many rows whatever is asked for.
  if (new Set(expected.map((one) => one.rows)).size === 1) return USUAL_WIDTH;
  const distance = (rows: number) => Math.abs(Math.log((rows + 1) / (wanted + 1)));
  return expected.sort((a, b) => distance(a.rows) - distance(b.rows))[0]!.width;
}

async function callsWith(
  client: Client,
  text: string,
  { count, uses, limits }: ParameterUses,
  width: number,
  rowsOf: DrawRequest['rowsOf'],
): Promise<readonly Call[]> {
  const values = new Map<number, readonly (string | null)[]>();
  for (const [number, word] of limits) values.set(number, Array(CALLS).fill(word === 'limit' ? LIMIT : '0'));
  for (const [, its] of Map.groupBy(uses, ({ alias }) => alias)) {
    for (const [number, drawn] of await valuesFrom(client, its, width, rowsOf)) values.set(number, drawn);
  }
  return Array.from(
    { length: CALLS },
    (_, i): Call => ({
      text,
      params: Array.from({ length: count }, (_, at) => values.get(at + 1)?.[i] ?? null),
    }),
  ).filter(({ params }) => params.every((value) => value !== null));
}

/** Values for the placeholders of one table, call by call. */
async function valuesFrom(
  client: Client,
  uses: readonly ParameterUse[],
  width: number,
  rowsOf: DrawRequest['rowsOf'],
): Promise<ReadonlyMap<number, readonly (string | null)[]>> {
  const { table } = uses[0]!;
  const size = rowsOf.get(table.id) ?? 0;
  const percent = Math.min(100, Math.max(0.01, (100 * LOOKED_AT) / Math.max(1, size)));
  const from = `SELECT * FROM ${qualified(table.schema, table.name)} TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1) LIMIT ${2 * LOOKED_AT}`;
  const picked = uses.map((use) => `${pickSql(use)} AS "p${use.number}"`);
  const { rows } = await client.query<Record<string, string | null>>(
    `${OURS} ${picked.join(', ')} FROM (SELECT *, pg_catalog.row_number() OVER () AS pitwall_at, count(*) OVER () AS pitwall_all FROM (${from}) s) s
      WHERE pitwall_at IN (${Array.from({ length: CALLS }, (_, i) => `1 + (pitwall_all - 1) * ${2 * i + 1} / ${2 * CALLS}`).join(', ')}) ORDER BY pitwall_at`,
  );
  const rare = await rareRow(client, uses, picked);
  if (rare !== null && rows.length === CALLS) rows[CALLS - 1] = rare;
  const drawn = new Map(uses.map(({ number }) => [number, rows.map((row) => row[`p${number}`] ?? null)]));
  for (const [, ranges] of Map.groupBy(
    uses.filter(({ as }) => as === 'low' || as === 'high'),
    ({ column, through }) => `${through} ${column}`,
  )) {
    const bounds = await boundsOf(client, ranges, from, width);
    for (const { number, as } of ranges)
      drawn.set(
        number,
        bounds.map((bound) => bound[as as 'low' | 'high']),
      );
  }
  return drawn;
}

/**
 * A row with the rarest value of a column that has few: an application asks for the open orders, and hardly any of the rows that
 * are looked at is one. Null where all columns have many values, or none is rare.
 */
async function rareRow(
  client: Client,
  uses: readonly ParameterUse[],
  picked: readonly string[],
): Promise<Record<string, string | null> | null> {
  const { table } = uses[0]!;
  const columns = uses.filter(({ as, through }) => as === 'value' && through === null).map(({ column }) => column);
  const { rows } = await client.query<ColumnValuesRow>(COLUMN_VALUES, [
    columns.map(() => table.schema),
    columns.map(() => table.name),
    columns,
  ]);
  const rarest = rows
    .filter((row) => columnValues(row).complete && row.frequencies.at(-1)! < RARE)
    .sort((a, b) => a.frequencies.at(-1)! - b.frequencies.at(-1)!)[0];
  if (rarest === undefined) return null;
  const found = await client.query<Record<string, string | null>>(
    `${OURS} ${picked.join(', ')} FROM ${qualified(table.schema, table.name)} s WHERE s.${quoteIdentifier(rarest.column)}::text = $1 LIMIT 1`,
    [rarest.common.at(-1)],
  );
  return found.rows[0] ?? null;
}

function pickSql({ column, through, as }: ParameterUse): string {
  const plain = `s.${quoteIdentifier(column)}`;
  const value = through === null ? plain : `pg_catalog.${through}(${plain})`;
  if (as === 'list') return `ARRAY[${Array(LIST).fill(value).join(', ')}]::text`;
  return as === 'start' ? `pg_catalog.left(${value}::text, ${START}) || '%'` : `${value}::text`;
}

/**
 * Both bounds from a place in the order of the values, a width apart. With one bound only, the end of the order is asked for, as
 * "since yesterday" is; each call a little further in.
 */
async function boundsOf(
  client: Client,
  ranges: readonly ParameterUse[],
  from: string,
  width: number,
): Promise<readonly { readonly low: string | null; readonly high: string | null }[]> {
  const { column, through } = ranges[0]!;
  const isBoth = new Set(ranges.map(({ as }) => as)).size === 2;
  const places = Array.from({ length: CALLS }, (_, i) => {
    const start = isBoth ? ((2 * i + 1) / (2 * CALLS)) * (1 - width) : 0;
    const own = isBoth ? width : Math.min(0.95, width * (0.5 + i / CALLS));
    return isBoth ? [start, start + own] : [1 - own, own];
  });
  const value =
    through === null ? `s.${quoteIdentifier(column)}` : `pg_catalog.${through}(s.${quoteIdentifier(column)})`;
  const { rows } = await client.query<{ all: (string | null)[] }>(
    `${OURS} (pg_catalog.percentile_disc($1::float8[]) WITHIN GROUP (ORDER BY ${value}))::text[] AS all FROM (${from}) s`,
    [places.flat()],
  );
  const all = rows[0]!.all ?? [];
  return places.map((_, i) => ({ low: all[2 * i] ?? null, high: all[2 * i + 1] ?? null }));
}
