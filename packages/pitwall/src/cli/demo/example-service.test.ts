import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ExampleService, prepareExample } from './example-service.ts';

const never = new AbortController().signal;

async function example(t: TestContext): Promise<ExampleService> {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-example-'));
  const service = await prepareExample('vending', directory);
  t.after(async () => {
    await service.stop().catch(() => {});
    rmSync(directory, { recursive: true, force: true });
  });
  return service;
}

/** Commands of processes that work in the folder. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes(directory) ? [command.replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
}

test('starts, is started once only, stops, is stopped already', async (t) => {
  const service = await example(t);
  await service.generate(never, 0.01);
  await service.start(never);
  await service.start(never);
  assert.equal(processesIn(service.directory).length, 1);
  const [, url] = /url: (\S+)/.exec(readFileSync(service.configFile, 'utf8'))!;
  assert.equal((await fetch(`${url}/health`)).status, 200);
  await service.stop();
  assert.deepEqual(processesIn(service.directory), []);
  await service.stop();
});

test('interrupted in the middle of a start, it can be stopped', async (t) => {
  const service = await example(t);
  await service.generate(never, 0.01);
  const abort = new AbortController();
  const starting = service.start(abort.signal);
  const log = join(service.directory, 'data', 'vending.log');
  while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 2));
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(starting, reason);
  await service.stop();
  assert.deepEqual(processesIn(service.directory), []);
});

test('an interrupted generation leaves nothing', async (t) => {
  const service = await example(t);
  const data = join(service.directory, 'data');
  const abort = new AbortController();
  const generating = service.generate(abort.signal);
  while (readdirSync(data).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(generating, reason);
  assert.deepEqual(readdirSync(data), []);
  assert.deepEqual(processesIn(service.directory), []);
});

test('a service that does not start, and a stop that fails, are said', async (t) => {
  const service = await example(t);
  mkdirSync(service.database);
  await assert.rejects(service.start(never), { code: 'DEMO_FAILED', message: /start: the service did not start, see/ });
  assert.deepEqual(processesIn(service.directory), []);
  mkdirSync(join(service.directory, 'data', 'vending.pid'));
  await assert.rejects(service.stop(), { code: 'DEMO_FAILED', message: /stop: EISDIR/ });
});

test('Ctrl-C at the very moment when a command begins does not keep it from its work', async (t) => {
  const service = await example(t);
  const module = JSON.stringify(join(import.meta.dirname, 'example-service.ts'));
  const code = `process.on('SIGINT', () => {});
    const { prepareExample } = await import(${module});
    const service = await prepareExample('vending', ${JSON.stringify(service.directory)});
    process.stdout.write('ready');
    for (let time = 0; time < 10; time++) await service.stop();
    process.stdout.write(' done');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
  }
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  const rain = setInterval(() => process.kill(-child.pid!, 'SIGINT'), 5);
  child.once('exit', () => clearInterval(rain));
  // The status says nothing: on its way out a process no longer handles signals.
  await ended;
  assert.equal(said, 'ready done');
});
