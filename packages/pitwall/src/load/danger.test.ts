import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Danger, dangerOf, dangersOf, type HostSigns, watchDanger } from './danger.ts';
import { readHostSigns } from './danger-read.ts';

const GIB = 2 ** 30;
const calm: HostSigns = {
  at: 100,
  pagesSwappedOut: 5000,
  oomKills: 3,
  memoryAvailable: 4 * GIB,
  memoryTotal: 16 * GIB,
  memoryStalled: 10,
  ioStalled: 20,
  disks: new Map([['vda', { operations: 1000, operationSeconds: 5, weightedSeconds: 6 }]]),
  cgroup: { used: 1 * GIB, limit: 2 * GIB },
};
/** One second later. */
const later = (changes: Partial<HostSigns>): HostSigns => ({ ...calm, at: calm.at + 1, ...changes });
const disk = (operations: number, operationSeconds: number, weightedSeconds: number) =>
  new Map([['vda', { operations, operationSeconds, weightedSeconds }]]);

describe('danger signs', () => {
  const cases: readonly (readonly [Danger['sign'], Partial<HostSigns>, Partial<HostSigns>, RegExp])[] = [
    ['oom-kill', { oomKills: 4 }, { oomKills: 3 }, /^The kernel killed a process for lack of memory\.$/],
    [
      'cgroup-memory',
      { cgroup: { used: 1.95 * GIB, limit: 2 * GIB } },
      { cgroup: { used: 1.8 * GIB, limit: 2 * GIB } },
      /97\.5 % of its limit/,
    ],
    ['memory', { memoryAvailable: 0.7 * GIB }, { memoryAvailable: 0.9 * GIB }, /^Only 4\.38 % of the memory/],
    ['swap', { pagesSwappedOut: 5300 }, { pagesSwappedOut: 5200 }, /300 pages a second/],
    ['memory-stall', { memoryStalled: 10.35 }, { memoryStalled: 10.2 }, /lack of memory 35 % of the time/],
    ['io-stall', { ioStalled: 20.6 }, { ioStalled: 20.4 }, /waiting for I\/O 60 % of the time/],
    ['disk-queue', { disks: disk(1100, 45, 30) }, { disks: disk(2000, 45, 30) }, /vda .* 24 operations .* 400 ms/],
    ['disk-queue', { disks: disk(1000, 5, 36) }, { disks: disk(1100, 45, 15) }, /30 operations wait/],
  ];
  for (const [sign, over, under, says] of cases) {
    it(`${sign}: ${Object.keys(over).join()}`, () => {
      const danger = dangerOf(calm, later(over));
      assert.equal(danger?.sign, sign);
      assert.match(danger.text, says);
      assert.equal(danger.urgent, sign === 'oom-kill');
      assert.deepEqual(dangersOf(calm, later(under)), []);
    });
  }

  it('are rates: the same growth over a longer time is none', () => {
    assert.equal(dangerOf(calm, { ...calm, at: calm.at + 60, pagesSwappedOut: 5300, memoryStalled: 10.35 }), null);
  });

  it('nothing is made of what is not known, of counters that were reset, and of no time at all', () => {
    const unknown: HostSigns = {
      at: 101,
      pagesSwappedOut: null,
      oomKills: null,
      memoryAvailable: null,
      memoryTotal: null,
      memoryStalled: null,
      ioStalled: null,
      disks: new Map(),
      cgroup: null,
    };
    assert.deepEqual(dangersOf(calm, unknown), []);
    assert.deepEqual(dangersOf(unknown, { ...calm, at: 102 }), []);
    assert.deepEqual(dangersOf(calm, later({ oomKills: 0, pagesSwappedOut: 0, disks: disk(0, 0, 0) })), []);
    assert.deepEqual(dangersOf(calm, { ...calm, oomKills: 9 }), []);
  });

  it('the worst comes first', () => {
    const both = dangersOf(calm, later({ oomKills: 5, pagesSwappedOut: 9000, ioStalled: 21 }));
    assert.deepEqual(
      both.map(({ sign }) => sign),
      ['oom-kill', 'swap', 'io-stall'],
    );
    assert.match(both[0]!.text, /killed 2 processes/);
  });
});

describe('watching', () => {
  /** Gives one reading after the other; the last one for ever, a second later each time. */
  const readings = (signs: readonly Partial<HostSigns>[]) => {
    let n = 0;
    return async (): Promise<HostSigns> => {
      const current = signs[Math.min(n, signs.length - 1)]!;
      return { ...calm, ...current, at: calm.at + n++ };
    };
  };

  it('calls once, when a sign has lasted for two windows', async () => {
    const seen: string[] = [];
    const swap = [5000, 5000, 5900, 5900, 6800, 7700, 8600, 9500].map((pagesSwappedOut) => ({ pagesSwappedOut }));
    const danger = Promise.withResolvers<Danger>();
    const stop = watchDanger({
      read: readings(swap),
      interval: 0.001,
      onDanger: (found) => {
        seen.push(found.sign);
        danger.resolve(found);
      },
    });
    assert.match((await danger.promise).text, /900 pages/);
    await setTimeout(20);
    assert.deepEqual(seen, ['swap']);
    await stop();
  });

  it('does not wait for a second look when a process was killed', async () => {
    const danger = Promise.withResolvers<Danger>();
    const stop = watchDanger({
      read: readings([{}, { oomKills: 4 }]),
      interval: 0.001,
      onDanger: danger.resolve,
    });
    assert.equal((await danger.promise).sign, 'oom-kill');
    await stop();
  });

  it('one bad window is none, readings that fail are passed over, and nothing is called after the end', async () => {
    const seen: Danger[] = [];
    let n = 0;
    const spikes = readings([{}, { ioStalled: 20.9 }, { ioStalled: 20.9 }, { ioStalled: 21.8 }, { ioStalled: 21.8 }]);
    const stop = watchDanger({
      read: () => (n++ % 3 === 2 ? Promise.reject(new Error('gone')) : spikes()),
      interval: 0.001,
      onDanger: (found) => seen.push(found),
    });
    // With six good readings there were windows with one bad sign, and two readings failed.
    while (n < 9) await setTimeout(1);
    await stop();
    const after = n;
    await setTimeout(10);
    assert.equal(n, after);
    assert.deepEqual(seen, []);
  });

  it('ends at once, also in the middle of a long pause', async () => {
    const stop = watchDanger({ read: readings([{}]), interval: 3600, onDanger: () => assert.fail() });
    const from = performance.now();
    await stop();
    await stop();
    assert.ok(performance.now() - from < 5000);
  });
});

describe('reading', () => {
  it('this host shows what it shows, and never fails', async () => {
    const signs = await readHostSigns();
    if (process.platform === 'linux') assert.ok(signs.memoryTotal! > signs.memoryAvailable!);
    assert.deepEqual(dangersOf(signs, signs), []);
  });

  it('files of the kernel are read as documented; partitions and what is missing are left out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pitwall-danger-'));
    try {
      await mkdir(join(folder, 'pressure'));
      await mkdir(join(folder, 'block', 'vda', 'device'), { recursive: true });
      await writeFile(join(folder, 'vmstat'), 'nr_free_pages 99\npswpin 1\npswpout 42\noom_kill 2\n');
      await writeFile(join(folder, 'meminfo'), 'MemTotal:       100 kB\nMemFree:  1 kB\nMemAvailable:    25 kB\n');
      await writeFile(
        join(folder, 'pressure', 'memory'),
        'some avg10=0.00 avg60=0.00 avg300=0.00 total=9\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n',
      );
      const line = (name: string) => ` 254 0 ${name} 100 0 800 2000 50 0 400 1000 7 300 3500 0 0 0 0 0 0\n`;
      await writeFile(join(folder, 'diskstats'), line('vda') + line('vda1') + line('loop0'));
      const cgroup = async () => ({ used: 5, limit: 10 });
      const signs = await readHostSigns({ proc: folder, sys: folder }, cgroup);
      assert.deepEqual(
        { ...signs, at: 0, disks: [...signs.disks] },
        {
          at: 0,
          pagesSwappedOut: 42,
          oomKills: 2,
          memoryAvailable: 25 * 1024,
          memoryTotal: 100 * 1024,
          memoryStalled: 1.5,
          ioStalled: null,
          disks: [['vda', { operations: 150, operationSeconds: 3, weightedSeconds: 3.5 }]],
          cgroup: { used: 5, limit: 10 },
        },
      );
      const failing = await readHostSigns({ proc: '/no/such', sys: '/no/such' }, () => Promise.reject(new Error('no')));
      assert.deepEqual([failing.memoryTotal, failing.cgroup, failing.disks.size], [null, null, 0]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
