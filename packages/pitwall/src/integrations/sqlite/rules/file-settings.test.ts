import assert from 'node:assert/strict';
import test from 'node:test';
import { factsOf } from '../facts.ts';
import { connect, databaseWith } from '../testing.ts';
import { fileSettings } from './file-settings.ts';
import { clear, diagnose, found } from './testing.ts';

const TABLE = 'CREATE TABLE t (x);';

async function judged(t: test.TestContext, sql: string) {
  return (await diagnose(connect(t, databaseWith(t, sql)), fileSettings)).first;
}

test('a file with the settings of today is left alone, whatever the page size beyond the default', async (t) => {
  assert.match(clear(await judged(t, TABLE)), /^pages of 4,096 bytes, no default_cache_size/);
  clear(await judged(t, `PRAGMA page_size = 16384; ${TABLE}`));
  clear(await judged(t, `PRAGMA auto_vacuum = INCREMENTAL; ${TABLE}`));
  clear(await judged(t, `${TABLE} PRAGMA default_cache_size = 3000; PRAGMA default_cache_size = 0`));
  assert.ok('notApplicable' in (await judged(t, '')));
});

test('small pages, a default cache in the file and auto_vacuum FULL are named, and the lines mend them', async (t) => {
  for (const mode of ['delete', 'wal']) {
    const old = `PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = ${mode}; ${TABLE} PRAGMA default_cache_size = -3000`;
    const path = databaseWith(t, old);
    const findings = found((await diagnose(connect(t, path), fileSettings)).first);
    assert.deepEqual(
      findings.map(({ subject, severity }) => [subject, severity]),
      [
        ['page_size', 'info'],
        ['default_cache_size', 'info'],
        ['auto_vacuum', 'info'],
      ],
    );
    assert.match(findings[0]!.summary, /1,024 bytes/);
    assert.match(findings[1]!.summary, /3,000 pages/);
    // What is advised, run as it stands, leaves nothing to advise.
    const mended = databaseWith(t, `${old}; ${findings.map(({ advice }) => advice!.code).join('\n')}`);
    const after = await diagnose(connect(t, mended), fileSettings);
    clear(after.first);
    assert.equal(factsOf({ facts: () => after.facts }, 'sqlite.pragma').get('journal_mode')?.value, mode);
  }
});
