import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts.ts';

/** Methods that read: RFC 9110 §9.2.1. The others are taken to write. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export const rollbackJournal = defineRule({
  id: 'sqlite/rollback-journal',
  meta: {
    title: 'A service that writes uses a rollback journal',
    why: 'With a rollback journal a writer locks all readers out while it commits, and each commit waits for the disk twice or more. With a write-ahead log readers and the one writer do not block each other, and a commit is one sequential write.',
    sources: [
      { title: 'SQLite: Write-Ahead Logging', url: 'https://sqlite.org/wal.html' },
      { title: 'SQLite: PRAGMA journal_mode', url: 'https://sqlite.org/pragma.html#pragma_journal_mode' },
    ],
    needs: { facts: ['sqlite.pragma', 'sqlite.file'] },
    uses: { facts: ['load.endpoint'] },
    doesNotApplyWhen:
      'The file is on a network file system, where WAL does not work; it is read-only; or it uses WAL already. Programs of other languages that open the file must be on the same host.',
    confirmedBy: 'The trial: response times of the endpoints that write, under load, before and after.',
    thresholds: {},
  },

  evaluate(view) {
    const mode = String(factsOf(view, 'sqlite.pragma').get('journal_mode')?.value ?? '');
    const file = factsOf(view, 'sqlite.file').get('');
    if (mode === 'wal') return { clear: 'the database uses a write-ahead log' };
    if (!['delete', 'truncate', 'persist'].includes(mode))
      return { notApplicable: `the journal mode is ${mode || 'unknown'}` };
    if (file?.networkFileSystem)
      return { notApplicable: `WAL does not work on a network file system (${file.networkFileSystem})` };
    if (file && !file.writable)
      return { notApplicable: 'the file cannot be written by us, so its mode cannot be changed' };
    const writing = writingEndpoints(view);
    const common = {
      subject: 'journal_mode',
      severity: 'warning',
      evidence: [
        { label: 'journal mode', value: mode },
        { label: 'endpoints of the load that may write', value: writing.join(', ') || 'none' },
      ],
    } as const;
    if (writing.length === 0) {
      return {
        found: [
          {
            ...common,
            summary: 'the database uses a rollback journal: writers and readers wait for each other',
            severity: 'info',
            confidence: 'low',
            advice: {
              text: 'No change is proposed: no endpoint of the load writes, so it could not be proved that a write-ahead log helps. Add one with POST, PUT, PATCH or DELETE under load.endpoints. If the service does write, this is the change, once, with any connection:',
              code: 'PRAGMA journal_mode = WAL;',
            },
          },
        ],
      };
    }
    return {
      found: [
        {
          ...common,
          summary: printable(
            `the database uses a rollback journal, and by their method ${writing.join(', ')} may write`,
          ),
          confidence: 'medium',
          changes: [
            {
              tunable: 'sqlite/journal-mode',
              subject: '',
              to: 'wal',
              reason: 'With a write-ahead log readers and the writer do not wait for each other',
              affects: writing.map((endpoint) => ({ indicator: 'load.response.duration.p50', labels: { endpoint } })),
            },
          ],
        },
      ],
    };
  },
});

function writingEndpoints(view: RuleView): readonly string[] {
  return view
    .allFacts('load.endpoint')
    .filter(({ value }) => {
      const method = value !== null && typeof value === 'object' && 'method' in value ? value.method : null;
      return typeof method === 'string' && !SAFE_METHODS.has(method.toUpperCase());
    })
    .map((fact) => fact.key);
}
