import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { FileFact } from '../facts.ts';
import { viewOf } from '../testing.ts';
import { rollbackJournal } from './rollback-journal.ts';
import { fileFacts as facts } from './testing.ts';

const endpoint = (name: string, method: string): Fact => ({
  kind: 'load.endpoint',
  key: name,
  value: { method, path: '/', weight: 1 },
});

test('proposes WAL for a service that writes, judged by the endpoints that write', () => {
  const others = [endpoint('list', 'GET'), endpoint('sell', 'POST'), endpoint('drop', 'delete')];
  for (const mode of ['delete', 'truncate', 'persist']) {
    const result = rollbackJournal.evaluate(viewOf(rollbackJournal, facts({}, { journal_mode: mode }), { others }));
    assert.ok('found' in result);
    const change = result.found[0]?.changes?.[0];
    assert.equal(change?.tunable, 'sqlite/journal-mode');
    assert.equal(change?.to, 'wal');
    assert.deepEqual(change?.affects, [
      { indicator: 'load.response.duration.p50', labels: { endpoint: 'sell' } },
      { indicator: 'load.response.duration.p50', labels: { endpoint: 'drop' } },
    ]);
  }
});

test('without a write in the load there is advice and no change', () => {
  const view = viewOf(rollbackJournal, facts({}, { journal_mode: 'delete' }), { others: [endpoint('list', 'GET')] });
  const result = rollbackJournal.evaluate(view);
  assert.ok('found' in result);
  assert.equal(result.found[0]?.changes, undefined);
  assert.match(result.found[0]?.advice?.text ?? '', /could not be proved/);
});

test('silent with WAL; does not apply on a network, read-only, or without a journal', () => {
  const evaluate = (file: Partial<FileFact>, mode: string) =>
    rollbackJournal.evaluate(
      viewOf(rollbackJournal, facts(file, { journal_mode: mode }), { others: [endpoint('sell', 'POST')] }),
    );
  assert.ok('clear' in evaluate({}, 'wal'));
  assert.ok('notApplicable' in evaluate({}, 'memory'));
  assert.ok('notApplicable' in evaluate({}, 'off'));
  assert.ok('notApplicable' in evaluate({ networkFileSystem: 'NFS' }, 'delete'));
  assert.ok('notApplicable' in evaluate({ writable: false }, 'delete'));
});
