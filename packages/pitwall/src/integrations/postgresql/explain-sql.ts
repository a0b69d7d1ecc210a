import { withCasts } from './parse/typed-parameters.ts';

/** How our utility statements are told apart in pg_stat_statements and in logs. */
export const TAG = '/* pitwall */';

/** One statement, by the extended protocol. */
export type One = (
  text: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;

/** What EXPLAIN (FORMAT JSON) says of a statement. */
type Plan = Readonly<Record<string, unknown>>;

/** The text goes behind the parenthesis of the options, where it can be nothing but a statement that EXPLAIN takes. */
export async function planOf(options: string, text: string, params: readonly unknown[], one: One): Promise<Plan> {
  const sent = `EXPLAIN ${TAG} (${options}FORMAT JSON) ${withCasts(text)}`;
  const { rows } = await one(sent, params).catch((error: unknown) => {
    throw withSent(error, sent);
  });
  return firstPlan(rows);
}

/** The position that the server tells is one in this text. */
function withSent(error: unknown, sent: string): unknown {
  return typeof error === 'object' && error !== null ? Object.assign(error, { sent }) : error;
}

/**
 * For any values. Within a transaction that has a savepoint `pitwall`, to which it goes back. Not by EXPLAIN (GENERIC_PLAN): that
 * came with PostgreSQL 16, and the extended protocol wants a value for each placeholder of it.
 */
export async function genericPlan(text: string, one: One): Promise<Plan> {
  await prepare(withCasts(text), one);
  try {
    const { rows } = await one(
      `SELECT ${TAG} pg_catalog.cardinality(parameter_types) AS count FROM pg_catalog.pg_prepared_statements WHERE name = 'pitwall_generic'`,
    );
    await one(`SELECT ${TAG} pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)`);
    const values = Array.from({ length: Number(rows[0]!.count) }, () => 'NULL').join(', ');
    return firstPlan(
      (await one(`EXPLAIN ${TAG} (FORMAT JSON) EXECUTE pitwall_generic${values === '' ? '' : `(${values})`}`)).rows,
    );
  } finally {
    // A failed statement before it lets nothing else through until the savepoint.
    await one(`ROLLBACK TO SAVEPOINT pitwall ${TAG}`);
    await one('DEALLOCATE pitwall_generic');
  }
}

/** How often a statement is prepared again, each time with the types of more parameters; and the last parameter that gets one. */
const ATTEMPTS = 8;
const LAST = 1000;

/** Where the server cannot tell the type of a parameter, it is declared. `unknown` leaves one to the server. */
async function prepare(text: string, one: One): Promise<void> {
  const types = new Map<number, string>();
  for (let attempt = 1; ; attempt++) {
    const list = Array.from({ length: Math.max(0, ...types.keys()) }, (_, at) => types.get(at + 1) ?? 'unknown');
    const sql = `PREPARE pitwall_generic${list.length === 0 ? '' : `(${list.join(', ')})`} AS ${text}`;
    try {
      await one(sql);
      return;
    } catch (error) {
      const told = untold(error, sql).filter(([number]) => number >= 1 && number <= LAST && !types.has(number));
      if (told.length === 0 || attempt === ATTEMPTS) throw withSent(error, sql);
      for (const [number, type] of told) types.set(number, type);
      await one(`ROLLBACK TO SAVEPOINT pitwall ${TAG}`);
    }
  }
}

/**
 * Parameters that the server says it cannot type (42P18): text, as it takes literals of which nothing else is known. Those of an
 * operator between two of them that fits several types (42725), as in `$1 % $2`: integers, as literals there mostly were.
 */
function untold(error: unknown, sql: string): readonly (readonly [number, string])[] {
  const { code, message, position } = error as { code?: unknown; message?: unknown; position?: unknown };
  // By the number alone: messages are in the language of the server.
  const parameter = code === '42P18' ? /\$(\d+)/.exec(String(message))?.[1] : undefined;
  if (parameter !== undefined) return [[Number(parameter), 'pg_catalog.text']];
  if (code !== '42725' || position === undefined) return [];
  // Positions count characters, from 1.
  const characters = Array.from(sql);
  const at = Number(position) - 1;
  const left = /\$(\d+)\s*$/.exec(characters.slice(Math.max(0, at - 40), at).join(''))?.[1];
  const right = /^[-+*/%<>=~!@#^&|?]+\s*\$(\d+)/.exec(characters.slice(at, at + 40).join(''))?.[1];
  if (left === undefined || right === undefined) return [];
  return [left, right].map((number) => [Number(number), 'pg_catalog.int4'] as const);
}

function firstPlan(rows: readonly Readonly<Record<string, unknown>>[]): Plan {
  const [plan] = rows[0]!['QUERY PLAN'] as readonly Readonly<Record<string, unknown>>[];
  return plan!;
}
