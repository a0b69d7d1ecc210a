import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isAttended, ownCpuSeconds, pitwallVersion } from './platform.ts';

const BURN = 'const until = process.cpuUsage().user + 400000; while (process.cpuUsage().user < until);';

test('our CPU includes children that have ended and children that live', async () => {
  const before = ownCpuSeconds();
  spawnSync(process.execPath, ['-e', BURN]);
  const ended = ownCpuSeconds();
  assert.ok(ended - before >= 0.35, `${ended - before}`);
  const child = spawn(process.execPath, ['-e', `${BURN} console.log('done'); setInterval(() => {}, 1000);`]);
  await once(child.stdout, 'data');
  const living = ownCpuSeconds() - ended;
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(living >= 0.35, `${living}`);
});

test('somebody attends at a terminal, wherever the output goes, and nobody does in CI, which may have one', () => {
  const without =
    (...closed: number[]) =>
    (fd: number) =>
      !closed.includes(fd);
  assert.equal(isAttended({}, without()), true);
  assert.equal(isAttended({}, without(1)), true);
  assert.equal(isAttended({}, without(0)), false);
  assert.equal(isAttended({}, without(2)), false);
  assert.equal(isAttended({ CI: 'true' }, without()), false);
  assert.equal(isAttended({ CI: 'false' }, without()), true);
});

test('the version is the package’s', () => {
  assert.match(pitwallVersion(), /^\d+\.\d+\.\d+/);
});
