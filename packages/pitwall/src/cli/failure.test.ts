import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT, PitwallError } from '../errors.ts';
import { failureLines } from './failure.ts';

const same = (text: string) => text;
const failure = new PitwallError('CONFIG_NOT_FOUND', {
  file: '/srv/vending/deploy/pitwall.yaml',
  without: 'check --url URL',
});

test('on a terminal no line of a failure is wider than it, and all text is aligned', () => {
  for (const columns of [50, 80, 100]) {
    const { lines, exitCode } = failureLines(failure, columns, same);
    assert.equal(exitCode, EXIT.usage);
    for (const line of lines) assert.ok(line.length <= columns, `${line.length}: ${line}`);
    assert.match(lines[0]!, /^pitwall: There is no/);
    const hint = lines.findIndex((line) => line.startsWith('hint:    Write'));
    assert.ok(hint > 0, lines.join('\n'));
    for (const [i, line] of lines.entries()) if (i !== 0 && i !== hint) assert.match(line, /^ {9}\S/);
    const text = lines.map((line) => line.slice(9)).join(' ');
    assert.equal(text, `${failure.message} ${failure.hint}`);
  }
});

test('in a pipe each sentence is one line', () => {
  assert.deepEqual(failureLines(failure, null, same).lines, [`pitwall: ${failure.message}`, `hint: ${failure.hint}`]);
});

test('what comes beside it is wrapped too, and secrets are taken out before a line is cut', () => {
  const also = ['c2 was not applied: the password correct horse battery staple is wrong, said the server at length'];
  const error = new PitwallError('NOT_APPLIED', { change: 'c1', reason: 'no', hint: 'Look.' }, { also });
  const { lines } = failureLines(error, 60, (text) => text.replaceAll('correct horse battery staple', '[redacted]'));
  assert.doesNotMatch(lines.join(''), /horse|staple/);
  assert.ok(lines.every((line) => line.length <= 60) && lines.length >= 4, lines.join('\n'));
});

test('a bug keeps its stack as it is', () => {
  const { lines, exitCode } = failureLines(new TypeError('x is not a function'), 40, same);
  assert.equal(exitCode, EXIT.bug);
  assert.match(lines.join('\n'), /bug in Pitwall[\s\S]*TypeError: x is not a function\n {4}at /);
});
