import { PitwallError, printable } from '../../errors.ts';
import { defineIntegration } from '../../model/define.ts';
import { fragmentation } from './collectors/fragmentation.ts';
import { pragmas } from './collectors/pragmas.ts';
import { queries } from './collectors/queries.ts';
import { schema } from './collectors/schema.ts';
import { space } from './collectors/space.ts';
import { wal } from './collectors/wal.ts';
import { workload } from './collectors/workload.ts';
import { indexAdvice } from './confirmations/index-advice.ts';
import { trialOnCopy } from './confirmations/trial-on-copy.ts';
import { openConnection, type SqliteConnection } from './connection.ts';
import { database } from './database.ts';
import { detect } from './detect.ts';
import { indicators } from './indicators.ts';
import { meter } from './meter.ts';
import { type SqliteOptions, sqliteOptions } from './options.ts';
import { connectionCheckpoints } from './rules/connection-checkpoints.ts';
import { connectionSettings } from './rules/connection-settings.ts';
import { costlyStatement } from './rules/costly-statement.ts';
import { fileSettings } from './rules/file-settings.ts';
import { foreignKeyWithoutIndex } from './rules/foreign-key-without-index.ts';
import { fragmented } from './rules/fragmented.ts';
import { indexWithoutStatement } from './rules/index-without-statement.ts';
import { largeFreelist } from './rules/large-freelist.ts';
import { lockedStatements } from './rules/locked-statements.ts';
import { missingIndex } from './rules/missing-index.ts';
import { neverAnalysed } from './rules/never-analysed.ts';
import { notUnderstood } from './rules/not-understood.ts';
import { redundantIndex } from './rules/redundant-index.ts';
import { rollbackJournal } from './rules/rollback-journal.ts';
import { staleStatistics } from './rules/stale-statistics.ts';
import { statementLoop } from './rules/statement-loop.ts';
import { unsafeConnection } from './rules/unsafe-connection.ts';
import { walGrowth } from './rules/wal-growth.ts';
import { sqliteIndex } from './tunables/index.ts';
import { journalMode } from './tunables/journal-mode.ts';
import { statistics } from './tunables/statistics.ts';
import { vacuum } from './tunables/vacuum.ts';

const PASSING: ReadonlySet<string> = new Set(['SQLITE_HOT_JOURNAL', 'SQLITE_WAL_UNREADABLE', 'SQLITE_LOCKED']);

export default defineIntegration<SqliteOptions, SqliteConnection>({
  id: 'sqlite',
  title: 'SQLite database',
  description:
    'Opens a database file read-only: settings, sizes, schema, times and plans of the configured queries. Indexes are tried on a private copy before they are proposed.',
  options: sqliteOptions,
  targetTitle: ({ path }) => printable(path),
  detect,
  async connect(options, { directory }) {
    const connection = openConnection(options, directory);
    try {
      // Whatever is wrong with the file shows here, as one sentence.
      connection.reader();
      return connection;
    } catch (error) {
      // A writer can mend these or they pass: recovery has to get this far, and collectors say it again.
      if (error instanceof PitwallError && PASSING.has(error.code)) return connection;
      await connection.close();
      throw error;
    }
  },
  close: (connection) => connection.close(),
  collectors: [space, pragmas, schema, queries, wal, fragmentation, workload],
  indicators,
  rules: [
    missingIndex,
    foreignKeyWithoutIndex,
    rollbackJournal,
    staleStatistics,
    largeFreelist,
    redundantIndex,
    neverAnalysed,
    fragmented,
    walGrowth,
    indexWithoutStatement,
    connectionSettings,
    unsafeConnection,
    connectionCheckpoints,
    fileSettings,
    costlyStatement,
    statementLoop,
    lockedStatements,
    notUnderstood,
  ],
  tunables: [sqliteIndex, journalMode, statistics, vacuum],
  confirmations: [trialOnCopy, indexAdvice],
  meter,
  database,
});
