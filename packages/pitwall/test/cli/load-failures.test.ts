import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { deadPort } from '../../src/integrations/http/test-servers.ts';
import { listen } from '../../src/load/testing.ts';
import { assertSaid, run } from './bad-support.ts';
import { assertRefused, assertReported, isKept, load, shopHere } from './load-support.ts';
import { inFolder } from './support.ts';

/** What the network and the service do to a load: what is said, which exit code, and what is kept. */

const CLOSED = ['--users', '4', '--warmup', '0', '--duration', '1s'];

test('nobody is there: refused, unknown, not allowed, no socket', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const port = await deadPort();
    const refused = await load(['--url', `http://127.0.0.1:${port}`], { cwd });
    await assertRefused(refused, cwd, 3, /No load could be sent to .*: the connection was refused: nothing listens on/);
    // RFC 6761 §6.4: names under .invalid never resolve, and loopback is not asked for them.
    const unknown = await load(['--url', 'http://shop.invalid'], { cwd });
    await assertRefused(unknown, cwd, 3, /the name shop\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/);
    // RFC 5737: an address of documentation. It is refused before anything is sent there.
    const foreign = await load(['--url', 'http://192.0.2.1'], { cwd });
    await assertRefused(foreign, cwd, 2, /192\.0\.2\.1 is not this host.*\nhint: .*allow: \[192\.0\.2\.1\]/);
    const socket = await load(['--url', 'http://shop', '--socket', join(cwd, 'none.sock')], { cwd });
    await assertRefused(socket, cwd, 3, /there is no socket .*none\.sock/);
  }),
);

test(
  'a service that takes connections and never answers: every request is a timeout, and that is no measurement',
  {
    timeout: 30_000,
  },
  (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { silent: true });
      const ended = await load(['--url', shop.url, ...CLOSED, '--timeout', '400ms', '--json'], { cwd });
      assertSaid(
        ended,
        3,
        /None of the [\d,]+ requests was answered with success, .*: timeout \d+, last: .+\.\nhint: .*--timeout/,
      );
      const result = await assertReported(ended, cwd);
      assert.deepEqual(Object.keys(result.errors), ['timeout']);
      assert.deepEqual([result.endedBy, result.partial, result.valid], ['plan', null, false]);
      assert.ok(result.latency.response.p50 >= 0.4);
    }),
);

test('a service that refuses what is asked for: the statuses are named, not the generator', { timeout: 30_000 }, (t) =>
  inFolder(async (cwd) => {
    const shop = await shopHere(t, { delay: 5 });
    const ended = await load(
      ['--url', shop.url, ...CLOSED, '--endpoint', '/nowhere', '--save-baseline', 'first', '--json'],
      { cwd },
    );
    assertSaid(ended, 3, /None of the [\d,]+ requests .*: status-4xx \d+.*\.\nhint: Look at the paths/);
    assert.equal((await assertReported(ended, cwd)).ok, 0);
    assert.equal(await isKept(cwd, 'first'), false, 'what measured nothing is no baseline');
    const fine = await load(['--url', shop.url, ...CLOSED, '--save-baseline', 'first', '--json'], { cwd });
    assert.equal(fine.status, 0, fine.stderr);
    assert.equal(await isKept(cwd, 'first'), true);
  }),
);

test('a service that cannot take the rate is named, and not the generator', { timeout: 30_000 }, (t) =>
  inFolder(async (cwd) => {
    const shop = await shopHere(t, { delay: 200 });
    const rate = ['--rate', '100', '--users', '2', '--warmup', '0', '--duration', '2s'];
    const ended = await load(['--url', shop.url, ...rate, '--json'], { cwd });
    assertSaid(
      ended,
      3,
      /The service did not take the load .*: Only \d+ of 200 planned requests were sent.*\nhint: Lower/,
    );
    assert.equal((await assertReported(ended, cwd)).saturated, true);
  }),
);

test('too few open files: said with the figures, before anything is sent', { timeout: 30_000 }, (t) =>
  inFolder(async (cwd) => {
    let connections = 0;
    const url = `http://127.0.0.1:${await listen(
      t,
      createTcpServer(() => connections++),
    )}`;
    const files = await run(['load', '--quiet', '--url', url, '--users', '500'], {
      cwd,
      through: ['prlimit', '--nofile=256:256'],
    });
    const says = /500 connections need 600 open files, and this process may have 256 \(ulimit -n\)\.\nhint: Raise/;
    await assertRefused(files, cwd, 2, says);
    assert.equal(connections, 0);
  }),
);

/** A network of its own with 20 local ports, and in it a service that closes each connection after its answer. */
const FEW_PORTS = `
  ip link set lo up && echo '40000 40019' > /proc/sys/net/ipv4/ip_local_port_range || exit 99
  "$0" -e 'require("http").createServer((_, r) => r.setHeader("Connection", "close").end()).listen(8080, "127.0.0.1")' &
  server=$!
  until echo > /dev/tcp/127.0.0.1/8080; do sleep 0.05; done 2> /dev/null
  "$@"
  status=$?
  kill $server
  exit $status`;
const noNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0 ? false : 'no unprivileged namespaces here';

test(
  'too few local ports: said before, and where they run out on the way the service is not blamed',
  {
    timeout: 30_000,
    skip: noNamespaces,
  },
  () =>
    inFolder(async (cwd) => {
      const through = ['unshare', '-rn', 'bash', '-c', FEW_PORTS, process.execPath];
      const args = ['--url', 'http://127.0.0.1:8080', '--warmup', '0', '--duration', '1s', '--json'];
      const many = await load([...args, '--users', '50'], { cwd, through });
      await assertRefused(
        many,
        cwd,
        2,
        /50 connections to one address need as many local ports, and there are 20 \(net\./,
      );
      const ended = await load([...args, '--users', '15'], { cwd, through });
      assertSaid(
        ended,
        3,
        /The generator was the limit: no local port was left .*\(EADDRNOTAVAIL; 20, net\.ipv4\.ip_loc/,
      );
      const result = await assertReported(ended, cwd);
      assert.equal(result.valid, false);
      assert.ok(result.errors.connect! > 0);
    }),
);
