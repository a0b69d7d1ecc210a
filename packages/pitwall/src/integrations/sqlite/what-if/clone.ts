import { PitwallError, printable } from '../../../errors.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { AdvisorTable, Estimate, IndexSpec, WhatIf } from '../../_sql/advisor/problem.ts';
import type { TableUse } from '../../_sql/roles.ts';
import type { SqliteConnection } from '../connection.ts';
import { definitionOf } from '../definition.ts';
import { parsePlan, planText } from '../eqp.ts';
import { createIndexSql } from '../identifiers.ts';
import { QueryRunner } from '../query-runner.ts';
import { costOfPlan } from './cost.ts';
import { hintsFor, limitIn } from './hints.ts';
import { indexBytes } from './index-bytes.ts';
import type { KeyAnswer, PlanRowWithCost, WhatIfAsk, WhatIfTold } from './protocol.ts';
import { type Described, describeTables, keyQuestion, predicateQuestions } from './tables.ts';

/** Seconds to make the clone and read the sample. */
const OPEN_LIMIT = 60;
/** Statements asked about at once, the seconds that their plans may take, and that one may alone. */
const BATCH = 50;
const BATCH_LIMIT = 10;
const SINGLE_LIMIT = 2;

export interface PlannedStatement {
  readonly id: string;
  readonly sql: string;
  readonly uses: readonly TableUse[];
}

/** The planner of SQLite, asked about indexes that do not exist. */
export interface SqliteWhatIf extends WhatIf {
  /** What the advisor needs to know of the tables that the statements name. */
  readonly tables: readonly AdvisorTable[];
  /** Tables without statistics: the planner guesses, and no advice is worth more than the guess. */
  readonly neverAnalysed: readonly string[];
  /** What the clone could not say, as sentences. */
  readonly notes: readonly string[];
  /** Statements sent to the database itself, and seconds waited for them. */
  cost(): { readonly statements: number; readonly seconds: number };
  /** With these indexes: the plan as told, or why there is none. */
  plan(
    indexes: readonly IndexSpec[],
    statement: string,
  ): Promise<{ readonly rows: readonly PlanRowWithCost[] } | { readonly why: string }>;
  /** The plans as `planText` tells them, each index by the name that `nameOf` gives it; null for what cannot be planned. */
  planTexts(
    indexes: readonly IndexSpec[],
    statements: readonly string[],
    nameOf: (spec: IndexSpec) => string,
  ): Promise<ReadonlyMap<string, string | null>>;
  /** From now on the planner is told these statistics of the index: those that it has where it was built. */
  learn(index: IndexSpec, stat: string): void;
  close(): Promise<void>;
}

/**
 * A schema-only clone in a process of its own, with the source's statistics and an own row for each hypothetical index,
 * counted on a sample. Of the source are read: its schema, sqlite_stat1, and at most 10,000 rows a table. Nothing is written
 * anywhere. A statement or schema that makes SQLite hang costs its process and is not asked about again.
 */
export async function openWhatIf(
  connection: SqliteConnection,
  statements: readonly PlannedStatement[],
  { seed }: { readonly seed: number },
  signal: AbortSignal,
): Promise<SqliteWhatIf> {
  const described = await describeTables(connection, statements, signal);
  const runner = new QueryRunner(connection.options.busyTimeout);
  try {
    const clone = new Clone(runner, connection, described, statements, seed, signal);
    await clone.open();
    return clone;
  } catch (error) {
    await runner.close();
    throw error;
  }
}

type Told<S extends WhatIfTold['step']> = Extract<WhatIfTold, { step: S }>;

class Clone implements SqliteWhatIf {
  readonly #runner: QueryRunner;
  readonly #connection: SqliteConnection;
  readonly #described: Described;
  readonly #statements: ReadonlyMap<string, PlannedStatement>;
  readonly #seed: number;
  readonly #signal: AbortSignal;
  readonly #keys = new Map<string, KeyAnswer>();
  /** Names of hypothetical indexes, by key: the same in every question. */
  readonly #names = new Map<string, string>();
  /** Statistics as ANALYZE found them, by key: in place of counts on the sample. */
  readonly #stats = new Map<string, string>();
  /** Why a statement cannot be planned: it hung, or the clone does not understand it. */
  readonly #hopeless = new Map<string, string>();
  #entrySeconds = 0;
  #asked = 0;
  #seconds = 0;
  tables: readonly AdvisorTable[] = [];
  notes: readonly string[] = [];
  readonly neverAnalysed: readonly string[];

  constructor(
    runner: QueryRunner,
    connection: SqliteConnection,
    described: Described,
    statements: readonly PlannedStatement[],
    seed: number,
    signal: AbortSignal,
  ) {
    this.#runner = runner;
    this.#connection = connection;
    this.#described = described;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#seed = seed;
    this.#signal = signal;
    this.neverAnalysed = described.neverAnalysed;
  }

  cost(): { statements: number; seconds: number } {
    return { statements: this.#asked, seconds: this.#seconds };
  }

  async open(): Promise<void> {
    const start = performance.now();
    const described = this.#described;
    const sampled = await this.#must<'sample'>({
      step: 'sample',
      database: this.#connection.path,
      tables: described.sampled,
      mostRows: MOST_SAMPLED_ROWS,
      seconds: SAMPLE_SECONDS,
      seed: this.#seed,
    });
    this.#asked +=
      described.questions + described.sampled.reduce((sum, { rows }) => sum + Math.min(rows, MOST_SAMPLED_ROWS), 0);
    const questions = [...described.existing, ...predicateQuestions([...this.#statements.values()])];
    await this.#learn(questions);
    const opened = await this.#must<'open'>({
      step: 'open',
      objects: described.objects,
      statistics: described.statistics(this.#keys),
    });
    this.#entrySeconds = opened.entrySeconds;
    this.tables = described.tables(sampled.columns);
    this.notes = [
      ...sampled.notes,
      ...opened.missing.map(({ name, why }) => `${name} is not in the clone of the schema: ${why}`),
      ...(opened.costs ? [] : ['this SQLite tells no costs, so plans are ranked by their shape']),
    ].map(printable);
    this.#seconds += described.seconds + (performance.now() - start) / 1000;
  }

  async estimate(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]> {
    const plans = await this.#plans(indexes, statements);
    const keys = new Map(indexes.map((spec) => [this.#nameOf(spec), keyOf(spec)]));
    return statements.map((id) => {
      const plan = plans.get(id);
      const statement = this.#statements.get(id);
      if (!plan || !statement || 'why' in plan || plan.rows.length === 0) return null;
      const averages = (name: string, matched: number) => this.#average(name, matched, indexes);
      const { cost, indexes: used } = costOfPlan(
        plan.rows,
        hintsFor(statement, this.tables, averages, limitIn(statement.sql)),
      );
      const text = planText(parsePlan(plan.rows)).replace(/pitwall_whatif_\d+/g, (name) => keys.get(name) ?? name);
      return { cost, uses: used.flatMap((name) => keys.get(name) ?? []), plan: text };
    });
  }

  async plan(indexes: readonly IndexSpec[], statement: string) {
    return (await this.#plans(indexes, [statement])).get(statement) ?? { why: 'it was not asked about' };
  }

  async planTexts(indexes: readonly IndexSpec[], statements: readonly string[], nameOf: (spec: IndexSpec) => string) {
    const plans = await this.#plans(indexes, statements);
    const names = new Map(indexes.map((spec) => [this.#nameOf(spec), nameOf(spec)]));
    return new Map(
      statements.map((id) => {
        const plan = plans.get(id);
        const text = plan && 'rows' in plan ? planText(parsePlan(plan.rows)) : null;
        return [id, text?.replace(/pitwall_whatif_\d+/g, (name) => names.get(name) ?? name) ?? null] as const;
      }),
    );
  }

  learn(index: IndexSpec, stat: string): void {
    this.#stats.set(keyOf(index), stat);
  }

  bytes(index: IndexSpec): number {
    return indexBytes(index, this.tables, this.#keys.get(keyOf(index)) ?? null, this.#shareOf(index));
  }

  /** The processor's part, for the index's width: what a wider entry takes more is copied, compared and split. */
  entrySeconds(index: IndexSpec): number {
    const table = this.tables.find(({ name }) => name === index.table);
    const rows = Math.max(1, (table?.rows ?? 1) * this.#shareOf(index));
    return this.#entrySeconds * this.#shareOf(index) * (1 + this.bytes(index) / rows / WIDTH_OF_DOUBLE_COST);
  }

  async close(): Promise<void> {
    await this.#runner.close();
  }

  async #plans(indexes: readonly IndexSpec[], statements: readonly string[]) {
    await this.#learn(indexes.map(keyQuestion));
    const plans = new Map<string, { rows: readonly PlanRowWithCost[] } | { why: string }>();
    const hypothetical = indexes.flatMap((spec) => this.#hypothetical(spec));
    for (let i = 0; i < statements.length; i += BATCH) {
      const batch = statements.slice(i, i + BATCH).filter((id) => !this.#hopeless.has(id));
      await this.#planBatch(hypothetical, batch, BATCH_LIMIT, plans);
    }
    for (const id of statements) {
      const why = this.#hopeless.get(id);
      if (why !== undefined) plans.set(id, { why });
    }
    return plans;
  }

  async #planBatch(
    indexes: Extract<WhatIfAsk, { step: 'estimate' }>['indexes'],
    batch: readonly string[],
    limit: number,
    plans: Map<string, { rows: readonly PlanRowWithCost[] } | { why: string }>,
  ): Promise<void> {
    if (batch.length === 0) return;
    const statements = batch.map((id) => ({ id, sql: this.#statements.get(id)?.sql ?? '' }));
    const answered = await this.#runner.whatIf({ step: 'estimate', indexes, statements }, limit, this.#signal);
    if ('answer' in answered && answered.answer.told.step === 'estimate') {
      for (const [id, plan] of Object.entries(answered.answer.told.plans)) plans.set(id, plan);
      return;
    }
    if ('answer' in answered) {
      // Somebody else's statement ended the process before.
      await this.open();
      return this.#planBatch(indexes, batch, limit, plans);
    }
    if (batch.length === 1) {
      this.#hopeless.set(batch[0]!, printable(answered.why));
      return;
    }
    for (const id of batch) await this.#planBatch(indexes, [id], SINGLE_LIMIT, plans);
  }

  /** Counts on the sample what is not known yet. */
  async #learn(questions: readonly { key: string; table: string; terms: readonly string[]; where: string | null }[]) {
    const open = questions.filter(({ key }) => !this.#keys.has(key));
    if (open.length === 0) return;
    const told = await this.#ask({ step: 'keys', questions: open }, OPEN_LIMIT);
    if (told?.step === 'nothing-open') return;
    for (const [key, answer] of Object.entries((told as Told<'keys'> | null)?.answers ?? {}))
      this.#keys.set(key, answer);
  }

  #hypothetical(spec: IndexSpec) {
    const name = this.#nameOf(spec);
    const rows = this.#described.plannerRows(spec.table);
    const answer = this.#keys.get(keyOf(spec));
    // Without a count the engine's own guess: it stands for an index that nobody analysed.
    const averages = answer?.averages ?? spec.keys.map((_, i) => Math.max(1, 10 - i));
    const held = Math.max(1, Math.round(rows.now * (answer?.share ?? 1) * rows.scale));
    const counted = [held, ...averages.map((average) => Math.max(1, Math.min(held, Math.ceil(average))))].join(' ');
    const stat = this.#stats.get(keyOf(spec)) ?? counted;
    const sql = createIndexSql(name, definitionOf(spec));
    return [{ name, sql, statistic: { table: spec.table, index: name, stat } }];
  }

  #nameOf(spec: IndexSpec): string {
    const key = keyOf(spec);
    const name = this.#names.get(key) ?? `pitwall_whatif_${this.#names.size + 1}`;
    this.#names.set(key, name);
    return name;
  }

  #average(name: string, matched: number, indexes: readonly IndexSpec[]): number | null {
    const spec = indexes.find((candidate) => this.#nameOf(candidate) === name);
    const answer = this.#keys.get(spec === undefined ? name : keyOf(spec));
    return answer?.averages[matched - 1] ?? null;
  }

  #shareOf({ table, where }: IndexSpec): number {
    if (where === null) return 1;
    return this.#keys.get(JSON.stringify([table, where]))?.share ?? UNKNOWN_SHARE;
  }

  async #must<S extends WhatIfAsk['step']>(ask: Extract<WhatIfAsk, { step: S }>): Promise<Told<S>> {
    const answered = await this.#runner.whatIf(ask, OPEN_LIMIT, this.#signal);
    if ('failure' in answered)
      throw new PitwallError('SQLITE_CLONE', { path: this.#connection.path, reason: answered.why });
    return answered.answer.told as Told<S>;
  }

  async #ask(ask: WhatIfAsk, limit: number): Promise<WhatIfTold | null> {
    const answered = await this.#runner.whatIf(ask, limit, this.#signal);
    return 'failure' in answered ? null : answered.answer.told;
  }
}

/** Rows of a table that are looked at: within 1 % for a value that a tenth of them has (a binomial's two deviations). */
const MOST_SAMPLED_ROWS = 10_000;
/** Seconds for reading the sample of one table. */
const SAMPLE_SECONDS = 1.5;
/** Bytes of an entry at which it is taken to cost twice what a narrow one does. Own choice; the copy measures what it is. */
const WIDTH_OF_DOUBLE_COST = 64;
/** Share of the rows that a partial index is taken to hold where nothing counted it. */
const UNKNOWN_SHARE = 0.2;
