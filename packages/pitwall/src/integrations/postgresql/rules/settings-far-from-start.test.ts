import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { JUDGED } from '../settings/all.ts';
import { healthyServer, machine, setting, spoilt, waits } from './server-testing.ts';
import { settingsFarFromStart } from './settings-far-from-start.ts';
import { SETTING_FAULTS, temp, webServer } from './settings-testing.ts';
import { clear, found, run } from './structure-testing.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
const ON_COMMAND_LINE = { source: 'command line' };

/** The finding about that setting. */
const about = (name: string, facts: readonly Fact[]) => {
  const result = run(settingsFarFromStart, facts);
  return 'found' in result ? result.found.find(({ subject }) => subject === name) : undefined;
};
/** What it says to set. */
const told = (finding: ReturnType<typeof about>) =>
  /^ALTER SYSTEM SET \w+ = '(.*)';/.exec(finding?.advice?.code ?? '')?.[1];
/** For no time, so a trial proves nothing. */
const ADVICE_ALONE = [
  ...['idle_in_transaction_session_timeout', 'log_lock_waits', 'track_io_timing', 'max_connections'],
  ...['autovacuum_work_mem', 'max_parallel_maintenance_workers'],
];

for (const [name, to, bad] of SETTING_FAULTS) {
  test(`${name} to ${to}, and not again once it is so`, () => {
    const facts = webServer(bad);
    const finding = about(name, facts);
    // Nothing is loaded and no statement known: nothing could prove a change.
    assert.deepEqual([finding?.changes, told(finding)], [undefined, to]);
    const loaded = [...facts, { kind: 'load.endpoint', key: 'home', value: { method: 'GET' } }];
    assert.deepEqual(about(name, loaded)?.changes?.[0]?.to, ADVICE_ALONE.includes(name) ? undefined : to);
    const value = /^(\d+)(MB|GB|min)$/.exec(to);
    const now = value
      ? Number(value[1]) * { MB, GB, min: 60 }[value[2] as 'MB']!
      : Number.isNaN(Number(to))
        ? to
        : Number(to);
    assert.equal(about(name, spoilt(facts, setting(name, now))), undefined, 'it is advised again');
    for (const one of bad) {
      const without = bad.filter((other) => other !== one);
      assert.notEqual(told(about(name, webServer(without))), to, `needless: ${one.kind} ${one.key}`);
    }
  });
}

test('every setting that is judged has a fault', () => {
  const known = new Set(SETTING_FAULTS.map(([name]) => name));
  assert.deepEqual(
    JUDGED.filter((name) => !known.has(name)),
    [],
  );
});

test('what is measured decides: without it nothing that is far from the start value is touched', () => {
  const quiet = (bad: readonly Fact[], name: string, reason: RegExp) => {
    const facts = webServer(bad);
    assert.equal(about(name, facts), undefined, name);
    const result = run(settingsFarFromStart, facts);
    if ('clear' in result) assert.match(result.clear, reason);
  };
  const workers = (workload: 'web' | 'dw', cpus: number) => [machine({ workload, cpus, memory: 64 * GB })];
  quiet(workers('web', 32), 'max_worker_processes', /max_worker_processes: short statements do not gain/);
  quiet(workers('dw', 15), 'max_parallel_workers', /./);
  quiet(workers('dw', 2), 'max_worker_processes', /fewer than four processors/);
  quiet([setting('wal_buffers', MB)], 'wal_buffers', /wal_buffers: sessions hardly ever found it full/);
  quiet([setting('wal_buffers', -1)], 'wal_buffers', /./);
  quiet([setting('min_wal_size', 80 * MB)], 'min_wal_size', /of log a day need no more files/);
  quiet([machine({ cpus: 64 })], 'autovacuum_max_workers', /autovacuum keeps up with nearly all tables/);
  quiet(
    [setting('maintenance_work_mem', 4 * GB), machine({ memory: 64 * GB })],
    'autovacuum_work_mem',
    /3 workers with 4 GB each fit|fit into the memory/,
  );
  quiet(
    [setting('io_method', 'worker'), setting('io_workers', 3), machine({ cpus: 64 })],
    'io_workers',
    /little is read/,
  );
  quiet(
    [setting('io_method', 'worker')],
    'io_method',
    /io_uring, pgtune’s start value, keeps the server from starting/,
  );
  quiet([setting('max_connections', 400), machine({ memory: 64 * GB, workload: 'web' })], 'max_connections', /./);
  quiet([setting('max_connections', 1000), waits({ peakSessions: 101 })], 'max_connections', /101 sessions were seen/);
  quiet([setting('max_connections', 1000), waits({ hidden: 1 })], 'max_connections', /was not seen/);
});

test('what is near the start value, or not known, is left alone with its reason', () => {
  const all = settingsFarFromStart;
  assert.match(clear(run(all, healthyServer())), /^nothing to do for 24 settings.*work_mem: .* are not worth memory/);
  const unknown = spoilt(
    healthyServer({ effective_cache_size: GB }),
    machine({ memory: null, memoryFrom: null, disk: null }),
  );
  assert.match(
    clear(run(all, unknown)),
    /effective_cache_size: the memory of the server is not known \(option `machine`\)/,
  );
  clear(run(all, spoilt(healthyServer(), setting('effective_cache_size', 6 * GB))));
});

test('in a container the limit counts: nothing that does not fit is proposed', () => {
  const bad = [temp(900 * GB, 900), machine({ memory: 6 * GB, memoryFrom: 'cgroup', workload: 'dw' })];
  const answer = run(settingsFarFromStart, spoilt(healthyServer(), ...bad));
  const changes = 'found' in answer ? answer.found.filter(({ subject }) => subject === 'work_mem') : [];
  assert.deepEqual(changes, []);
});

test('no change is proposed for a setting of the command line', () => {
  const slow = (more: object) => [setting('random_page_cost', 4, more), machine({ workload: 'web' })];
  const of = (more: object) =>
    found(
      run(settingsFarFromStart, [
        ...spoilt(healthyServer(), ...slow(more)),
        { kind: 'load.endpoint', key: 'GET /', value: {} },
      ]),
    ).find(({ subject }) => subject === 'random_page_cost')!;
  assert.equal(of({}).changes?.length, 1);
  const { changes, advice } = of(ON_COMMAND_LINE);
  assert.equal(changes, undefined);
  assert.match(advice!.text, /^Try 1\.1\. It is on the server’s command line \(postgres -c random_page_cost=4;/);
});
