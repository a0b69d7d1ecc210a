import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { it } from 'node:test';
import { realEnvironment } from '../platform.ts';
import { hostWatch, isThisHost } from './host-watch.ts';
import { isCalm } from './recover.ts';

it('loopback, own addresses and sockets are this host; everything else is not', async () => {
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family }) => family === 'IPv4')?.address;
  const here = ['http://127.0.0.1:8080', 'http://localhost', 'https://[::1]:8443', `http://${own ?? '127.0.0.1'}`];
  for (const url of here) assert.equal(await isThisHost({ url }), true, url);
  // TEST-NET-1 (RFC 5737) and a name that cannot exist (RFC 6761).
  for (const url of ['http://192.0.2.1', 'http://service.invalid']) assert.equal(await isThisHost({ url }), false, url);
  assert.equal(await isThisHost({ url: 'http://192.0.2.1', socket: '/run/service.sock' }), true);
});

it('reads the signs of this host, and none when the service is elsewhere', async () => {
  const read = await hostWatch(realEnvironment, { url: 'http://127.0.0.1:1' });
  if (process.platform === 'linux') assert.ok((await read!()).memoryTotal! > 0);
  assert.equal(await hostWatch(realEnvironment, { url: 'http://192.0.2.1' }), null);
});

it('a service is at rest again when it is about as quick as it was', () => {
  assert.equal(isCalm(0.011, 0.006), true);
  assert.equal(isCalm(0.0121, 0.006), false);
  assert.equal(isCalm(0.0055, 0.001), true);
  assert.equal(isCalm(2, 1.01), true);
  assert.equal(isCalm(99, null), true);
});
