import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Estimate, IndexSpec, WhatIf } from '../../_sql/advisor/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS } from '../connection.ts';
import { createIndexSql } from './definition.ts';
import type { Planner } from './planner.ts';
import type { WhatIfSchema } from './schema.ts';
import { type IndexSizes, orNull } from './sizes.ts';

/** HypoPG has about 2,500 numbers to give its indexes; those that one question needs are far fewer. */
const MOST_INDEXES = 2000;

/** The planner with indexes that do not exist. They live in the session's memory, and are gone after `reset`. */
export class HypopgWhatIf implements WhatIf {
  readonly #session: AnalysisSession;
  readonly #planner: Planner;
  readonly #sizes: IndexSizes;
  readonly #extension: string;
  readonly #schema: WhatIfSchema;
  readonly #tablesOf: (statement: string) => readonly string[];
  /** Which are there now: one text of all keys, and name in plans → key. */
  #there = { set: '', names: new Map<string, string>() as ReadonlyMap<string, string> };
  /** Those that the extension refused, by key. */
  readonly #refused = new Set<string>();

  /** @throws TypeError without the extension, or behind a pooler, where what it makes would stay with somebody else */
  constructor(
    session: AnalysisSession,
    planner: Planner,
    sizes: IndexSizes,
    { schema, tablesOf }: { schema: WhatIfSchema; tablesOf: (statement: string) => readonly string[] },
  ) {
    if (session.hypopg === null || session.pooled) throw new TypeError('HypoPG is not at hand in this session');
    this.#session = session;
    this.#planner = planner;
    this.#sizes = sizes;
    this.#extension = session.hypopg.schema;
    this.#schema = schema;
    this.#tablesOf = tablesOf;
  }

  async estimate(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]> {
    const estimates: (Estimate | null)[] = [];
    for (const { specs, ids } of this.#affordable(indexes, statements)) {
      await this.#make(specs);
      for (const id of ids) estimates.push(await this.#planner.estimate(id, this.#there.names));
    }
    return estimates;
  }

  /** All at once where there is room; else statement after statement, with the indexes of their tables: others change no plan. */
  #affordable(
    indexes: readonly IndexSpec[],
    statements: readonly string[],
  ): readonly { readonly specs: readonly IndexSpec[]; readonly ids: readonly string[] }[] {
    const countOf = (specs: readonly IndexSpec[]) => specs.reduce((sum, spec) => sum + this.#parts(spec).length, 0);
    if (countOf(indexes) <= MOST_INDEXES) return [{ specs: indexes, ids: statements }];
    const parts: { specs: readonly IndexSpec[]; ids: string[] }[] = [];
    const tables = new Set<string>();
    for (const id of statements) {
      for (const table of this.#tablesOf(id)) tables.add(table);
      const specs = indexes.filter((spec) => tables.has(spec.table));
      const last = parts.at(-1);
      if (last !== undefined && countOf(specs) <= MOST_INDEXES) {
        last.specs = specs;
        last.ids.push(id);
        continue;
      }
      tables.clear();
      for (const table of this.#tablesOf(id)) tables.add(table);
      parts.push({ specs: indexes.filter((spec) => tables.has(spec.table)), ids: [id] });
    }
    return parts;
  }

  bytes(index: IndexSpec): number {
    return this.#sizes.bytes(index);
  }

  entrySeconds(index: IndexSpec): number {
    return this.#sizes.entrySeconds(index);
  }

  async reset(): Promise<void> {
    await this.#session.query(`${OURS} ${this.#extension}.hypopg_reset()`);
    this.#there = { set: '', names: new Map() };
  }

  async #make(indexes: readonly IndexSpec[]): Promise<void> {
    const wanted = new Map(indexes.map((spec) => [keyOf(spec), spec]));
    const set = [...wanted.keys()].sort().join('\n');
    if (set === this.#there.set) return;
    await this.reset();
    for (const key of this.#refused) wanted.delete(key);
    for (const spec of wanted.values()) await this.#sizes.learn(this.#session, spec);
    // It takes no partitioned table: the index is on each partition then, as it would be when it was built.
    const entries = [...wanted].flatMap(([key, spec]) => this.#parts(spec).map((part) => [key, part] as const));
    if (entries.length > MOST_INDEXES) throw new RangeError(`${entries.length} hypothetical indexes at once`);
    const names = new Map<string, string>();
    // All in one question; where one of them is refused, one by one.
    const all = await this.#create(entries.map(([, spec]) => spec)).catch(orNull);
    if (all === null) await this.reset();
    for (const [i, [key, spec]] of entries.entries()) {
      const name = all === null ? ((await this.#create([spec]).catch(orNull))?.[0] ?? null) : (all[i] ?? null);
      if (name === null) this.#refused.add(key);
      else names.set(name, key);
    }
    this.#there = { set, names };
  }

  #parts(spec: IndexSpec): readonly IndexSpec[] {
    const table = this.#schema.sized.get(spec.table);
    return table?.kind === 'partitioned' ? table.leaves.map((leaf) => ({ ...spec, table: leaf })) : [spec];
  }

  /** Names, which have a number within, in the order of the indexes. */
  async #create(indexes: readonly IndexSpec[]): Promise<readonly string[]> {
    if (indexes.length === 0) return [];
    const rows = await this.#session.query<{ name: string }>(
      `${OURS} made.indexname AS name FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS wanted (sql, at),
              LATERAL ${this.#extension}.hypopg_create_index(wanted.sql) AS made ORDER BY wanted.at`,
      [indexes.map((spec) => createIndexSql(spec, null, false))],
    );
    return rows.map(({ name }) => name);
  }
}
