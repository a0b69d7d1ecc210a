import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { defineTunable } from '../../../model/define.ts';
import type { Json } from '../../../model/json.ts';
import type { SqliteConnection } from '../connection.ts';
import { inTransaction, raiseSchemaCookie, readFrom, requireUnchanged, requireWritable, syncPath } from './database.ts';
import { readRows, restoreTables, type StatTable } from './stat-tables.ts';

/** Larger originals go to a file: the journal is read whole on every start. */
const JOURNAL_LIMIT_BYTES = 2 ** 20;
const FILE = 'statistics.json';

const statisticsTarget = z.strictObject({
  analyze: z.literal(true),
  /** Rows looked at an index, roughly; 0 is all. */
  analysisLimit: z.number().int().min(0).max(1_000_000).optional(),
});

type Captured = { readonly tables: readonly StatTable[] } | { readonly file: string; readonly sha256: string };

/** Runs ANALYZE; taking it back restores the statistics tables as they were, row by row. */
export const statistics = defineTunable<SqliteConnection>({
  id: 'sqlite/statistics',
  meta: {
    title: 'Statistics for the query planner (ANALYZE)',
    why: 'Without statistics, or with old ones, SQLite guesses how many rows a condition leaves and can pick the wrong index or join order.',
    effect: 'now',
    persistence: 'durable',
    risk: 'low',
    locks:
      'Holds the write lock while it reads every index once (or a part of it, with analysisLimit). Taking back is quick.',
    undo: 'The rows of sqlite_stat1 (and sqlite_stat3, sqlite_stat4) are put back exactly, or the tables dropped when there were none. When something else has run ANALYZE or PRAGMA optimize since, that is a conflict and stays.',
    toggles: true,
    order: 20,
    repeatable: true,
    sources: [
      { title: 'SQLite: ANALYZE', url: 'https://sqlite.org/lang_analyze.html' },
      { title: 'SQLite: PRAGMA analysis_limit', url: 'https://sqlite.org/pragma.html#pragma_analysis_limit' },
    ],
  },
  to: statisticsTarget,

  /** Digests, not rows: the state also stands in plan files that people read. Null when there never were statistics. */
  async read(connection, _change, options) {
    return stateOf(readFrom(connection, readRows, options));
  },

  achieved: (state) => state !== null && 'sqlite_stat1' in (state as object),

  preview({ to }, from) {
    const { analysisLimit } = statisticsTarget.parse(to);
    const limit = analysisLimit === undefined ? '' : `PRAGMA analysis_limit = ${analysisLimit}; `;
    return {
      apply: `${limit}ANALYZE`,
      undo: from === null ? 'DROP TABLE sqlite_stat1' : 'the saved rows of sqlite_stat1 are put back',
    };
  },

  async validate(connection) {
    requireWritable(connection);
  },

  async capture(connection, _change, { keepDirectory }) {
    const tables = readFrom(connection, readRows);
    const text = JSON.stringify(tables);
    if (text.length <= JOURNAL_LIMIT_BYTES) return { tables };
    const file = join(keepDirectory, FILE);
    writeFileSync(file, text, { mode: 0o600 });
    syncPath(file);
    syncPath(keepDirectory);
    return { file: FILE, sha256: digest(text) };
  },

  async write(connection, { to, from }, { signal }) {
    const { analysisLimit } = statisticsTarget.parse(to);
    await inTransaction(connection, { signal }, (database) => {
      requireUnchanged('the statistics', from, stateOf(readRows(database)));
      if (analysisLimit !== undefined) database.exec(`PRAGMA analysis_limit = ${analysisLimit}`);
      database.exec('ANALYZE');
      raiseSchemaCookie(database);
    });
  },

  async undo(connection, _change, { captured }, { signal, keepDirectory }) {
    const tables = tablesOf(captured as unknown as Captured, keepDirectory);
    await inTransaction(connection, { signal, patient: true }, (database) => {
      restoreTables(database, tables);
      raiseSchemaCookie(database);
    });
  },
});

function stateOf(tables: readonly StatTable[]): Json {
  if (tables.length === 0) return null;
  return Object.fromEntries(
    tables.map(({ name, columns, rows }) => [
      name,
      { rows: rows.length, sha256: digest(JSON.stringify([columns, rows])) },
    ]),
  );
}

function tablesOf(captured: Captured, keepDirectory: string): readonly StatTable[] {
  if ('tables' in captured) return captured.tables;
  const text = readFileSync(join(keepDirectory, FILE), 'utf8');
  if (digest(text) !== captured.sha256) throw new Error(`${join(keepDirectory, FILE)} is not what was saved`);
  return JSON.parse(text) as readonly StatTable[];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
