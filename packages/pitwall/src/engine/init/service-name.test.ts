import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { describeListener, type Listener, mainOf, serviceName } from './service-name.ts';

const URL_GIVEN = new URL('http://shop.example:8080');

function listener(differences: Partial<Listener> = {}): Listener {
  return { pid: 7, name: 'shopd', systemdUnit: null, cgroup: null, children: [], ...differences };
}

test('the unit names the service, else the program', async () => {
  const unit = await serviceName('/proc', [listener({ systemdUnit: 'web-shop.service' })], URL_GIVEN);
  assert.deepEqual(unit, { name: 'web-shop', nameFrom: 'the systemd unit of process 7' });
  assert.equal((await serviceName('/proc', [listener()], URL_GIVEN)).name, 'shopd');
});

test('an interpreter says nothing, the folder it runs in does', async () => {
  const self = await describeListener('/proc', process.pid);
  assert.ok(self);
  const { name, nameFrom } = await serviceName(
    '/proc',
    [{ ...self, systemdUnit: null, name: 'python3.11' }],
    URL_GIVEN,
  );
  assert.equal(name, basename(process.cwd()));
  assert.match(nameFrom, /folder/);
});

test('an interpreter whose folder is hidden keeps its own name', async () => {
  assert.equal((await serviceName('/nowhere', [listener({ name: 'node' })], URL_GIVEN)).name, 'node');
});

test('without a process the host names it', async () => {
  assert.deepEqual(await serviceName('/proc', [], URL_GIVEN), {
    name: 'shop.example',
    nameFrom: 'the host in the URL',
  });
});

test('of a master and its workers the master is meant', () => {
  const group = [listener({ pid: 8 }), listener({ pid: 9 }), listener({ pid: 7, children: [8, 9] })];
  assert.equal(mainOf(group)?.pid, 7);
  assert.equal(mainOf([]), null);
});

test('a process that is gone is not described', async () => {
  assert.equal(await describeListener('/proc', 2 ** 22 + 1), null);
});
