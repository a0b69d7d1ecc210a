import { reasonOf } from '../../../errors.ts';
import type { Fact, Gap } from '../../../model/observation.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import type { PoolFact } from '../facts/server.ts';
import type { Pooler } from '../pooler.ts';

/** https://www.pgbouncer.org/usage.html#show-pools. Numbers come as texts, or as numbers where they are small. */
interface PoolRow {
  readonly database: string;
  readonly user: string;
  readonly cl_waiting: string | number;
  readonly sv_active: string | number;
  readonly sv_idle: string | number;
  readonly sv_used: string | number;
  readonly maxwait: string | number;
  readonly maxwait_us: string | number;
  readonly pool_mode: string;
}

/** Looks at the pools of the PgBouncer that the options name. Where it cannot, that is a gap and no failure. */
export class PoolWatch {
  readonly gaps: Gap[] = [];
  readonly #looks: (readonly PoolRow[])[] = [];
  readonly #pooler: Pooler | null;

  private constructor(pooler: Pooler | null) {
    this.#pooler = pooler;
  }

  static async begin({ openPooler }: Pick<PostgresqlConnection, 'openPooler'>): Promise<PoolWatch> {
    if (openPooler === null) return new PoolWatch(null);
    try {
      return new PoolWatch(await openPooler());
    } catch (error) {
      const watch = new PoolWatch(null);
      watch.#failed(error);
      return watch;
    }
  }

  async look(): Promise<void> {
    if (this.#pooler === null || this.gaps.length > 0) return;
    await this.#pooler.ask<PoolRow & Record<string, unknown>>('SHOW POOLS').then(
      (rows) => this.#looks.push(rows),
      (error) => this.#failed(error),
    );
  }

  async facts(): Promise<Fact[]> {
    if (this.#pooler === null || this.#looks.length === 0) return [];
    const databases = await this.#pooler.ask('SHOW DATABASES').catch(() => []);
    return [...poolFacts(this.#looks, sizesOf(databases))].map(([key, value]) => fact('postgresql.pool', key, value));
  }

  async close(): Promise<void> {
    await this.#pooler?.close();
  }

  #failed(error: unknown): void {
    this.gaps.push({ what: 'postgresql.pool', why: reasonOf(error) });
  }
}

/** Of SHOW DATABASES: pool_size by the name that clients know it by. */
function sizesOf(rows: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, number> {
  return new Map(rows.map(({ name, pool_size: size }) => [String(name), Number(size)]));
}

/** What was seen of each pool but that of the console itself, over all looks. */
function poolFacts(
  looks: readonly (readonly PoolRow[])[],
  sizes: ReadonlyMap<string, number>,
): ReadonlyMap<string, PoolFact> {
  const keys = new Map<string, PoolRow>();
  for (const row of looks.flat()) if (row.database !== 'pgbouncer') keys.set(`${row.database}/${row.user}`, row);
  return new Map(
    [...keys].map(([key, { database, user, pool_mode: mode }]) => {
      // A pool that is not there yet, or no more, has nobody waiting.
      const seen = looks.map((look) => look.find((row) => row.database === database && row.user === user) ?? null);
      const of = (value: (row: PoolRow) => number) => seen.map((row) => (row === null ? 0 : value(row)));
      const waiting = of((row) => Number(row.cl_waiting));
      const active = of((row) => Number(row.sv_active));
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / looks.length;
      return [
        key,
        {
          mode,
          size: sizes.get(database) ?? Math.max(...active),
          looks: looks.length,
          waiting: mean(waiting),
          peakWaiting: Math.max(...waiting),
          waitingShare: waiting.filter((count) => count > 0).length / looks.length,
          longestWait: Math.max(...of((row) => Number(row.maxwait) + Number(row.maxwait_us) / 1e6)),
          active: mean(active),
          peakActive: Math.max(...active),
          open: Math.max(...of((row) => Number(row.sv_active) + Number(row.sv_idle) + Number(row.sv_used))),
        },
      ];
    }),
  );
}
