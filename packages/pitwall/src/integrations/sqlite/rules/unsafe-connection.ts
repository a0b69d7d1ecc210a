import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts.ts';
import { bytesText, judgeConnections, type Row, type WordRow } from './connection-rows.ts';

const NORMAL = 1;
/** No journal, or one that a crash takes along. https://sqlite.org/pragma.html#pragma_journal_mode */
const NOT_ON_DISK = ['off', 'memory'];

export const unsafeConnection = defineRule({
  id: 'sqlite/unsafe-connection',
  meta: {
    title: 'A connection of the application gives up the safety of the data',
    why: 'With synchronous OFF a power cut or a crash of the system may corrupt the file, with a journal in memory or none the end of the process may. Foreign keys that a connection does not enforce hold nothing. An I/O error on a file that is mapped into memory ends the process by a signal, and a wild pointer in it can overwrite the database.',
    sources: [
      { title: 'SQLite: PRAGMA synchronous', url: 'https://sqlite.org/pragma.html#pragma_synchronous' },
      { title: 'SQLite: PRAGMA journal_mode', url: 'https://sqlite.org/pragma.html#pragma_journal_mode' },
      { title: 'SQLite: How to corrupt a database file', url: 'https://sqlite.org/howtocorrupt.html' },
      { title: 'SQLite: Memory-mapped I/O', url: 'https://sqlite.org/mmap.html' },
      { title: 'SQLite: Foreign key support', url: 'https://sqlite.org/foreignkeys.html#fk_enable' },
    ],
    needs: { facts: ['sqlite.pragma', 'sqlite.file'] },
    uses: { facts: ['sqlite.connection', 'sqlite.foreign-key'] },
    doesNotApplyWhen:
      'The application does not tell how its connections are set; they only read (query_only); the schema has no foreign keys to enforce.',
    confirmedBy:
      'The values that the kit read inside the application. What was not told is named, and not taken to be good.',
    thresholds: {
      mapBytes: {
        value: 256 * 2 ** 20,
        unit: 'bytes of mmap_size',
        source: 'The value of the example in https://sqlite.org/mmap.html. More is left to who has measured it.',
      },
    },
  },

  evaluate: (view) => judgeConnections(view, rowsOf(view)),
});

function rowsOf(view: RuleView): readonly (Row | WordRow)[] {
  const network = factsOf(view, 'sqlite.file').get('')?.networkFileSystem ?? null;
  const foreignKeys = factsOf(view, 'sqlite.foreign-key').size;
  return [
    {
      pragma: 'synchronous',
      judge(level, { journalMode, readsOnly }) {
        if (readsOnly) return null;
        const wal = journalMode === 'wal';
        if (level === 0) {
          return {
            text: 'synchronous OFF (a power cut may corrupt the file)',
            severity: 'warning',
            set: wal ? 'NORMAL' : 'FULL',
          };
        }
        if (level !== NORMAL || wal || journalMode === '') return null;
        return {
          text: 'synchronous NORMAL without WAL mode (on some file systems a power cut may corrupt the file)',
          severity: 'info',
          set: 'FULL',
        };
      },
    },
    {
      pragma: 'journal_mode',
      judgeWord: (mode, { readsOnly }) =>
        NOT_ON_DISK.includes(mode) && !readsOnly
          ? {
              text: `journal_mode ${mode.toUpperCase()} (a transaction that is broken off corrupts the file)`,
              severity: 'warning',
              set: 'WAL',
            }
          : null,
    },
    {
      pragma: 'foreign_keys',
      judge: (on, { readsOnly }) =>
        on === 0 && foreignKeys > 0 && !readsOnly
          ? {
              text: `foreign_keys off (the ${either(foreignKeys, 'foreign key', counted(foreignKeys, 'foreign key'))} of the schema ${either(foreignKeys, 'is', 'are')} not enforced)`,
              severity: 'warning',
              set: 'ON',
              note: 'Before foreign keys are enforced, PRAGMA foreign_key_check names the rows that break them: mend these first.',
            }
          : null,
    },
    {
      pragma: 'mmap_size',
      judge(bytes) {
        if (bytes > 0 && network !== null) {
          return {
            text: `an mmap_size of ${bytesText(bytes)} on a network file system`,
            severity: 'warning',
            set: 0,
          };
        }
        if (bytes <= view.threshold('mapBytes')) return null;
        return {
          text: `an mmap_size of ${bytesText(bytes)} (an I/O error then ends the process)`,
          severity: 'info',
          set: 0,
          note: 'Keep mmap_size only where it was measured to be faster, and nobody shortens or replaces the file.',
        };
      },
    },
  ];
}
