import { defineRule } from '../../../model/define.ts';
import type { Evidence, FindingDraft, RuleView } from '../../../model/rule.ts';
import { connectionLines } from '../connection-lines.ts';
import { factsOf } from '../facts.ts';
import { autocheckpointOf, DEFAULT_PAGES } from './told-checkpoints.ts';

export const walGrowth = defineRule({
  id: 'sqlite/wal-growth',
  meta: {
    title: 'The write-ahead log grows',
    why: 'The log begins anew only when it was checkpointed as a whole and nobody reads from it. A transaction that reads for long, or readers without a gap, keep it growing without end; every read has to look through it, so all become slower, and it takes the disk.',
    sources: [
      {
        title: 'SQLite: Write-Ahead Logging, avoiding excessively large WAL files',
        url: 'https://sqlite.org/wal.html#avoiding_excessively_large_wal_files',
      },
      {
        title: 'better-sqlite3: checkpoint starvation',
        url: 'https://github.com/WiseLibs/better-sqlite3/blob/master/docs/performance.md#checkpoint-starvation',
      },
    ],
    needs: { facts: ['sqlite.wal', 'sqlite.file'] },
    uses: { facts: ['sqlite.connection'] },
    doesNotApplyWhen: 'The database is not in WAL mode; the log is large from before and is being used again.',
    confirmedBy:
      'The salts of its frames tell what was written since the log was last begun anew. No checkpoint is run from here: that is for who owns the database.',
    thresholds: {
      times: {
        value: 10,
        unit: 'times wal_autocheckpoint × page size',
        source:
          'Own choice: SQLite tries at every commit beyond wal_autocheckpoint pages (1,000, unless the application told another value), so ten times as much means that it failed for long.',
      },
    },
  },

  evaluate(view) {
    const wal = factsOf(view, 'sqlite.wal').get('');
    const file = factsOf(view, 'sqlite.file').get('');
    if (!wal || !file) return { notApplicable: 'there is no write-ahead log' };
    const { pages, told } = autocheckpointOf(view);
    const expected = (pages ?? DEFAULT_PAGES) * file.pageSize;
    const limit = view.threshold('times') * expected;
    const live = wal.liveBytes ?? wal.bytes;
    if (wal.bytes < limit) {
      const when = pages === null ? 'by no connection that the application told of' : `at about ${mebibytes(expected)}`;
      return { clear: `the log has ${mebibytes(wal.bytes)}, begun anew ${when}` };
    }
    const evidence = [
      { label: 'log', value: wal.bytes, unit: 'By' },
      { label: 'of it written since it was last begun anew', value: live, unit: 'By' },
      { label: 'reading from it now', value: wal.readers === null ? 'not known' : wal.readers.join(', ') || 'nobody' },
      { label: 'open in', value: wal.holders || 'nobody that is seen' },
      {
        label: 'wal_autocheckpoint, pages',
        value: told
          ? (pages ?? 'off in all connections that were told of')
          : `${DEFAULT_PAGES} (the default: not told by the application)`,
      },
      ...toldLimits(view),
    ];
    const found =
      live < limit
        ? leftOver(wal.bytes)
        : pages === null
          ? neverCheckpointed(live)
          : growing(live, expected, wal.readers);
    return { found: [{ subject: 'wal', evidence, ...found }] };
  },
});

/** What the application’s connections told of journal_size_limit; nothing where they told nothing. */
function toldLimits(view: RuleView): readonly Evidence[] {
  const limits = [...factsOf(view, 'sqlite.connection').values()].flatMap(({ journal_size_limit: limit }) =>
    typeof limit === 'number' ? limit : [],
  );
  if (limits.length === 0) return [];
  const words = [...new Set(limits)].map((limit) => (limit < 0 ? 'none' : mebibytes(limit)));
  return [{ label: 'journal_size_limit', value: words.join(', ') }];
}

function neverCheckpointed(live: number): Omit<FindingDraft, 'subject' | 'evidence'> {
  return {
    summary: `the write-ahead log has ${mebibytes(live)} that nobody checkpointed: wal_autocheckpoint is off in all connections that the application told of`,
    severity: 'warning',
    confidence: 'high',
    advice: {
      text: 'Turn automatic checkpoints on in a connection that writes, or look after the program that is to do them instead:',
      code: connectionLines([['wal_autocheckpoint', DEFAULT_PAGES]]),
    },
  };
}

function growing(
  live: number,
  expected: number,
  readers: readonly string[] | null,
): Omit<FindingDraft, 'subject' | 'evidence'> {
  const blocked = readers !== null && readers.length > 0;
  const who = blocked
    ? `; ${readers.slice(0, 3).join(', ')} ${readers.length === 1 ? 'is' : 'are'} in a read transaction`
    : '';
  return {
    summary: `the write-ahead log has ${mebibytes(live)} that could not be checkpointed away, ${Math.round(live / expected)} times what SQLite keeps${who}`,
    severity: 'warning',
    confidence: blocked ? 'high' : 'medium',
    advice: {
      text: `End read transactions soon (finish or close every statement and cursor, no transaction around slow work), and where readers never pause let one connection do this when the log is large:`,
      code: 'PRAGMA wal_checkpoint(RESTART);',
    },
  };
}

function leftOver(bytes: number): Omit<FindingDraft, 'subject' | 'evidence'> {
  return {
    summary: `the write-ahead log once grew to ${mebibytes(bytes)}; it is used again from its beginning now`,
    severity: 'info',
    confidence: 'medium',
    advice: {
      text: 'It costs nothing but disk. A limit makes SQLite shorten it after the next checkpoint, in each connection that checkpoints:',
      code: 'PRAGMA journal_size_limit = 67108864;',
    },
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
