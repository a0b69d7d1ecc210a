import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { type FileFact, fact } from '../facts.ts';
import { viewOf } from '../testing.ts';
import { largeFreelist } from './large-freelist.ts';
import { rollbackJournal } from './rollback-journal.ts';

const MIB = 2 ** 20;
const FILE: FileFact = {
  bytes: 400 * MIB,
  pageSize: 4096,
  pageCount: 102_400,
  freePages: 0,
  walBytes: null,
  networkFileSystem: null,
  writable: true,
  sqliteVersion: '3.53.4',
};

const facts = (file: Partial<FileFact>, pragmas: Record<string, string | number>): readonly Fact[] => [
  fact('sqlite.file', '', { ...FILE, ...file }),
  ...Object.entries(pragmas).map(([name, value]) => fact('sqlite.pragma', name, { value, persists: true, note: '' })),
];
const endpoint = (name: string, method: string): Fact => ({
  kind: 'load.endpoint',
  key: name,
  value: { method, path: '/', weight: 1 },
});

test('rollback-journal: proposes WAL for a service that writes, judged by the endpoints that write', () => {
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

test('rollback-journal: without a write in the load there is advice and no change', () => {
  const view = viewOf(rollbackJournal, facts({}, { journal_mode: 'delete' }), { others: [endpoint('list', 'GET')] });
  const result = rollbackJournal.evaluate(view);
  assert.ok('found' in result);
  assert.equal(result.found[0]?.changes, undefined);
  assert.match(result.found[0]?.advice?.text ?? '', /could not be proved/);
});

test('rollback-journal: silent with WAL; does not apply on a network, read-only, or without a journal', () => {
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

test('large-freelist: proposes VACUUM and keeps the auto_vacuum mode', () => {
  const view = viewOf(largeFreelist, facts({ freePages: 51_200 }, { auto_vacuum: 2 }));
  const result = largeFreelist.evaluate(view);
  assert.ok('found' in result);
  const change = result.found[0]?.changes?.[0];
  assert.deepEqual(change?.to, { autoVacuum: 'incremental', vacuum: true });
  assert.equal(change?.predictedRatio, 0.5);
  assert.deepEqual(change?.affects, [{ indicator: 'sqlite.database.size' }]);
});

test('large-freelist: silent when the part or the bytes are small; does not apply to empty or read-only files', () => {
  const evaluate = (file: Partial<FileFact>) =>
    largeFreelist.evaluate(viewOf(largeFreelist, facts(file, { auto_vacuum: 0 })));
  assert.ok('clear' in evaluate({ freePages: 20_000 }));
  assert.ok('clear' in evaluate({ pageCount: 1000, freePages: 900, bytes: 4_096_000 }));
  assert.ok('notApplicable' in evaluate({ pageCount: 0, bytes: 0 }));
  assert.ok('notApplicable' in evaluate({ freePages: 51_200, writable: false }));
});
