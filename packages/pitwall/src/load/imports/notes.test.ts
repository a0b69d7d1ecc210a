import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutLine } from './head.ts';
import { ImportNotes } from './notes.ts';

test('what was left out is counted by kind and reason, the most frequent first, with three examples', () => {
  const notes = new ImportNotes();
  notes.leaveOut('websocket', 'a load cannot speak it', '/live');
  for (const host of ['a', 'b', 'b', 'c', 'd']) notes.leaveOut('request to another host', 'only x', host);
  notes.leaveOut('line', 'too long', undefined, 0);
  assert.deepEqual(notes.leftOut, [
    { what: 'request to another host', reason: 'only x', count: 5, examples: ['a', 'b', 'c'] },
    { what: 'websocket', reason: 'a load cannot speak it', count: 1, examples: ['/live'] },
  ]);
  assert.equal(leftOutLine(notes.leftOut[0]!), '5 × request to another host (a; b; c; …): only x');
});

test('a file that is made of surprises gives a report of bounded length, without control characters', () => {
  const notes = new ImportNotes();
  for (let i = 0; i < 1000; i++) {
    notes.leaveOut(`kind ${i}`, 'reason\u001b[31m', `example ${i}\n${'x'.repeat(1000)}`);
    notes.remark(`remark ${i}\u0007`);
  }
  assert.ok(notes.leftOut.length <= 61);
  assert.ok(notes.remarks.length <= 60);
  assert.equal(
    notes.leftOut.reduce((sum, { count }) => sum + count, 0),
    1000,
  );
  assert.doesNotMatch(JSON.stringify([notes.leftOut, notes.remarks]), /\\u00|\\n/);
  assert.ok(notes.leftOut.every(({ examples }) => examples.every((example) => example.length <= 80)));
});
