import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft } from '../../../model/rule.ts';
import { factsOf } from '../facts.ts';

const FULL = 1;

export const fileSettings = defineRule({
  id: 'sqlite/file-settings',
  meta: {
    title: 'Settings in the database file that are out of date',
    why: 'A page of less than 4,096 bytes is less than what disks and file systems write at once: b-trees are deeper, and each commit writes more pages. default_cache_size is deprecated: some libraries obey it and some ignore it, so connections to one file have different caches. auto_vacuum FULL moves pages at each commit that frees some, and scatters tables over the file.',
    sources: [
      { title: 'SQLite: The default page size change of 2016', url: 'https://sqlite.org/pgszchng2016.html' },
      { title: 'SQLite: PRAGMA page_size', url: 'https://sqlite.org/pragma.html#pragma_page_size' },
      {
        title: 'SQLite: PRAGMA default_cache_size',
        url: 'https://sqlite.org/pragma.html#pragma_default_cache_size',
      },
      { title: 'SQLite: PRAGMA auto_vacuum', url: 'https://sqlite.org/pragma.html#pragma_auto_vacuum' },
    ],
    needs: { facts: ['sqlite.pragma', 'sqlite.file'] },
    doesNotApplyWhen: 'The file is empty. Pages of more than 4,096 bytes are right where they were measured to be.',
    confirmedBy:
      'The header of the file. Advice and no changes: a page size is changed by a VACUUM outside WAL mode, so the service would stop for two rewrites of the file, and for two more to take it back, for a gain that no rule can tell beforehand.',
    thresholds: {
      pageBytes: {
        value: 4096,
        unit: 'bytes of a page',
        source: 'SQLite’s default since 3.12 (2016), which is right for most; 8,192 to 16,384 only if measured.',
      },
    },
  },

  evaluate(view) {
    const pragmas = factsOf(view, 'sqlite.pragma');
    const file = factsOf(view, 'sqlite.file').get('');
    if (!file || file.pageCount === 0) return { notApplicable: 'the database is empty' };
    const found: FindingDraft[] = [];
    if (file.pageSize < view.threshold('pageBytes'))
      found.push(smallPages(file.pageSize, pragmas.get('journal_mode')?.value === 'wal'));
    // Never set, SQLite gives its own default here, which is negative (KiB); what the file has is in pages.
    const cache = pragmas.get('default_cache_size')?.value;
    if (typeof cache === 'number' && cache > 0) found.push(deprecatedCache(cache, file.pageSize));
    if (pragmas.get('auto_vacuum')?.value === FULL) found.push(fullVacuum());
    if (found.length > 0) return { found };
    const told = typeof cache === 'number' ? 'no default_cache_size' : 'default_cache_size is not known to this build';
    return { clear: `pages of ${file.pageSize.toLocaleString('en-GB')} bytes, ${told}, auto_vacuum is not FULL` };
  },
});

function smallPages(bytes: number, wal: boolean): FindingDraft {
  const lines = ['PRAGMA page_size = 4096;', 'VACUUM;'];
  return {
    subject: 'page_size',
    summary: `the pages of the database have ${bytes.toLocaleString('en-GB')} bytes; 4,096 has been SQLite’s default since 2016`,
    severity: 'info',
    confidence: 'medium',
    evidence: [{ label: 'page size', value: bytes, unit: 'By' }],
    advice: {
      text: `While nothing else has the database open, with as much free disk again as twice its size${wal ? ' (a page size cannot be changed in WAL mode)' : ''}; measure before and after:`,
      code: (wal ? ['PRAGMA journal_mode = DELETE;', ...lines, 'PRAGMA journal_mode = WAL;'] : lines).join('\n'),
    },
  };
}

function deprecatedCache(pages: number, pageSize: number): FindingDraft {
  return {
    subject: 'default_cache_size',
    summary: `the file sets a cache of ${counted(pages, 'page')} by the deprecated default_cache_size, which some libraries ignore`,
    severity: 'info',
    confidence: 'high',
    evidence: [
      { label: 'default_cache_size', value: pages },
      { label: 'in bytes', value: pages * pageSize, unit: 'By' },
      { label: 'obeyed by', value: 'node:sqlite and the command line; better-sqlite3 ignores it' },
    ],
    advice: {
      text: 'Let each connection of the application set its cache_size, then take the default out of the file:',
      code: 'PRAGMA default_cache_size = 0;',
    },
  };
}

function fullVacuum(): FindingDraft {
  return {
    subject: 'auto_vacuum',
    summary: 'auto_vacuum is FULL: each commit that frees pages moves others, which scatters tables and indexes',
    severity: 'info',
    confidence: 'medium',
    evidence: [{ label: 'auto_vacuum', value: 'full' }],
    advice: {
      text: 'If the file has to give space back, do it when there is time for it (this needs no VACUUM):',
      code: 'PRAGMA auto_vacuum = INCREMENTAL;\nPRAGMA incremental_vacuum; -- once a day',
    },
  };
}
