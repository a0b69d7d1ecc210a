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
  const { rows } = await one(`EXPLAIN ${TAG} (${options}FORMAT JSON) ${withCasts(text)}`, params);
  return firstPlan(rows);
}

/**
 * For any values. Within a transaction that has a savepoint `pitwall`, to which it goes back. Not by EXPLAIN (GENERIC_PLAN): that
 * came with PostgreSQL 16, and the extended protocol wants a value for each placeholder of it.
 */
export async function genericPlan(text: string, one: One): Promise<Plan> {
  await one(`PREPARE pitwall_generic AS ${withCasts(text)}`);
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

function firstPlan(rows: readonly Readonly<Record<string, unknown>>[]): Plan {
  const [plan] = rows[0]!['QUERY PLAN'] as readonly Readonly<Record<string, unknown>>[];
  return plan!;
}
