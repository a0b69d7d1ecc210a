import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { FindingDraft } from '../../../model/rule.ts';
import { CONNECTION_LINES } from '../connection-lines.ts';
import { type ConnectionFact, factsOf } from '../facts.ts';

const FULL = 2;

export const connectionSettings = defineRule({
  id: 'sqlite/connection-settings',
  meta: {
    title: 'Settings that each connection of the application has to make',
    why: 'busy_timeout, synchronous and cache_size belong to a connection and are in no file: what another process sees or sets says nothing about the application. With the defaults of most libraries a second writer fails at once instead of waiting, and in WAL mode every commit waits for the disk.',
    sources: [
      { title: 'SQLite: PRAGMA busy_timeout', url: 'https://sqlite.org/pragma.html#pragma_busy_timeout' },
      { title: 'SQLite: PRAGMA synchronous', url: 'https://sqlite.org/pragma.html#pragma_synchronous' },
      { title: 'SQLite: PRAGMA cache_size', url: 'https://sqlite.org/pragma.html#pragma_cache_size' },
      { title: 'Node.js: new DatabaseSync(path, options)', url: 'https://nodejs.org/api/sqlite.html' },
    ],
    needs: { facts: ['sqlite.pragma'] },
    uses: { facts: ['sqlite.connection', 'sqlite.file'] },
    doesNotApplyWhen:
      'The database is not in WAL mode (then that comes first), or the application’s connections told their values and these are good.',
    confirmedBy:
      'Asking inside the application: the kit reports the values of its connections. From outside they cannot be seen.',
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
    },
  },

  evaluate(view) {
    const connections = factsOf(view, 'sqlite.connection');
    const wal = factsOf(view, 'sqlite.pragma').get('journal_mode')?.value === 'wal';
    if (connections.size === 0) {
      if (!wal) return { notApplicable: 'it is not in WAL mode, which comes first' };
      return { found: [unseen()] };
    }
    const found = [...connections].flatMap(([process, connection]): FindingDraft[] => {
      const wrong = problemsOf(connection, wal, view.threshold('busyTimeout'), view.threshold('cacheBytes'));
      if (wrong.length === 0) return [];
      return [
        {
          subject: process,
          summary: printable(`the connection of ${process} has ${wrong.map(({ text }) => text).join(', ')}`),
          severity: wrong.some(({ severe }) => severe) ? 'warning' : 'info',
          confidence: 'high',
          evidence: Object.entries(connection).flatMap(([label, value]) =>
            value === undefined ? [] : [{ label, value: typeof value === 'string' ? printable(value) : value }],
          ),
          advice: { text: 'In the application, where it opens the database:', code: CONNECTION_LINES },
        },
      ];
    });
    return found.length > 0 ? { found } : { clear: `the connections of ${connections.size} processes are set well` };
  },
});

function unseen(): FindingDraft {
  return {
    subject: 'connections',
    summary:
      'busy_timeout, synchronous and cache_size of the application’s connections cannot be seen from outside: check them in its code',
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
          'default FULL: each commit waits for the disk; NORMAL in WAL mode may lose the last commits at a power cut, and corrupts nothing',
      },
      { label: 'cache_size', value: 'default 2 MB, better-sqlite3 16 MB' },
    ],
    advice: {
      text: 'Where the application opens the database. With the kit in it the values are checked inside the application, and this is not said again:',
      code: CONNECTION_LINES,
    },
  };
}

interface Problem {
  readonly text: string;
  readonly severe: boolean;
}

function problemsOf(
  connection: ConnectionFact,
  wal: boolean,
  busyTimeout: number,
  cacheBytes: number,
): readonly Problem[] {
  const { busy_timeout: timeout, synchronous, cache_size: cache, page_size: page = 4096 } = connection;
  const problems: Problem[] = [];
  if (timeout !== undefined && timeout < busyTimeout)
    problems.push({ text: `a busy_timeout of ${timeout} ms`, severe: true });
  if (wal && synchronous !== undefined && synchronous >= FULL) {
    problems.push({ text: 'synchronous FULL in WAL mode', severe: false });
  }
  if (cache !== undefined) {
    // Negative: KiB, else pages (https://sqlite.org/pragma.html#pragma_cache_size).
    const bytes = cache < 0 ? -cache * 1024 : cache * page;
    if (bytes < cacheBytes)
      problems.push({ text: `a page cache of ${Math.round(bytes / 2 ** 20)} MiB`, severe: false });
  }
  return problems;
}
