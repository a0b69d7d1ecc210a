import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ownCpuSeconds, pitwallVersion } from './platform.ts';

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

test('the version is the package’s', () => {
  assert.match(pitwallVersion(), /^\d+\.\d+\.\d+/);
});
