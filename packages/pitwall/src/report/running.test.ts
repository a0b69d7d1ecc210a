import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Running, RunningSession } from '../model/running.ts';
import { UNSAFE } from './fixtures/golden.ts';
import { paintWith } from './terminal/paint.ts';
import { runningLines } from './terminal/running.ts';
import { displayWidth } from './text.ts';

const session = (more: Partial<RunningSession>): RunningSession => ({
  id: '4711',
  state: 'active',
  seconds: 14,
  stateSeconds: 14,
  wait: null,
  blockedBy: [],
  blocks: 0,
  application: '',
  statement: 'UPDATE tasks SET status = $1 WHERE id = $2',
  ...more,
});
const lines = (running: Partial<Running>, width = 80) =>
  runningLines(
    'db',
    { sessions: [], total: running.sessions?.length ?? 0, hidden: 0, ...running },
    { paint: paintWith(false), width, details: false },
  );

test('what runs: how long it is open, what it waits for and who waits for it', () => {
  const sessions = [
    session({
      state: 'idle in transaction',
      wait: 'Client: ClientRead',
      blocks: 1,
      stateSeconds: 13,
      application: 'psql',
    }),
    session({
      id: '4712',
      seconds: 12,
      stateSeconds: 12,
      wait: 'Lock: transactionid',
      blockedBy: ['4711', '0'],
      blocks: 2,
    }),
    session({ id: '4713', seconds: 9, stateSeconds: 2, wait: 'IO: DataFileRead', statement: 'SELECT 1' }),
  ];
  assert.deepEqual(lines({ sessions, total: 5 }), [
    '',
    'RUNNING NOW on db   5 sessions',
    '',
    '  OPEN   PID  WHAT IT DOES',
    '  14 s  4711  idle in transaction for 13 s; 1 waits behind it · psql',
    '    last: UPDATE tasks SET status = $1 WHERE id = $2',
    '  12 s  4712  waits behind 4711, a prepared transaction; 2 wait behind it (Lock…',
    '    UPDATE tasks SET status = $1 WHERE id = $2',
    '   9 s  4713  runs for 2 s (IO: DataFileRead)',
    '    SELECT 1',
    '  … 2 more sessions, younger than these.',
  ]);
});

test('nothing runs, or the role may not see what does', () => {
  assert.deepEqual(lines({ hidden: 3 }).slice(1), [
    'RUNNING NOW on db   0 sessions, 3 others that the role may not see',
    '',
    '  Nothing at this moment.',
  ]);
});

test('it fits the terminal, and does nothing to it', () => {
  const hostile = '\u001b[2J\u202e<script>\n'.repeat(40);
  const sessions = [
    session({ id: '1'.repeat(12), statement: hostile, application: hostile, state: `idle ${hostile}` }),
    session({ statement: '漢'.repeat(300), wait: hostile, blockedBy: Array.from({ length: 90 }, (_, i) => `${i}`) }),
    session({ seconds: 1e300, stateSeconds: -1, blocks: 1e9 }),
  ];
  for (const width of [60, 80, 120]) {
    for (const line of lines({ sessions, total: 12, hidden: 9 }, width)) {
      assert.ok(displayWidth(line) <= width, `${displayWidth(line)} > ${width}: ${line}`);
      assert.doesNotMatch(line, UNSAFE);
    }
  }
});
