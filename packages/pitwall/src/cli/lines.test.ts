import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../model/change.ts';
import { change } from '../tune/testing.ts';
import { takenBackLine } from './lines.ts';

test('what was taken back before says when, and that nothing is left to do, however long the change is', () => {
  const entry = { id: 'p1-c5', updatedAt: '2026-11-21T16:38:42.182Z', change } as JournalEntry;
  const long = {
    ...entry,
    change: { ...change, preview: { apply: `CREATE INDEX ${'x'.repeat(400)}\u001b`, undo: '' } },
  };
  for (const one of [entry, long]) {
    assert.match(takenBackLine(one), /^p1-c5 was taken back at 2026-11-21 16:38:42 UTC, nothing is left to do:/);
    assert.ok(takenBackLine(one).length <= 300 && !takenBackLine(one).includes('\u001b'));
  }
});
