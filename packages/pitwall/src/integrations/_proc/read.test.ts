import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notMeasurable, parseKeyed, readText } from './read.ts';

test('a file that is missing gives its path and the reason', async () => {
  const reading = await readText('/proc/no/such/file');
  assert.equal(reading.text, null);
  assert.equal(reading.why, '/proc/no/such/file does not exist');
});

test('keyed files of all three kinds are read as numbers', () => {
  const values = parseKeyed(
    'MemTotal:       24684100 kB\noom_kill 3\nread_bytes: 12\nActive(anon): 5 kB\nName:\tnginx\n',
  );
  assert.deepEqual(
    [...values],
    [
      ['MemTotal', 24684100],
      ['oom_kill', 3],
      ['read_bytes', 12],
      ['Active(anon)', 5],
    ],
  );
});

test('gaps carry no control characters of hostile names', () => {
  assert.deepEqual(notMeasurable('disk \u001b[31mx', 'gone\n'), {
    what: 'disk  [31mx',
    why: 'not measurable here: gone',
  });
});
