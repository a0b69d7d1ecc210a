import assert from 'node:assert/strict';
import test from 'node:test';
import { type ConnectionFact, fact } from '../facts.ts';
import { viewOf } from '../testing.ts';
import { connectionSettings } from './connection-settings.ts';
import { clear, fileFacts, found } from './testing.ts';

const judged = (mode: string, connections: Record<string, ConnectionFact>) =>
  connectionSettings.evaluate(
    viewOf(connectionSettings, [
      ...fileFacts({}, { journal_mode: mode }),
      ...Object.entries(connections).map(([process, value]) => fact('sqlite.connection', process, value)),
    ]),
  );

test('what the application said of its connections is judged, and good values are not talked about', () => {
  const good = { busy_timeout: 5000, synchronous: 1, cache_size: -16_000 };
  clear(judged('wal', { 'node server.js (process 7)': good }));
  const [finding] = found(
    judged('wal', { a: good, b: { busy_timeout: 0, synchronous: 2, cache_size: 500, page_size: 4096 } }),
  );
  assert.equal(finding?.subject, 'b');
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /busy_timeout of 0 ms, synchronous FULL in WAL mode, a page cache of 2 MiB/);
  clear(judged('delete', { a: { ...good, synchronous: 2 } }));
});

test('without the application’s word it says that nothing can be seen from outside, with the lines of code', () => {
  const [finding] = found(judged('wal', {}));
  assert.equal(finding?.confidence, 'low');
  for (const library of ['node:sqlite', 'better-sqlite3', 'Python sqlite3', 'SQLAlchemy']) {
    assert.ok(finding.advice?.code?.includes(library), library);
  }
  assert.ok('notApplicable' in judged('delete', {}));
});
