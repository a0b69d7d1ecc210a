/** In the query process: a database in memory with the schema and statistics of the real one and none of its rows. */
import { constants, DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../../errors.ts';
import { countStatements } from '../../_sql/tokenizer.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { calibrateEntry } from './calibrate.ts';
import type { PlanRowWithCost, SchemaObject, StatisticRow, WhatIfAsk, WhatIfTold } from './protocol.ts';
import { Samples, sampleAll } from './sample.ts';

type Ask<S extends WhatIfAsk['step']> = Extract<WhatIfAsk, { step: S }>;

/** Bytes that SQLite may take in this process: a hostile schema or statement must not take the machine's memory. */
const HEAP_LIMIT = 512 * 2 ** 20;

let clone: DatabaseSync | undefined;
let samples: Samples | undefined;
/** Hypothetical indexes that are there now, with their text and statistics. */
const present = new Map<string, string>();

/** `source`: a read-only handle of the real database. */
export function answerWhatIf(ask: WhatIfAsk, source: (path: string) => DatabaseSync): WhatIfTold {
  switch (ask.step) {
    case 'open':
      return open(ask);
    case 'sample': {
      samples?.close();
      samples = new Samples();
      return { step: 'sample', ...sampleAll(samples, source(ask.database), ask.tables, ask) };
    }
    case 'keys': {
      if (!samples) return { step: 'nothing-open' };
      const from = samples;
      const answers = ask.questions.flatMap((question) => {
        try {
          return [[question.key, from.key(question)] as const];
        } catch {
          return [];
        }
      });
      return { step: 'keys', answers: Object.fromEntries(answers) };
    }
    case 'estimate':
      return clone ? estimate(clone, ask) : { step: 'nothing-open' };
  }
}

export function closeWhatIf(): void {
  clone?.close();
  samples?.close();
  clone = undefined;
  samples = undefined;
  present.clear();
}

function open({ objects, statistics }: Ask<'open'>): WhatIfTold {
  clone?.close();
  present.clear();
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  clone = database;
  database.exec(`PRAGMA hard_heap_limit = ${HEAP_LIMIT}; PRAGMA trusted_schema = 0`);
  const missing: { name: string; why: string }[] = [];
  for (const object of objects) {
    const why = make(database, object);
    if (why !== null) missing.push({ name: object.name, why });
  }
  // Makes sqlite_stat1, where there is anything to have statistics of.
  database.exec('CREATE TABLE pitwall_x (x); CREATE INDEX pitwall_xi ON pitwall_x (x); ANALYZE; DROP TABLE pitwall_x');
  database.exec('DELETE FROM sqlite_stat1');
  for (const row of statistics) insertStatistic(database, row);
  database.exec('ANALYZE sqlite_schema');
  const [probe] = database.prepare('EXPLAIN QUERY PLAN SELECT * FROM sqlite_schema').all();
  return { step: 'open', missing, costs: Number(probe?.notused) > 0, entrySeconds: calibrateEntry() };
}

/** Why the object could not be made, or null. */
function make(database: DatabaseSync, { type, name, sql }: SchemaObject): string | null {
  // A virtual table makes those that belong to it itself.
  if (database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name)) return null;
  const virtual = /^\s*create\s+virtual/i.test(sql);
  // CREATE TABLE … AS SELECT would run a query of somebody else’s.
  if (!virtual)
    forbid(database, (action) => action === constants.SQLITE_SELECT && type !== 'view' && type !== 'trigger');
  try {
    database.prepare(sql).run();
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    database.setAuthorizer(null);
  }
}

function forbid(database: DatabaseSync, forbidden: (action: number, argument: string | null) => boolean): void {
  database.setAuthorizer((action, first, second) => {
    const outside =
      action === constants.SQLITE_ATTACH ||
      action === constants.SQLITE_DETACH ||
      (action === constants.SQLITE_PRAGMA && first !== 'data_version') ||
      (action === constants.SQLITE_FUNCTION && second === 'load_extension');
    return outside || forbidden(action, first) ? constants.SQLITE_DENY : constants.SQLITE_OK;
  });
}

function insertStatistic(database: DatabaseSync, { table, index, stat }: StatisticRow): void {
  database.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)').run(table, index, stat);
}

/** Nothing of the statements is run: EXPLAIN QUERY PLAN compiles them. Some pragmas act even then, so they are forbidden. */
function estimate(database: DatabaseSync, { indexes, statements }: Ask<'estimate'>): WhatIfTold {
  const failed = arrange(database, indexes);
  forbid(database, (action) => !COMPILED.has(action));
  try {
    const plans = statements.map(({ id, sql }) => [id, planOf(database, sql)] as const);
    return { step: 'estimate', plans: Object.fromEntries(plans), failed };
  } finally {
    database.setAuthorizer(null);
  }
}

const COMPILED: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_RECURSIVE,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
  constants.SQLITE_PRAGMA,
]);

/** Makes the hypothetical indexes exactly these. */
function arrange(database: DatabaseSync, indexes: Ask<'estimate'>['indexes']): Record<string, string> {
  const wanted = new Map(indexes.map((index) => [index.name, index]));
  const failed: Record<string, string> = {};
  for (const [name, sql] of present) {
    if (textOf(wanted.get(name)) === sql) continue;
    database.exec(`DROP INDEX IF EXISTS ${quoteIdentifier(name)}`);
    present.delete(name);
  }
  for (const index of indexes) {
    const { name, sql, statistic } = index;
    if (present.has(name)) continue;
    try {
      database.prepare(sql).run();
      insertStatistic(database, statistic);
      present.set(name, textOf(index));
    } catch (error) {
      failed[name] = reasonOf(error);
    }
  }
  database.exec('ANALYZE sqlite_schema');
  return failed;
}

function textOf(index: Ask<'estimate'>['indexes'][number] | undefined): string {
  return index === undefined ? '' : `${index.sql}\n${index.statistic.stat}`;
}

function planOf(database: DatabaseSync, sql: string): { rows: readonly PlanRowWithCost[] } | { why: string } {
  const statements = countStatements(sql);
  if (statements !== 1) return { why: `it has ${statements} statements, not one` };
  try {
    const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    // A statement that begins with EXPLAIN, or none that has a plan, has no such columns.
    return {
      rows: rows.map((row) => ({
        id: Number(row.id),
        parent: Number(row.parent),
        detail: String(row.detail),
        cost: Number(row.notused) || 0,
      })),
    };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}
