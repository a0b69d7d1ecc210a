/** What the tests of the rules about the server share: facts of a server that has nothing wrong, to be spoilt one by one. */
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { LongTransactionFact, MachineFact, PoolFact, RoleFact, SettingFact, WaitsFact } from '../facts/server.ts';
import { DAY, healthy } from './structure-testing.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;

/** Of PostgreSQL 15 on 16 GiB, as somebody set it who knew what he did. */
const SETTINGS: Readonly<Record<string, number | string>> = {
  shared_buffers: 4 * GB,
  work_mem: 16 * MB,
  maintenance_work_mem: 512 * MB,
  effective_cache_size: 12 * GB,
  max_connections: 100,
  max_worker_processes: 8,
  max_wal_size: 4 * GB,
  checkpoint_timeout: 300,
  checkpoint_completion_target: 0.9,
  random_page_cost: 1.1,
  effective_io_concurrency: 200,
  max_parallel_workers_per_gather: 2,
  max_parallel_workers: 8,
  max_parallel_maintenance_workers: 2,
  wal_buffers: 16 * MB,
  min_wal_size: GB,
  autovacuum_max_workers: 3,
  autovacuum_work_mem: -1,
  jit: 'on',
  default_statistics_target: 100,
  huge_pages: 'try',
  wal_compression: 'off',
  autovacuum_vacuum_cost_limit: -1,
  vacuum_cost_limit: 200,
  idle_in_transaction_session_timeout: 0,
  track_io_timing: 'on',
  log_lock_waits: 'on',
  fsync: 'on',
  full_page_writes: 'on',
  autovacuum: 'on',
  track_counts: 'on',
};

const AT_START = [
  ...['shared_buffers', 'max_connections', 'huge_pages', 'wal_buffers', 'max_worker_processes'],
  ...['autovacuum_max_workers', 'io_method'],
];

export function setting(name: string, value: number | string, more: Partial<SettingFact> = {}): Fact {
  return fact('postgresql.setting', name, {
    value,
    text: String(value),
    unit: null,
    context: AT_START.includes(name) ? 'postmaster' : 'sighup',
    source: 'configuration file',
    from: null,
    builtIn: null,
    pendingRestart: false,
    choices: null,
    overrides: [],
    ...more,
  });
}

export function machine(more: Partial<MachineFact> = {}): Fact {
  return fact('postgresql.machine', '', {
    memory: 16 * GB,
    memoryFrom: 'host',
    cpus: 4,
    cpusFrom: 'host',
    disk: 'ssd',
    here: true,
    dataBytes: 100 * GB,
    version: 150_018,
    workload: null,
    ...more,
  });
}

export function role(more: Partial<RoleFact> = {}): Fact {
  return fact('postgresql.role', '', {
    name: 'reader',
    database: 'shop',
    superuser: false,
    version: 150_018,
    powers: [],
    foreign: 3,
    ...more,
  });
}

export function waits(more: Partial<WaitsFact> = {}): Fact {
  return fact('postgresql.waits', '', {
    looks: 40,
    seconds: 10,
    sessions: 20,
    peakSessions: 22,
    busy: 3,
    peakBusy: 6,
    running: 2,
    held: 0.5,
    peakHeld: 2,
    waits: [{ event: 'IO', sessions: 1 }],
    hidden: 0,
    ...more,
  });
}

export function pool(more: Partial<PoolFact> = {}): Fact {
  return fact('postgresql.pool', 'shop/app', {
    mode: 'transaction',
    size: 10,
    looks: 40,
    waiting: 0,
    peakWaiting: 0,
    waitingShare: 0,
    longestWait: 0,
    active: 3,
    peakActive: 6,
    open: 10,
    ...more,
  });
}

export function transaction(more: Partial<LongTransactionFact> = {}): Fact {
  return fact('postgresql.long-transaction', '4711', {
    pid: 4711,
    state: 'active',
    user: 'app',
    application: 'worker',
    wait: null,
    statement: 'SELECT $1',
    seconds: 10,
    querySeconds: 10,
    stateSeconds: 10,
    xminAge: 5,
    locks: ['RowExclusiveLock public.orders'],
    blocks: 0,
    ...more,
  });
}

/** One that waits for so many seconds, and another one behind it. */
export function lockTree(seconds: number, total = 1, { pid = 1, state = 'idle in transaction' } = {}): Fact {
  return fact('postgresql.lock-tree', '1', {
    root: {
      pid,
      state,
      user: 'app',
      application: '',
      wait: null,
      statement: 'UPDATE t',
      seconds: 90,
      stateSeconds: 80,
    },
    waiting: [
      {
        pid: 2,
        state: 'active',
        user: 'app',
        application: 'a',
        wait: 'Lock: relation',
        statement: 'ALTER TABLE t',
        behind: pid,
        depth: 1,
        seconds,
        wants: 'AccessExclusiveLock on public.t',
      },
      {
        pid: 3,
        state: 'active',
        user: 'app',
        application: 'b',
        wait: 'Lock: relation',
        statement: 'SELECT',
        behind: 2,
        depth: 2,
        seconds: 0.1,
        wants: 'AccessShareLock on public.t',
      },
    ],
    total,
  });
}

/** Everything was read, and nothing is wrong. `settings`: others than the usual ones. */
export function healthyServer(settings: Readonly<Record<string, number | string>> = {}): Fact[] {
  const cache = {
    hit: 1e13,
    read: 1e10,
    readSeconds: 100,
    tables: { hit: 5e12, read: 5e9 },
    indexes: { hit: 5e12, read: 5e9 },
  };
  return [
    ...healthy(),
    role(),
    ...Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => setting(name, value)),
    machine(),
    waits(),
    pool(),
    fact('postgresql.session-counts', '', { total: 20, hidden: 0, groups: [] }),
    fact('postgresql.connections', '', {
      limit: 100,
      reserved: 3,
      used: 20,
      idle: 15,
      averageAge: 3 * DAY,
      hidden: 0,
      begun: 1000,
      uptime: 100 * DAY,
    }),
    fact('postgresql.cache', '', cache),
    fact('postgresql.temp', '', { files: 100, bytes: 1e9 }),
    fact('postgresql.checkpoints', '', {
      timed: 28_000,
      requested: 30,
      age: 100 * DAY,
      wal: { bytes: 1e11, fullPages: 2e10, buffersFull: 100, age: 100 * DAY },
    }),
    fact('postgresql.jit', '', { compiling: 1, executing: 1e5 }),
  ];
}

/** The same facts with some of them in place of those of the same kind and key. */
export function spoilt(facts: readonly Fact[], ...bad: readonly Fact[]): Fact[] {
  const isSame = (a: Fact) => bad.some((b) => a.kind === b.kind && a.key === b.key);
  return [...facts.filter((one) => !isSame(one)), ...bad];
}
