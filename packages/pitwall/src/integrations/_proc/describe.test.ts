import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine, processDescription, systemdUnitOf } from './describe.ts';
import { recordedContext } from './testing.ts';

test('a service is described with its unit, its secrets hidden', async () => {
  const { proc } = recordedContext('cgroup-v2', 2).environment;
  assert.deepEqual(await processDescription(proc, 4242), {
    name: 'vending (main)',
    commandLine: '/usr/bin/node /srv/vending/server.ts --port=8080 --db-password ***',
    cgroup: '/web.slice/vending.service',
    systemdUnit: 'vending.service',
    children: [],
  });
});

test('a recorded master has its workers as children', async () => {
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  const master = await processDescription(proc, 15396);
  assert.deepEqual(master?.children, [15398, 15399]);
  assert.match(master.commandLine, /^nginx: master process/);
  assert.equal(master.systemdUnit, null);
});

test('this process, and one that is gone', async () => {
  const self = await processDescription('/proc', process.pid);
  assert.ok(self?.commandLine.startsWith(process.execPath), self?.commandLine);
  assert.equal(self?.name, 'node');
  assert.equal(await processDescription('/proc', 2 ** 22 + 1), null);
});

test('rewritten titles and kernel threads', () => {
  assert.deepEqual(parseCommandLine('nginx: worker process\0\0\0\0'), ['nginx: worker process']);
  assert.deepEqual(parseCommandLine(''), []);
});

test('the unit is the innermost service, and not the session of a user', () => {
  assert.equal(systemdUnitOf('/system.slice/nginx.service'), 'nginx.service');
  assert.equal(systemdUnitOf('/user.slice/user-1000.slice/user@1000.service/app.slice/app.service'), 'app.service');
  assert.equal(systemdUnitOf('/user.slice/user-1000.slice/user@1000.service/tmux.scope'), null);
  assert.equal(systemdUnitOf('/system.slice/docker-0123.scope'), null);
  assert.equal(systemdUnitOf('/'), null);
});
