import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import { connectionLines, USUAL_SETTINGS } from '../connection-lines.ts';
import { factsOf } from '../facts.ts';
import { bytesText, judgeConnections, type Row, type WordRow } from './connection-rows.ts';

const FULL = 2;
const TEMP_IN_FILES = 1;
const OVERWRITE = 1;

export const connectionSettings = defineRule({
  id: 'sqlite/connection-settings',
  meta: {
    title: 'Settings that each connection of the application has to make',
    why: 'These belong to a connection and are in no file: what another process sees or sets says nothing about the application. With the defaults of most libraries a second writer fails at once instead of waiting, and in WAL mode every commit waits for the disk. An exclusive lock shuts every other process out, and without automatic indexes a join reads a table once for each row of another.',
    sources: [
      { title: 'SQLite: PRAGMA busy_timeout', url: 'https://sqlite.org/pragma.html#pragma_busy_timeout' },
      { title: 'SQLite: PRAGMA synchronous', url: 'https://sqlite.org/pragma.html#pragma_synchronous' },
      { title: 'SQLite: PRAGMA cache_size', url: 'https://sqlite.org/pragma.html#pragma_cache_size' },
      { title: 'SQLite: PRAGMA locking_mode', url: 'https://sqlite.org/pragma.html#pragma_locking_mode' },
      { title: 'SQLite: Automatic query-time indexes', url: 'https://sqlite.org/optoverview.html#autoindex' },
      { title: 'SQLite: PRAGMA temp_store', url: 'https://sqlite.org/pragma.html#pragma_temp_store' },
      { title: 'SQLite: PRAGMA secure_delete', url: 'https://sqlite.org/pragma.html#pragma_secure_delete' },
      { title: 'SQLite: PRAGMA threads', url: 'https://sqlite.org/pragma.html#pragma_threads' },
      { title: 'SQLite: ANALYZE, approximate', url: 'https://sqlite.org/lang_analyze.html' },
      { title: 'Node.js: new DatabaseSync(path, options)', url: 'https://nodejs.org/api/sqlite.html' },
    ],
    needs: { facts: ['sqlite.pragma'] },
    uses: { facts: ['sqlite.connection', 'sqlite.file', 'sqlite.statement', 'sqlite.foreign-key'] },
    doesNotApplyWhen:
      'The application told nothing and the database is not in WAL mode (then that comes first), or the application’s connections told their values and these are good. What is about writing is not asked of a connection with query_only.',
    confirmedBy:
      'Asking inside the application: the kit reports the values of its connections. From outside they cannot be seen. What was not told is named, and not taken to be good.',
    thresholds: {
      busyTimeout: {
        value: 1000,
        unit: 'milliseconds',
        source:
          'Below a second a writer gives up while another’s ordinary transaction or checkpoint runs; 5,000 is the usual advice and Python’s default.',
      },
      cacheBytes: {
        value: 8 * 2 ** 20,
        unit: 'bytes of page cache',
        source: 'Between SQLite’s default of 2 MB and better-sqlite3’s of 16 MB.',
      },
      threads: {
        value: 4,
        unit: 'helper threads of a statement',
        source:
          'Own choice: half of SQLite’s limit of 8. They help large sorts alone, each thread beside the requests of others; the default is none.',
      },
      analysisLimit: {
        value: 100,
        unit: 'rows an index that ANALYZE reads; 0: all',
        source: 'https://sqlite.org/lang_analyze.html recommends 100 to 1,000.',
      },
    },
  },

  evaluate(view) {
    if (view.facts('sqlite.connection').length === 0) {
      const wal = factsOf(view, 'sqlite.pragma').get('journal_mode')?.value === 'wal';
      if (!wal) return { notApplicable: 'it is not in WAL mode, which comes first' };
      return { found: [unseen(view.facts('sqlite.foreign-key').length > 0)] };
    }
    return judgeConnections(view, rowsOf(view));
  },
});

function rowsOf(view: RuleView): readonly (Row | WordRow)[] {
  const plans = [...factsOf(view, 'sqlite.statement').values()].flatMap(({ plan }) => plan ?? []);
  const sorting = plans.filter(({ tempBtrees, automaticIndexes }) => tempBtrees.length + automaticIndexes.length > 0);
  const indexing = plans.filter(({ automaticIndexes }) => automaticIndexes.length > 0);
  return [
    {
      pragma: 'busy_timeout',
      judge: (ms) =>
        ms < view.threshold('busyTimeout')
          ? { text: `a busy_timeout of ${ms} ms`, severity: 'warning', set: 5000 }
          : null,
    },
    {
      pragma: 'synchronous',
      judge: (level, { journalMode, readsOnly }) =>
        journalMode === 'wal' && !readsOnly && level >= FULL
          ? {
              text: `synchronous ${level === FULL ? 'FULL' : 'EXTRA'} in WAL mode`,
              severity: 'info',
              set: 'NORMAL',
              note: 'With synchronous NORMAL in WAL mode a power cut may lose the last commits, and corrupts nothing.',
            }
          : null,
    },
    {
      pragma: 'cache_size',
      judge(size, { pageSize }) {
        // Negative: KiB, else pages (https://sqlite.org/pragma.html#pragma_cache_size).
        const bytes = size < 0 ? -size * 1024 : size * pageSize;
        if (bytes >= view.threshold('cacheBytes')) return null;
        return { text: `a page cache of ${bytesText(bytes)}`, severity: 'info', set: -16_000 };
      },
    },
    {
      pragma: 'locking_mode',
      judgeWord: (mode) =>
        mode === 'exclusive'
          ? {
              text: 'locking_mode EXCLUSIVE (no other connection can use the database)',
              severity: 'warning',
              set: 'NORMAL',
            }
          : null,
    },
    {
      pragma: 'automatic_index',
      judge: (on) =>
        on === 0
          ? {
              text:
                indexing.length === 0
                  ? 'automatic_index off'
                  : `automatic_index off (${counted(indexing.length, 'statement')} would be run with one)`,
              severity: indexing.length === 0 ? 'info' : 'warning',
              set: 'ON',
            }
          : null,
    },
    {
      pragma: 'temp_store',
      judge: (store) =>
        store === TEMP_IN_FILES && sorting.length > 0
          ? {
              text: `temp_store FILE (${counted(sorting.length, 'statement')} of the log ${sorting.length === 1 ? 'sorts' : 'sort'} or ${sorting.length === 1 ? 'builds' : 'build'} temporary indexes)`,
              severity: 'info',
              set: 'MEMORY',
              note: 'With temp_store MEMORY what is sorted takes memory of the process instead of files.',
            }
          : null,
    },
    {
      pragma: 'threads',
      judge: (threads) =>
        threads > view.threshold('threads')
          ? { text: `${threads} helper threads for each large sort`, severity: 'info', set: 0 }
          : null,
    },
    {
      pragma: 'secure_delete',
      judge: (mode, { readsOnly }) =>
        mode === OVERWRITE && !readsOnly
          ? {
              text: 'secure_delete on (each delete overwrites the pages that it frees)',
              severity: 'info',
              set: 'FAST',
              note: 'Leave secure_delete on where deleted data must not stay in the file: FAST overwrites only what is written anyway.',
            }
          : null,
    },
    {
      pragma: 'analysis_limit',
      judge: (rows) =>
        rows > 0 && rows < view.threshold('analysisLimit')
          ? { text: `an analysis_limit of ${counted(rows, 'row')}`, severity: 'info', set: 400 }
          : null,
    },
    // Off by default and on for files from strangers: on costs a little at each page that is read, and neither is wrong.
    { pragma: 'cell_size_check', judge: () => null },
  ];
}

function unseen(hasForeignKeys: boolean): FindingDraft {
  return {
    subject: 'connections',
    summary:
      'the settings of the application’s connections (busy_timeout, synchronous, cache_size …) cannot be seen from outside: check them in its code',
    severity: 'info',
    confidence: 'low',
    evidence: [
      {
        label: 'busy_timeout',
        value: 'default of node:sqlite 0: SQLITE_BUSY at once; advised 5,000 ms, and BEGIN IMMEDIATE to write',
      },
      {
        label: 'synchronous',
        value:
          'default FULL: each commit waits for the disk; NORMAL in WAL mode may lose the last commits at a power cut, and corrupts nothing; OFF may corrupt the file',
      },
      { label: 'cache_size', value: 'default 2 MB, better-sqlite3 16 MB' },
      { label: 'wal_autocheckpoint', value: 'default 1,000 pages; 0: the log grows until somebody checkpoints it' },
      { label: 'journal_size_limit', value: 'default none: a log that was large once stays as large' },
      {
        label: 'foreign_keys',
        value: hasForeignKeys
          ? 'on in node:sqlite and better-sqlite3, off in Python: then no foreign key is enforced (PRAGMA foreign_key_check names the rows that break them)'
          : 'the schema has none',
      },
      { label: 'mmap_size', value: 'default 0; with it an error of the disk ends the process by a signal' },
      {
        label: 'temp_store',
        value: 'default files, for what is sorted beyond the page cache; MEMORY takes memory for it',
      },
      {
        label: 'locking_mode, automatic_index, secure_delete, threads, analysis_limit, cell_size_check',
        value: 'SQLite’s defaults are right for most',
      },
    ],
    advice: {
      text: 'Where the application opens the database. With the kit in it the values are checked inside the application, and this is not said again:',
      code: connectionLines([...USUAL_SETTINGS, ...(hasForeignKeys ? [['foreign_keys', 'ON'] as const] : [])]),
    },
  };
}
