import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeDraft } from './change.ts';
import { mergeChanges } from './merge-changes.ts';

const draft = (rest: Partial<ChangeDraft> = {}): ChangeDraft => ({
  tunable: 'sqlite/index',
  subject: 'i',
  to: { table: 't' },
  reason: 'a scan',
  affects: [{ indicator: 'x', labels: { query: 'one' } }],
  ...rest,
});

test('two reasons for one change: both have to improve, nobody promises more than the more cautious one', () => {
  const merged = mergeChanges(
    draft({ meter: [{ query: 'q', sql: 's' }], predictedRatio: 0.1, expectedWriteSeconds: 0.2 }),
    draft({
      reason: 'a slow delete',
      affects: [{ indicator: 'x', labels: { query: 'one' } }, { indicator: 'y' }],
      meter: [{ sql: 's', query: 'q' }, 'size'],
      predictedRatio: 0.5,
      expectedWriteSeconds: 0.9,
    }),
  );
  assert.deepEqual(merged, {
    ...draft(),
    reason: 'a scan; a slow delete',
    affects: [{ indicator: 'x', labels: { query: 'one' } }, { indicator: 'y' }],
    meter: [{ query: 'q', sql: 's' }, 'size'],
    predictedRatio: 0.5,
    expectedWriteSeconds: 0.9,
  });
});

test('what only one of them says is kept, whichever it is; what neither says stays absent', () => {
  const says = draft({ meter: ['size'], predictedRatio: 0.5, expectedWriteSeconds: 0.9 });
  assert.deepEqual(mergeChanges(says, draft()), says);
  assert.deepEqual(mergeChanges(draft(), says), says);
  assert.deepEqual(mergeChanges(draft(), draft()), draft());
});
