import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { leftStopped, type ServiceOptions, serviceExclusive, startIfLeftStopped } from './service-control.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-service-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const append = (word: string) => ['sh', '-c', `echo ${word} >> log`];
const log = () => readFileSync(join(directory, 'log'), 'utf8').trim().split('\n').join(' ');
const note = () => existsSync(join(directory, 'service-stopped.json'));

function options(more: { stop?: string[]; start?: string[]; timeout?: number; healthy?: () => Promise<void> } = {}) {
  const { stop = append('stop'), start = append('start'), timeout = 5, healthy = async () => {} } = more;
  const all: ServiceOptions = { control: { stop, start, timeout }, directory, stateDirectory: directory, healthy };
  return all;
}

const failed = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String(error));
  assert.equal(error.code, 'SERVICE_CONTROL_FAILED');
  assert.match(error.message, text);
  return true;
};

test('stops, works, starts, waits until it is healthy; the note is there as long as it is down', async () => {
  const healthy = async () => {
    writeFileSync(join(directory, 'log'), 'healthy\n', { flag: 'a' });
  };
  const result = await serviceExclusive(options({ healthy }))(async () => {
    assert.equal(log(), 'stop');
    assert.ok(note());
    return 7;
  });
  assert.equal(result, 7);
  assert.equal(log(), 'stop start healthy');
  assert.ok(!note());
});

test('starts again when the work fails, and passes its failure on', async () => {
  const work = async () => {
    throw new Error('the work');
  };
  await assert.rejects(serviceExclusive(options())(work), /the work/);
  assert.equal(log(), 'stop start');
});

test('a stop that fails: no work is done, the service is started, what it said is quoted without control characters', async () => {
  const stop = ['sh', '-c', 'echo stop >> log; printf "no \\033[31mright" >&2; exit 3'];
  let worked = false;
  const exclusive = serviceExclusive(options({ stop }));
  await assert.rejects(
    exclusive(async () => {
      worked = true;
    }),
    failed(/stop the service failed: it ended with exit status 3; it said: no +\[31mright/),
  );
  assert.equal(worked, false);
  assert.equal(log(), 'stop start');
});

test('commands that are not there, are killed, or do not end', async () => {
  await assert.rejects(
    serviceExclusive(options({ start: ['/nonexistent/x'] }))(async () => {}),
    failed(/ENOENT/),
  );
  assert.ok(note(), 'it is still down');
  const killed = options({ start: ['sh', '-c', 'kill -9 $$'] });
  await assert.rejects(
    serviceExclusive(killed)(async () => {}),
    failed(/SIGKILL/),
  );
  const endless = options({ start: ['sh', '-c', 'sleep 60 & sleep 60'], timeout: 0.2 });
  await assert.rejects(
    serviceExclusive(endless)(async () => {}),
    failed(/did not end within 0.2 s/),
  );
});

test('when work and start both fail, the start is the message and the work its cause', async () => {
  const cause = new Error('the work');
  const exclusive = serviceExclusive(options({ start: ['false'] }));
  await assert.rejects(
    exclusive(async () => {
      throw cause;
    }),
    (error: Error) => failed(/start the service/)(error) && error.cause === cause,
  );
});

test('what a kill left stopped is started once', async () => {
  assert.equal(await startIfLeftStopped(options()), false);
  await serviceExclusive(options({ start: ['false'] }))(async () => {}).catch(() => {});
  assert.equal(await startIfLeftStopped(options()), true);
  assert.equal(log(), 'stop start');
  assert.equal(await startIfLeftStopped(options()), false);
});

test('a service that was left stopped is started with the recorded command when none is configured any more', async () => {
  const elsewhere = join(directory, 'elsewhere');
  mkdirSync(elsewhere);
  const stopped = { ...options({ start: ['sh', '-c', 'test -e up && echo start >> log'] }), directory: elsewhere };
  assert.equal(leftStopped(directory), null);
  await assert.rejects(
    serviceExclusive(stopped)(async () => {}),
    failed(/start the service/),
  );
  assert.equal(leftStopped(directory)?.pid, process.pid);
  const { control: _gone, ...rest } = options();
  await assert.rejects(startIfLeftStopped({ ...rest, control: null }), failed(/start the service/));
  writeFileSync(join(elsewhere, 'up'), '');
  assert.equal(await startIfLeftStopped({ ...rest, control: null }), true);
  assert.equal(readFileSync(join(elsewhere, 'log'), 'utf8'), 'stop\nstart\n', 'in the folder that it was stopped in');
  assert.equal(leftStopped(directory), null);
  assert.equal(await startIfLeftStopped({ ...rest, control: null }), false);
});

test('a note that cannot be read: the configured command is used, and without one it is said', async () => {
  writeFileSync(join(directory, 'service-stopped.json'), '{"pid": "no"}');
  assert.equal(leftStopped(directory)?.pid, null);
  const { control, ...rest } = options();
  await assert.rejects(
    startIfLeftStopped({ ...rest, control: null }),
    failed(/cannot be read, and none is configured/),
  );
  assert.equal(await startIfLeftStopped({ ...rest, control }), true);
  assert.equal(log(), 'start');
});

test('a start command that leaves a daemon behind is not waited for', async () => {
  const start = ['sh', '-c', 'sleep 30 & echo $! > daemon'];
  await serviceExclusive(options({ start }))(async () => {});
  process.kill(Number(readFileSync(join(directory, 'daemon'), 'utf8')), 'SIGKILL');
});

test('a command that a Ctrl-C ends before it begins is begun again; one that keeps being ended is a failure', async () => {
  const twice = ['sh', '-c', 'echo stop >> log; [ $(wc -l < log) -ge 3 ] || kill -INT $$'];
  await serviceExclusive(options({ stop: twice }))(async () => assert.equal(log(), 'stop stop stop'));
  assert.equal(log(), 'stop stop stop start');
  const always = serviceExclusive(options({ stop: ['sh', '-c', 'kill -INT $$'] }));
  await assert.rejects(
    always(async () => {}),
    failed(/SIGINT/),
  );
});
