import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { PitwallError } from '../../errors.ts';
import { liveContext, recordedContext } from '../_proc/testing.ts';
import { connectProcess } from './connection.ts';
import { processOptions } from './options.ts';
import { type Resolved, resolveProcesses } from './resolve.ts';

/** A server with one child of its own; prints its port and the child's pid. */
const SERVER = `
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', function () {
  console.log(this.address().port + ' ' + child.pid);
});
process.on('SIGTERM', () => { child.on('exit', () => process.exit()); child.kill(); });
`;

async function startServer(
  port: number,
  mark: string,
): Promise<{ process: ChildProcess; port: number; child: number }> {
  const server = spawn(process.execPath, ['-e', SERVER, String(port), mark], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const [actual, child] = line.toString().split(' ').map(Number);
  return { process: server, port: actual!, child: child! };
}

async function stopServer(server: { process: ChildProcess }): Promise<void> {
  server.process.kill();
  await once(server.process, 'exit');
}

const pidsOf = (found: Resolved | string): readonly number[] =>
  typeof found === 'string' ? assert.fail(found) : found.members.map((member) => member.pid);

test('exactly one way to name the processes', () => {
  for (const good of [{ port: 80 }, { pid: 1 }, { match: 'app' }]) assert.ok(processOptions.safeParse(good).success);
  for (const bad of [{}, { port: 80, pid: 1 }, { port: 0 }, { port: 70000 }, { match: '' }, { user: 'x' }]) {
    assert.ok(!processOptions.safeParse(bad).success, JSON.stringify(bad));
  }
});

test('by port, by command line and by pid, children included; a restart is followed', async () => {
  const { environment } = liveContext();
  const mark = `pitwall-test-${process.pid}-a`;
  let server = await startServer(0, mark);
  try {
    const family = [server.process.pid!, server.child].sort((a, b) => a - b);
    const { port } = server;
    for (const options of [{ port }, { match: mark }, { pid: server.process.pid! }]) {
      assert.deepEqual(pidsOf(await resolveProcesses('/proc', options)), family, JSON.stringify(options));
    }
    // A clock of our own, so that the short memory of a connection is over each time.
    let clock = 0;
    const stepping = { ...environment, now: () => clock++ };
    const byPort = await connectProcess({ port }, stepping);
    const byPid = await connectProcess({ pid: server.process.pid! }, stepping);
    assert.deepEqual(pidsOf(await byPort.current(stepping)), family);

    await stopServer(server);
    assert.equal(await byPort.current(stepping), `nothing listens on port ${port}`);
    assert.match(String(await byPid.current(stepping)), /has ended/);
    server = await startServer(port, mark);
    assert.ok(pidsOf(await byPort.current(stepping)).includes(server.process.pid!));
    assert.match(String(await byPid.current(stepping)), /has ended/);
  } finally {
    await stopServer(server);
  }
});

test('our own command line is not the service', async () => {
  // The script's name is in our command line and in that of the test runner above us.
  assert.match(String(await resolveProcesses('/proc', { match: 'resolve.test.ts' })), /no command line contains/);
});

test('what cannot be found is one known error', async () => {
  const { environment } = liveContext();
  await assert.rejects(connectProcess({ match: 'no such service \u0007' }, environment), (error) => {
    assert.ok(error instanceof PitwallError);
    assert.equal(error.code, 'PROCESS_NOT_FOUND');
    assert.equal(
      error.message,
      'The processes of the service cannot be found: no command line contains "no such service  ".',
    );
    return true;
  });
  assert.equal(await resolveProcesses('/proc', { pid: 2 ** 22 + 1 }), `process ${2 ** 22 + 1} has ended`);
  assert.match(String(await resolveProcesses('/no/such', { port: 80 })), /lists no processes/);
});

test('a port whose owner we may not see is not called free', async () => {
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  assert.equal(
    await resolveProcesses(proc, { port: 18437 }),
    'the process that listens on port 18437 may not be inspected',
  );
});

test('a pid that was given to another process is not the service any more', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const connection = await connectProcess({ pid: 4242 }, context.environment);
  assert.deepEqual(pidsOf(await connection.current(context.environment)), [4242]);
  const other = recordedContext('pid-reused', 2);
  let clock = other.environment.now() + 10;
  const environment = { ...context.environment, proc: other.environment.proc, now: () => clock++ };
  assert.match(String(await connection.current(environment)), /another has its number now/);
});
