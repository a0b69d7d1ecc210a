import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readProcessTable } from '../_proc/process-table.ts';
import { ServiceCounters } from './service-counters.ts';

interface Process {
  readonly parent?: number;
  readonly state?: string;
  /** Ticks: own, and of ended children. */
  readonly cpu: number;
  readonly reapedCpu?: number;
  readonly faults: number;
  readonly reapedFaults?: number;
  /** Bytes written, own and of ended children; absent: not to be read. */
  readonly written?: number;
  readonly start?: number;
  /** Voluntary switches of each thread. */
  readonly threads?: Readonly<Record<string, number>>;
}

/** A /proc of our own making: process 10 and its descendants are the service. */
function machine(t: TestContext) {
  const proc = mkdtempSync(join(tmpdir(), 'pitwall-proc-'));
  t.after(() => rmSync(proc, { recursive: true }));
  writeFileSync(join(proc, 'uptime'), '10.00 5.00\n');
  let clock = 0;
  let looked = 0;
  const environment = { proc, sys: '/sys', now: () => clock, sleep: async () => {} };
  const counters = new ServiceCounters({
    async current() {
      looked++;
      const table = await readProcessTable(proc);
      const members = table.filter(({ pid, parent }) => pid === 10 || parent === 10 || parent === 20);
      return members.some(({ pid }) => pid === 10) ? { roots: [10], members, table } : 'it has ended';
    },
  });
  return {
    looked: () => looked,
    put(
      pid: number,
      {
        parent = 1,
        state = 'S',
        cpu,
        reapedCpu = 0,
        faults,
        reapedFaults = 0,
        written,
        start = 500,
        threads = {},
      }: Process,
    ) {
      const folder = join(proc, String(pid));
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(join(folder, 'task'), { recursive: true });
      const fields = [
        state,
        parent,
        0,
        0,
        0,
        0,
        0,
        faults,
        reapedFaults,
        0,
        0,
        cpu,
        0,
        reapedCpu,
        0,
        0,
        0,
        1,
        0,
        start,
      ];
      writeFileSync(join(folder, 'stat'), `${pid} (a b) c) ${fields.join(' ')} 0 0\n`);
      if (written !== undefined) writeFileSync(join(folder, 'io'), `read_bytes: 0\nwrite_bytes: ${written}\n`);
      for (const [id, voluntary] of Object.entries(threads)) {
        mkdirSync(join(folder, 'task', id));
        const status = `voluntary_ctxt_switches:\t${voluntary}\nnonvoluntary_ctxt_switches:\t0\n`;
        writeFileSync(join(folder, 'task', id, 'status'), status);
        writeFileSync(join(folder, 'task', id, 'schedstat'), `${voluntary + 1}000000 0 1\n`);
      }
    },
    end: (pid: number) => rmSync(join(proc, String(pid)), { recursive: true }),
    async read(seconds = 1) {
      clock += seconds;
      const totals = await counters.read(environment);
      assert.ok(totals);
      const { cpuSeconds, minorFaults, bytesWritten, voluntary } = totals;
      return [Math.round(cpuSeconds * 100), minorFaults, bytesWritten, voluntary];
    },
  };
}

test('a worker that ends hands its counts to its parent: they are counted once', async (t) => {
  const { put, end, read } = machine(t);
  put(10, { cpu: 100, faults: 1000, written: 0 });
  put(11, { parent: 10, cpu: 50, faults: 200, written: 5000 });
  assert.deepEqual(await read(), [0, 0, 0, 0]);
  put(11, { parent: 10, cpu: 70, faults: 300, written: 9000 });
  assert.deepEqual(await read(), [20, 100, 4000, 0]);
  // 5 ticks, 10 faults and 1000 bytes more, then it ended.
  end(11);
  put(10, { cpu: 100, faults: 1000, reapedCpu: 75, reapedFaults: 310, written: 10_000 });
  assert.deepEqual(await read(), [25, 110, 5000, 0]);
});

test('a process that began and ended between two readings is counted', async (t) => {
  const { put, read } = machine(t);
  put(10, { cpu: 100, faults: 1000, written: 0 });
  await read();
  put(10, { cpu: 101, faults: 1001, reapedCpu: 30, reapedFaults: 90, written: 700 });
  assert.deepEqual(await read(), [31, 91, 700, 0]);
});

test('what a process used that nobody waited for stays counted', async (t) => {
  const { put, end, read } = machine(t);
  put(10, { cpu: 100, faults: 1000, written: 0 });
  put(11, { parent: 10, cpu: 50, faults: 200, written: 0 });
  await read();
  put(11, { parent: 10, cpu: 80, faults: 260, written: 100 });
  await read();
  end(11);
  put(10, { cpu: 110, faults: 1010, written: 0 });
  assert.deepEqual(await read(), [40, 70, 100, 0]);
});

test('a worker and its parent that end together', async (t) => {
  const { put, end, read } = machine(t);
  put(10, { cpu: 0, faults: 10, written: 0 });
  put(20, { parent: 10, cpu: 10, faults: 20, written: 0 });
  put(21, { parent: 20, cpu: 40, faults: 30, written: 0 });
  await read();
  end(20);
  end(21);
  // Nothing new was used: only handed on, from 21 to 20 to 10.
  put(10, { cpu: 0, faults: 10, reapedCpu: 50, reapedFaults: 50, written: 0 });
  assert.deepEqual(await read(), [0, 0, 0, 0]);
});

test('a zombie keeps its counts until its parent asks for them', async (t) => {
  const { put, end, read } = machine(t);
  put(10, { cpu: 0, faults: 10, written: 0 });
  put(11, { parent: 10, cpu: 40, faults: 30, written: 2000 });
  await read();
  put(11, { parent: 10, state: 'Z', cpu: 45, faults: 30 });
  assert.deepEqual(await read(), [5, 0, 0, 0]);
  end(11);
  put(10, { cpu: 0, faults: 10, reapedCpu: 45, reapedFaults: 30, written: 2000 });
  assert.deepEqual(await read(), [5, 0, 0, 0]);
});

test('a number that comes back is another process; one that is older than the first reading counts from when it was found', async (t) => {
  const { put, read } = machine(t);
  put(10, { cpu: 0, faults: 10, written: 0 });
  put(11, { parent: 10, cpu: 40, faults: 30, written: 0 });
  await read();
  put(11, { parent: 10, cpu: 7, faults: 5, written: 10, start: 1200 });
  assert.deepEqual(await read(), [7, 5, 10, 0]);
  put(12, { parent: 10, cpu: 900, faults: 900, written: 900, start: 400 });
  assert.deepEqual(await read(), [7, 5, 10, 0]);
  put(12, { parent: 10, cpu: 901, faults: 902, written: 903, start: 400 });
  assert.deepEqual(await read(), [8, 7, 13, 0]);
});

test('new processes are found by their numbers; the whole table is only read when there are strangers, or the service ended', async (t) => {
  const { put, end, read, looked } = machine(t);
  put(10, { cpu: 0, faults: 10, written: 0 });
  put(99, { cpu: 500, faults: 500, written: 0 });
  await read();
  put(20, { parent: 10, cpu: 3, faults: 1, written: 0, start: 1500 });
  put(21, { parent: 20, cpu: 4, faults: 1, written: 0, start: 1500 });
  assert.deepEqual(await read(), [7, 2, 0, 0]);
  await read(100);
  assert.equal(looked(), 1);
  put(98, { parent: 99, cpu: 500, faults: 500, written: 0, start: 1500 });
  assert.deepEqual(await read(), [7, 2, 0, 0]);
  await read();
  assert.equal(looked(), 2);
  end(10);
  put(10, { cpu: 2, faults: 1, written: 0, start: 3000 });
  assert.deepEqual((await read()).slice(0, 2), [9, 3]);
  assert.equal(looked(), 2, 'its number came back at once');
  end(10);
  await assert.rejects(read(), /falsy|totals/);
  assert.equal(looked(), 3);
});

test('threads: new ones count from zero, and those that ended keep what they had', async (t) => {
  const { put, read } = machine(t);
  put(10, { cpu: 0, faults: 1, written: 0, threads: { 10: 100, 11: 1000 } });
  await read();
  put(10, { cpu: 0, faults: 1, written: 0, threads: { 10: 105, 11: 1020, 12: 7 } });
  assert.equal((await read())[3], 32);
  put(10, { cpu: 0, faults: 1, written: 0, threads: { 10: 105, 12: 3 } });
  assert.equal((await read())[3], 35, '12 came back as another thread');
  put(11, { parent: 10, cpu: 0, faults: 1, written: 0, start: 1500, threads: { 11: 4 } });
  assert.equal((await read())[3], 39);
});

test('files that may not be read leave out what they would have told', async (t) => {
  const { put, read } = machine(t);
  put(10, { cpu: 0, faults: 1 });
  await read();
  put(10, { cpu: 9, faults: 1 });
  assert.deepEqual(await read(), [9, 0, null, 0]);
});

test('more threads than can be watched for little: their switches are not told, the rest is', async (t) => {
  const { put, read } = machine(t);
  const threads = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [i + 1, i]));
  put(10, { cpu: 0, faults: 1, written: 0, threads });
  assert.deepEqual(await read(), [0, 0, 0, null]);
  put(10, { cpu: 9, faults: 1, written: 0, threads: { 1: 5 } });
  assert.deepEqual(await read(), [9, 0, 0, null]);
});
