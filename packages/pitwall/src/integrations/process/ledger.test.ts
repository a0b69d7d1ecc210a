import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Counter } from '../../model/ledger.ts';
import { liveContext, recordedContext } from '../_proc/testing.ts';
import { connectProcess } from './connection.ts';
import { processLedger } from './ledger.ts';

const countOf = (counters: readonly Counter[], name: string): number =>
  counters.find((counter) => counter.name === `process.${name}`)!.value;

test('what the service used from the first reading on, with the unit of each', async () => {
  const context = recordedContext('cgroup-v2', 2);
  const connection = await connectProcess({ pid: 4242 }, context.environment);
  const first = await processLedger(connection, context.environment);
  assert.deepEqual(
    first.map(({ name, unit, value }) => [name.replace('process.', ''), unit, value]),
    [
      ['cpu.time', 's', 0],
      ['context-switches.voluntary', '{count}', 0],
      ['context-switches.involuntary', '{count}', 0],
      ['run-queue.waiting', 's', 0],
      ['page-faults.minor', '{count}', 0],
      ['page-faults.major', '{count}', 0],
      ['io.read', 'By', 0],
      ['io.write', 'By', 0],
      // Of its cgroup: counted since that was made.
      ['cpu.pressure', 's', 0.5],
      ['memory.pressure', 's', 0.1],
      ['io.pressure', 's', 0],
    ],
  );
  await context.environment.sleep(2, context.signal);
  const later = await processLedger(connection, context.environment);
  assert.ok(Math.abs(countOf(later, 'cpu.time') - 0.9) < 1e-9);
  assert.equal(countOf(later, 'context-switches.voluntary'), 400);
  assert.equal(countOf(later, 'context-switches.involuntary'), 40);
  assert.ok(Math.abs(countOf(later, 'run-queue.waiting') - 1) < 1e-9);
  assert.ok(Math.abs(countOf(later, 'cpu.pressure') - 1.3) < 1e-9);
  assert.deepEqual([countOf(later, 'io.read'), countOf(later, 'io.write')], [9000, 18000]);
});

test('this process: what it does shows in its counters', async () => {
  const { environment } = liveContext();
  const connection = await connectProcess({ pid: process.pid }, environment);
  const faults = async () => countOf(await processLedger(connection, environment), 'page-faults.minor');
  await faults();
  const before = await faults();
  const pages = Buffer.alloc(64 * 2 ** 20, 1);
  const after = await faults();
  assert.ok(after - before >= 100, `${after} after ${before}, ${pages.length} bytes`);
});

test('a service that is not there costs nothing and fails nothing', async () => {
  const { environment } = liveContext();
  const connection = { current: async () => 'nothing listens on port 80' };
  assert.deepEqual(await processLedger(connection, environment), []);
});

/** Serves each "request" with a process of its own, which says what it used; nobody reads while they live. */
const FORKING = `
  const { execFileSync } = require('node:child_process');
  const burn = 'const end = performance.now() + 80; while (performance.now() < end); const { user, system } = process.cpuUsage(); console.log((user + system) / 1e6)';
  process.stdin.on('data', () => {
    let used = 0;
    for (let i = 0; i < 5; i++) used += Number(execFileSync(process.execPath, ['-e', burn], { encoding: 'utf8' }));
    console.log(used);
  });
  console.log('ready');
`;

test('requests that are served by a process each are counted, once', { timeout: 20_000 }, async (t) => {
  const service = spawn(process.execPath, ['-e', FORKING], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => service.kill('SIGKILL'));
  const said = async () => String((await once(service.stdout, 'data'))[0]).trim();
  assert.equal(await said(), 'ready');
  const { environment } = liveContext();
  const connection = await connectProcess({ pid: service.pid! }, environment);
  const cpu = async () => countOf(await processLedger(connection, environment), 'cpu.time');
  assert.equal(await cpu(), 0);
  service.stdin.write('go');
  // Looked at in the middle, too, when one of them lives: what it had used by then must not be counted again at its end.
  const answer = said();
  for (let i = 0; i < 8; i++) {
    await setTimeout(50);
    await cpu();
  }
  const truth = Number(await answer);
  const counted = await cpu();
  // The children cannot see what their end takes, nor what starting them took of their parent.
  assert.ok(counted >= truth - 0.06, `${counted} s counted of ${truth} s`);
  assert.ok(counted <= truth * 1.4 + 0.15, `${counted} s counted of ${truth} s`);
});
