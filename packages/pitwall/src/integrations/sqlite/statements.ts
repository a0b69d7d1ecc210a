/** Preparing and running statements in the query process. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { QueryParameters } from './options.ts';
import type { SqlValue } from './query-protocol.ts';

type Row = Record<string, SqlValue>;

export function prepare(database: DatabaseSync, sql: string, arrays: boolean): StatementSync {
  const statement = database.prepare(sql);
  // Integers above 2^53 would throw otherwise; arrays, because rows may have columns of one name.
  statement.setReadBigInts(true);
  statement.setReturnArrays(arrays);
  return statement;
}

/** Runs to the end without keeping rows; their number. */
export function drain(statement: StatementSync, parameters: QueryParameters): number {
  let rows = 0;
  for (const _ of iterate(statement, parameters)) rows++;
  return rows;
}

/** Runs one that writes; rows that RETURNING gives are dropped. After an error it can be run again, as an iterator cannot. */
export function runOnce(statement: StatementSync, parameters: QueryParameters): void {
  if (Array.isArray(parameters)) statement.run(...parameters.map(bindable));
  else statement.run(Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, bindable(value)])));
}

export function all(statement: StatementSync, parameters: QueryParameters): Row[] {
  return [...iterate(statement, parameters)] as Row[];
}

export function iterate(statement: StatementSync, parameters: QueryParameters): Iterable<unknown> {
  if (Array.isArray(parameters)) return statement.iterate(...parameters.map(bindable));
  const named = Object.entries(parameters).map(([name, value]) => [name, bindable(value)]);
  return statement.iterate(Object.fromEntries(named));
}

/** SQLite has no booleans: its TRUE is 1. Whole numbers are bound as integers, as applications do. */
function bindable(value: string | number | boolean | null): string | number | bigint | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}
