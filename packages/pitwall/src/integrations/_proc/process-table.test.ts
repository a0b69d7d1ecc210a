import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cpuCount,
  listPids,
  ownLineage,
  parseProcessStat,
  parseReaped,
  readProcessStat,
  readProcessTable,
  withDescendants,
} from './process-table.ts';
import { processStat, recordedContext } from './testing.ts';

const entry = (pid: number, parent: number) => processStat({ pid, parent });

test('a name with brackets and spaces does not shift the fields', async () => {
  const { proc } = recordedContext('cgroup-v2', 2).environment;
  assert.deepEqual(await readProcessStat(proc, 4242), {
    pid: 4242,
    parent: 1,
    name: 'vending (main)',
    state: 'S',
    cpuSeconds: 1,
    minorFaults: 900,
    majorFaults: 0,
    threads: 2,
    startTicks: 1000,
  });
  assert.equal(parseProcessStat('garbage'), null);
  assert.equal(parseProcessStat('12 (cut off) S 1'), null);
});

test('descendants are found however deep, loops and unknown roots do no harm', () => {
  const table = [entry(1, 0), entry(10, 1), entry(11, 10), entry(12, 11), entry(20, 1), entry(30, 31), entry(31, 30)];
  assert.deepEqual(withDescendants(table, [10]), [10, 11, 12]);
  assert.deepEqual(withDescendants(table, [10, 12, 99]), [10, 11, 12]);
  assert.deepEqual(withDescendants(table, [30]), [30, 31]);
});

test('a recorded machine: nginx with its workers', async () => {
  const { proc } = recordedContext('linux-6.18-hybrid', 1.84).environment;
  const pids = await listPids(proc);
  assert.equal(pids.length, 3);
  assert.deepEqual(withDescendants(await readProcessTable(proc), [pids[0]!]), pids);
});

test('the real /proc: we are in the table, and our lineage reaches our parent', async () => {
  const table = await readProcessTable('/proc');
  const self = table.find((candidate) => candidate.pid === process.pid);
  assert.equal(self?.parent, process.ppid);
  assert.ok(self.cpuSeconds > 0 && self.threads > 1);
  const lineage = await ownLineage('/proc', table);
  assert.deepEqual([...lineage].slice(0, 2), [process.pid, process.ppid]);
});

test('a gone process and a missing /proc are no errors', async () => {
  assert.equal(await readProcessStat('/proc', 2 ** 22 + 1), null);
  assert.deepEqual(await listPids('/no/such/folder'), []);
});

test('CPUs online are counted', () => {
  assert.equal(cpuCount('cpu  1 2 3\ncpu0 1 2 3\ncpu3 1 2 3\nintr 5\n'), 2);
  assert.equal(cpuCount('nothing'), null);
});

test('what ended children used, from the same line; a name with brackets and blanks does not shift it', () => {
  const line = '42 (a b) c) S 1 0 0 0 0 0 10 200 3 4 50 60 70 80 0 0 0 1 0 500 0 0';
  assert.deepEqual(parseReaped(line), { cpuSeconds: 1.5, minorFaults: 200, majorFaults: 4 });
});
