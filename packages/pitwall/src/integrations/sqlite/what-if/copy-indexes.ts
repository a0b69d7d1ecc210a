import { printable } from '../../../errors.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import type { SqliteConnection } from '../connection.ts';
import { definitionOf } from '../definition.ts';
import { createIndexSql, quoteIdentifier } from '../identifiers.ts';
import { analyzeIndexSql, hasStatistics } from '../index-statistics.ts';
import type { Deadline } from './deadline.ts';

/** Seconds that building one index may take on a copy. */
const BUILD_LIMIT = 300;

/** What the copies of a bench share: an index that cannot be built on one of them cannot on the other. */
export interface Builds {
  readonly connection: SqliteConnection;
  /** What the index will be called in place. */
  readonly nameOf: (spec: IndexSpec) => string;
  readonly signal: AbortSignal;
  /** What is not built by then is not built. */
  readonly deadline: Deadline;
  /** By key: seconds of the last time, and why it could not be built. */
  readonly seconds: Map<string, number>;
  readonly bytes: Map<string, number>;
  readonly failures: Map<string, string>;
  /** Told of the statistics of an index the first time that it was built. */
  readonly analysed: (spec: IndexSpec, stat: string) => void;
}

/** The new indexes of one private copy: builds and drops so that exactly the wanted ones are there. */
export class CopyIndexes {
  readonly path: string;
  readonly #builds: Builds;
  readonly #restore: () => void;
  readonly #built = new Map<string, { readonly name: string; readonly table: string }>();
  /** The copy may be anything: it is made anew before it is used. */
  #spoilt: boolean;

  /** `restore` makes the copy like the base, while no process has it open. `spoilt`: whether that has to be done first. */
  constructor(path: string, builds: Builds, restore: () => void, spoilt: boolean) {
    this.path = path;
    this.#builds = builds;
    this.#restore = restore;
    this.#spoilt = spoilt;
  }

  /** Whether it can be used without being made anew. */
  get isReady(): boolean {
    return !this.#spoilt;
  }

  /** How many of these would have to be built. */
  missing(indexes: readonly IndexSpec[]): number {
    return indexes.filter((spec) => !this.#built.has(keyOf(spec))).length;
  }

  /**
   * Builds what is missing and drops what is too many; one that cannot be built is left out, with the reason in `failures`. With
   * `tables` only indexes on these matter: those on others stay, as it costs time to build them again. False: there was no time.
   */
  async arrange(indexes: readonly IndexSpec[], tables: ReadonlySet<string> | null = null): Promise<boolean> {
    if (this.#spoilt) await this.restore();
    const { failures, deadline } = this.#builds;
    const wanted = new Set(indexes.map(keyOf));
    const gone = [...this.#built].filter(
      ([key, { table }]) => !wanted.has(key) && (tables === null || tables.has(table.toLowerCase())),
    );
    if (!(await this.change(gone.map(([, { name }]) => `DROP INDEX ${quoteIdentifier(name)}`)))) {
      return this.arrange(indexes, tables);
    }
    for (const [key] of gone) this.#built.delete(key);
    for (const spec of indexes) {
      const key = keyOf(spec);
      if (this.#built.has(key) || failures.has(key)) continue;
      if (deadline.isOver) return false;
      if (!(await this.#build(key, spec))) return deadline.isOver ? false : this.arrange(indexes, tables);
    }
    return true;
  }

  /** Our own statements on the copy; false when they failed and it was made anew. */
  async change(statements: readonly string[]): Promise<boolean> {
    if (statements.length === 0) return true;
    const { connection, signal } = this.#builds;
    const changed = await connection.runner().changeCopy(this.path, statements, BUILD_LIMIT, signal);
    if (!('failure' in changed)) return true;
    await this.restore();
    return false;
  }

  async restore(): Promise<void> {
    // Ends the process, and with it its handles on the file that is replaced.
    await this.#builds.connection.runner().close();
    this.#restore();
    this.#built.clear();
    this.#spoilt = false;
  }

  /** False when it failed and the copy was made anew. */
  async #build(key: string, spec: IndexSpec): Promise<boolean> {
    const { connection, nameOf, signal, deadline, seconds, bytes, failures } = this.#builds;
    const name = nameOf(spec);
    const analyse = hasStatistics(connection.reader()) ? analyzeIndexSql(name) : [];
    const built = await connection
      .runner()
      .changeCopy(
        this.path,
        [createIndexSql(name, definitionOf(spec)), ...analyse],
        Math.min(BUILD_LIMIT, deadline.left),
        signal,
      );
    if ('failure' in built) {
      // Out of time is no property of the index.
      if (!deadline.isOver) failures.set(key, printable(built.why));
      // Killed in the middle, the copy may be anything.
      await this.restore();
      return false;
    }
    if (!bytes.has(key)) {
      const [size] = await this.#rows('SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = TRUE', name);
      bytes.set(key, Number(size?.pgsize ?? 0));
      const [row] = analyse.length > 0 ? await this.#rows('SELECT stat FROM sqlite_stat1 WHERE idx = ?', name) : [];
      if (row) this.#builds.analysed(spec, String(row.stat));
    }
    seconds.set(key, built.answer.seconds);
    this.#built.set(key, { name, table: spec.table });
    return true;
  }

  async #rows(sql: string, index: string) {
    const { connection, signal } = this.#builds;
    const request = { database: this.path, sql, params: [index], limit: 1 };
    const result = await connection.runner().rows(request, 30, signal);
    return 'answer' in result ? result.answer.rows : [];
  }
}
