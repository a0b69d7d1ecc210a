import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import { OURS } from '../connection.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { createIndexSql, tableSql } from '../what-if/definition.ts';

/** Seconds that one index may take to build. */
const BUILD_LIMIT = 600;
/** Seconds: shorter rests are left out. */
const SHORTEST_REST = 0.005;
/** So that they are known for ours, and never named like one that is there. */
const PREFIX = 'pitwall_trial_';

export interface Built {
  /** Of the database: unique within it. */
  readonly name: string;
  readonly spec: IndexSpec;
  /** Names of its parts, one for each partition of the table: plans name these. */
  readonly parts: readonly string[];
  readonly bytes: number;
  readonly buildSeconds: number;
}

/**
 * Real indexes on a copy, each built once. What it is like without some of them is seen by dropping those within a transaction
 * that is rolled back: that takes milliseconds, where building takes minutes.
 */
export class BuiltIndexes {
  readonly client: Client;
  readonly #signal: AbortSignal;
  readonly #share: number;
  readonly #built = new Map<string, Built | null>();
  #count = 0;
  readonly #run = process.pid.toString(36) + Date.now().toString(36);

  /** @param share of the time that the copy may be kept at work with runs, 0–1 */
  constructor(client: Client, signal: AbortSignal, share = 1) {
    this.client = client;
    this.#signal = signal;
    this.#share = share;
  }

  /** After work of so many seconds: leaves the server alone for long enough. @throws the signal's reason */
  async rest(seconds: number): Promise<void> {
    const rest = seconds * (1 / this.#share - 1);
    if (rest < SHORTEST_REST) return;
    await setTimeout(rest * 1000, undefined, { signal: this.#signal }).catch(() => this.#signal.throwIfAborted());
  }

  /** Null when it could not be built. */
  of(spec: IndexSpec): Built | null {
    return this.#built.get(keyOf(spec)) ?? null;
  }

  get all(): readonly Built[] {
    return [...this.#built.values()].filter((built) => built !== null);
  }

  /** Those that are missing. An index on an expression gets statistics, without which the planner guesses. */
  async build(specs: readonly IndexSpec[]): Promise<void> {
    for (const spec of specs) {
      const key = keyOf(spec);
      if (this.#built.has(key)) continue;
      this.#signal.throwIfAborted();
      this.#built.set(key, await this.#make(spec, `${PREFIX}${this.#run}_${this.#count++}`));
    }
  }

  /**
   * Drops for good those on the tables of these that are none of them: every one that is only out of the way costs each turn of a
   * comparison milliseconds.
   */
  async keepOnly(specs: readonly IndexSpec[]): Promise<void> {
    const wanted = new Set(specs.map(keyOf));
    const tables = new Set(specs.map(({ table }) => table));
    for (const [key, built] of [...this.#built]) {
      if (built === null || wanted.has(key) || !tables.has(built.spec.table)) continue;
      this.#built.delete(key);
      await this.client.query(`DROP INDEX /* pitwall */ IF EXISTS ${nameSql(built)}`);
    }
  }

  /** With exactly these of them beside what exists, in a transaction that is rolled back. @throws what `work` throws */
  async within<T>(specs: readonly IndexSpec[], work: () => Promise<T>): Promise<T> {
    const wanted = new Set(specs.map(keyOf));
    const others = [...this.#built].flatMap(([key, built]) => (built === null || wanted.has(key) ? [] : [built]));
    await this.client.query('BEGIN /* pitwall */');
    try {
      if (others.length > 0) {
        await this.client.query(`DROP INDEX /* pitwall */ ${others.map((built) => nameSql(built)).join(', ')}`);
      }
      return await work();
    } finally {
      await this.client.query('ROLLBACK /* pitwall */');
    }
  }

  /** Leaves the copy as it was found. */
  async drop(): Promise<void> {
    const made = this.all;
    this.#built.clear();
    for (const built of made) await this.client.query(`DROP INDEX /* pitwall */ IF EXISTS ${nameSql(built)}`);
  }

  async #make(spec: IndexSpec, name: string): Promise<Built | null> {
    const { client } = this;
    try {
      await client.query(`SET statement_timeout = '${BUILD_LIMIT}s'`);
      const startedAt = performance.now();
      await client.query(createIndexSql(spec, name, false));
      const buildSeconds = (performance.now() - startedAt) / 1000;
      if (spec.keys.some(({ expression }) => expression !== null))
        await client.query(`ANALYZE ${tableSql(spec.table)}`);
      const { rows } = await client.query<{ bytes: number; parts: string[] | null }>(
        `${OURS} coalesce(sum(pg_catalog.pg_relation_size(c.oid)), 0)::float8 AS bytes,
                pg_catalog.array_agg(c.relname::text) FILTER (WHERE c.oid <> $1::regclass) AS parts
           FROM (SELECT relid FROM pg_catalog.pg_partition_tree($1::regclass) UNION SELECT $1::regclass) p (oid)
           JOIN pg_catalog.pg_class c USING (oid)`,
        [nameSql({ name, spec })],
      );
      return { name, spec, parts: rows[0]!.parts ?? [], bytes: rows[0]!.bytes, buildSeconds };
    } catch (error) {
      // One that cannot be built (its predicate is not immutable, rows are too long) is no candidate.
      if (!('severity' in (error as object))) throw error;
      return null;
    } finally {
      await client.query('RESET statement_timeout').catch(() => {});
    }
  }
}

/** An index is in the schema of its table. */
function nameSql({ name, spec }: Pick<Built, 'name' | 'spec'>): string {
  const schema = tableSql(spec.table).replace(/\."(?:[^"]|"")*"$/, '');
  return `${schema}.${quoteIdentifier(name)}`;
}
