import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { RuleView } from '../../../model/rule.ts';
import { bytesText, judgeConnections, type Row, toldConnections } from './connection-rows.ts';
import { autocheckpointOf } from './told-checkpoints.ts';

export const connectionCheckpoints = defineRule({
  id: 'sqlite/connection-checkpoints',
  meta: {
    title: 'When connections of the application checkpoint and shorten the write-ahead log',
    why: 'The connection whose commit makes the log longer than wal_autocheckpoint pages moves them to the database. Turned off, the log grows until somebody else does, and each read looks through it. After very few pages nearly each commit waits for it, after very many reads are slow and one commit waits long.',
    sources: [
      { title: 'SQLite: PRAGMA wal_autocheckpoint', url: 'https://sqlite.org/pragma.html#pragma_wal_autocheckpoint' },
      { title: 'SQLite: PRAGMA journal_size_limit', url: 'https://sqlite.org/pragma.html#pragma_journal_size_limit' },
      {
        title: 'SQLite: Write-Ahead Logging, performance considerations',
        url: 'https://sqlite.org/wal.html#performance_considerations',
      },
    ],
    needs: { facts: ['sqlite.pragma', 'sqlite.file'] },
    uses: { facts: ['sqlite.connection'] },
    doesNotApplyWhen:
      'The database is not in WAL mode; the application does not tell how its connections are set; the connection only reads (query_only). A program of its own, such as one that ships the log elsewhere, may do the checkpoints: then turning them off is right.',
    confirmedBy:
      'The values that the kit read inside the application. Whether the log really grows is what sqlite/wal-growth sees.',
    thresholds: {
      fewPages: {
        value: 100,
        unit: 'pages',
        source: 'Own choice: a tenth of SQLite’s default of 1,000.',
      },
      manyPages: {
        value: 10_000,
        unit: 'pages',
        source: 'Own choice: ten times SQLite’s default; the log may then be larger than many a database.',
      },
    },
  },

  evaluate(view) {
    const told = toldConnections(view);
    if (told.length > 0 && told.every(([, { journalMode }]) => journalMode !== 'wal'))
      return { notApplicable: 'it is not in WAL mode' };
    return judgeConnections(view, rowsOf(view));
  },
});

function rowsOf(view: RuleView): readonly Row[] {
  const others = autocheckpointOf(view).pages;
  return [
    {
      pragma: 'wal_autocheckpoint',
      judge(pages, { journalMode, readsOnly }) {
        if (journalMode !== 'wal' || readsOnly) return null;
        if (pages <= 0) {
          return {
            text: `wal_autocheckpoint 0 (${others === null ? 'the log grows until somebody else checkpoints it' : 'it leaves that to the other connections'})`,
            severity: others === null ? 'warning' : 'info',
            set: 1000,
            note: 'Where a program of its own does the checkpoints, leave them off.',
          };
        }
        if (pages >= view.threshold('fewPages') && pages <= view.threshold('manyPages')) return null;
        return { text: `wal_autocheckpoint after ${counted(pages, 'page')}`, severity: 'info', set: 1000 };
      },
    },
    {
      pragma: 'journal_size_limit',
      judge(limit, { journalMode, readsOnly, settings, pageSize }) {
        const { wal_autocheckpoint: pages } = settings;
        if (journalMode !== 'wal' || readsOnly || limit < 0 || pages === undefined || pages <= 0) return null;
        // A log that is cut at each checkpoint has to be made longer again before the next.
        if (limit >= pages * pageSize) return null;
        return {
          text: `a journal_size_limit of ${bytesText(limit)}, less than the ${bytesText(pages * pageSize)} between two checkpoints`,
          severity: 'info',
          set: 67_108_864,
        };
      },
    },
  ];
}
