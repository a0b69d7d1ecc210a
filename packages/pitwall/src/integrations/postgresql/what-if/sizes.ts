import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { AdvisorTable, IndexKey, IndexSpec } from '../../_sql/advisor/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import { tableSql } from './definition.ts';
import type { SizedTable, WhatIfSchema } from './schema.ts';
import { btreeBytes, type SizedKey } from './size.ts';

/** Share of the rows that a partial index has, where it is not known: pganalyze's default (docs, "index-advisor", write overhead). */
const PARTIAL_SHARE = 0.1;
/** Bytes of an expression's value that nothing is known of. */
const EXPRESSION_WIDTH = 16;

/**
 * Seconds of an entry more, and of each byte of its values. Measured on PostgreSQL 15 (a row of 150 bytes more in a table of
 * 100,000 to 400,000, everything in memory, no fsync): 0.6 µs for an ascending bigint, 1.3 for a random integer, 1.6 for two,
 * 2.5 for a text of 20 bytes, 2.9 for one of 60; a whole row takes 3.4 with its key. Sent one by one it is twice as much, so
 * that is taken. Where a copy is at hand, what writes cost is measured there.
 */
const ENTRY_SECONDS = 2e-6;
const BYTE_SECONDS = 5e-8;

/** What indexes would weigh: bytes on disk, and what one entry more costs a write. Asks the planner once for each predicate and expression. */
export class IndexSizes {
  readonly #schema: WhatIfSchema;
  readonly #tables: ReadonlyMap<string, AdvisorTable>;
  readonly #kept = new Map<string, number>();
  readonly #widths = new Map<string, number>();
  readonly #measuredBytes = new Map<string, number>();

  constructor(schema: WhatIfSchema) {
    this.#schema = schema;
    this.#tables = new Map(schema.tables.map((table) => [table.name, table]));
  }

  /** What `bytes` has to know of this index's predicate and expressions. */
  async learn(session: AnalysisSession, spec: IndexSpec): Promise<void> {
    if (spec.where !== null) await this.kept(session, spec.table, spec.where);
    for (const { expression } of spec.keys) {
      const key = JSON.stringify([spec.table, expression]);
      if (expression === null || this.#widths.has(key)) continue;
      const plan = await planOf(session, `SELECT (${expression}) FROM ${tableSql(spec.table)}`);
      this.#widths.set(key, plan?.['Plan Width'] ?? EXPRESSION_WIDTH);
    }
  }

  /** Share of the table's rows for which the predicate holds, as the planner estimates it: 0–1. */
  async kept(session: AnalysisSession, table: string, predicate: string): Promise<number> {
    const key = JSON.stringify([table, predicate]);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const plan = await planOf(session, `SELECT 1 FROM ${tableSql(table)} WHERE ${predicate}`);
    const rows = this.#tables.get(table)?.rows ?? 0;
    const share = plan === null || rows < 1 ? PARTIAL_SHARE : Math.min(1, plan['Plan Rows']! / rows);
    this.#kept.set(key, share);
    return share;
  }

  /** As built on a copy: what is measured is not estimated again. */
  measured(key: string, bytes: number): void {
    this.#measuredBytes.set(key, bytes);
  }

  bytes(spec: IndexSpec): number {
    return this.#measuredBytes.get(keyOf(spec)) ?? this.estimated(spec);
  }

  /** The estimate, whatever was measured. */
  estimated(spec: IndexSpec): number {
    const table = this.#tables.get(spec.table);
    const sized = this.#schema.sized.get(spec.table);
    if (table === undefined || sized === undefined) return 0;
    const share = this.#share(spec);
    const keys = spec.keys.map((key) => this.#sizedKey(table, sized, key, share));
    const include = spec.include.map((column) => this.#sizedColumn(table, sized, column, share));
    return btreeBytes(table.rows * share, keys, include);
  }

  /** Of a row that the index has; a longer entry costs more. */
  entrySeconds(spec: IndexSpec): number {
    const table = this.#tables.get(spec.table);
    const sized = this.#schema.sized.get(spec.table);
    if (table === undefined || sized === undefined) return ENTRY_SECONDS;
    const keys = spec.keys.map((key) => this.#sizedKey(table, sized, key, 1));
    const include = spec.include.map((column) => this.#sizedColumn(table, sized, column, 1));
    const width = [...keys, ...include].reduce((sum, key) => sum + key.width * (1 - key.nullShare), 0);
    return ENTRY_SECONDS + BYTE_SECONDS * width;
  }

  #share(spec: IndexSpec): number {
    return spec.where === null ? 1 : (this.#kept.get(JSON.stringify([spec.table, spec.where])) ?? PARTIAL_SHARE);
  }

  #sizedKey(table: AdvisorTable, sized: SizedTable, key: IndexKey, share: number): SizedKey {
    if (key.column !== null) return this.#sizedColumn(table, sized, key.column, share);
    // Nothing is known of an expression's values before it is indexed: as many as its one column has.
    const named = table.columns.filter(({ name }) => key.expression!.includes(name));
    return {
      width: this.#widths.get(JSON.stringify([table.name, key.expression])) ?? EXPRESSION_WIDTH,
      align: 4,
      distinct: named.length === 1 ? named[0]!.distinct : null,
      nullShare: named.length === 1 ? (named[0]!.nullShare ?? 0) : 0,
      dedup: true,
    };
  }

  #sizedColumn(table: AdvisorTable, sized: SizedTable, name: string, share: number): SizedKey {
    const column = table.columns.find((known) => known.name === name);
    const { align = 8, dedup = false } = sized.columns.get(name) ?? {};
    const nullShare = column?.nullShare ?? 0;
    return {
      width: column?.width ?? 8,
      align,
      dedup,
      distinct: column?.distinct ?? null,
      nullShare: share < 1 ? 0 : nullShare,
    };
  }
}

async function planOf(session: AnalysisSession, text: string): Promise<Readonly<Record<string, number>> | null> {
  const asked = await session.explain(text, [], { run: false, generic: false }).catch(orNull);
  return (asked?.json.Plan as Readonly<Record<string, number>> | undefined) ?? null;
}

/** What cannot be planned has no plan; a database that is gone is not that. */
export function orNull(error: unknown): null {
  const { code } = error as { code?: string };
  if (code === 'POSTGRESQL_FAILED' || code === 'POSTGRESQL_SLOW' || code === 'POSTGRESQL_NO_RIGHT') return null;
  throw error;
}
