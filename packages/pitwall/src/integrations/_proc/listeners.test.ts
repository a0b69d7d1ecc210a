import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findListeners, listenersOf, openFilesOf, parseListenerInodes } from './listeners.ts';
import { textOf } from './read.ts';
import { recordedContext } from './testing.ts';

test('only sockets in state LISTEN on that very port count', async () => {
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  const text = (await textOf(join(proc, 'net', 'tcp'))) ?? '';
  assert.deepEqual(parseListenerInodes(text, 18437), ['29378']);
  // 0x805 is the end of 0x4805: a port must match as a whole.
  assert.deepEqual(parseListenerInodes(text, 0x805), []);
  assert.deepEqual(parseListenerInodes('', 80), []);
});

test('this process listens, on IPv4 and, where there is one, on IPv6', async () => {
  const sixToo = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
  for (const host of sixToo ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.deepEqual(await listenersOf('/proc', port), [process.pid]);
    server.close();
    await once(server, 'close');
    assert.deepEqual(await findListeners('/proc', port), { pids: [], listening: false });
  }
});

test('another process is found, and one that we cannot see is not taken for none', async () => {
  const script = `require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(line.toString());
    assert.deepEqual(await listenersOf('/proc', port), [child.pid]);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
  // The recorded machine shows the socket and, without links in fd/, no owner.
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  assert.deepEqual(await findListeners(proc, 18437), { pids: [], listening: true });
});

test('open files are absolute paths, without sockets and pipes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-open-'));
  const file = await open(join(folder, 'a b.db'), 'w');
  try {
    const files = await openFilesOf('/proc', process.pid);
    assert.ok(files.includes(join(folder, 'a b.db')));
    assert.ok(files.every((path) => path.startsWith('/')));
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
  assert.deepEqual(await openFilesOf('/proc', 2 ** 22 + 1), []);
  assert.deepEqual(await listenersOf('/no/such/folder', 80), []);
});
