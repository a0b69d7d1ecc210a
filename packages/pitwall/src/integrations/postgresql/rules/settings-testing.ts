/** What the tests of settings share: for each setting a server that needs another value. */
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { MachineFact } from '../facts/server.ts';
import { healthyServer, lockTree, machine, setting, spoilt, transaction } from './server-testing.ts';
import { index, table } from './structure-testing.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
const DAY = 86_400;

const misses = fact('postgresql.cache', '', {
  hit: 9e13,
  read: 1e13,
  readSeconds: null,
  tables: { hit: 1, read: 1 },
  indexes: { hit: 0, read: 0 },
});
/** 100 GB of log a day, for 100 days. */
const log = (more: { readonly fullPages?: number; readonly buffersFull?: number }): Fact =>
  fact('postgresql.checkpoints', '', {
    timed: 28_000,
    requested: 30,
    age: 100 * DAY,
    wal: { bytes: 1e13, fullPages: 0, buffersFull: 0, age: 100 * DAY, ...more },
  });
const late = ['a', 'b', 'c'].map((name) => table(name, { deadRows: 500_000 }));
const large = index('orders_large', ['a'], { bytes: 8 * GB });
const reports = (cpus: number) => machine({ workload: 'dw', cpus, memory: 64 * GB });
const choices = (name: string, value: string, ...others: string[]) =>
  setting(name, value, { choices: [value, ...others] });

export const temp = (bytes: number, files: number): Fact => fact('postgresql.temp', '', { files, bytes });

/** Setting, the value that it is to have to begin with, and what is wrong. A web application, where nothing else is said. */
export const SETTING_FAULTS: readonly (readonly [name: string, to: string, bad: readonly Fact[]])[] = [
  ['work_mem', '64MB', [temp(200 * GB, 6400), machine({ memory: 64 * GB })]],
  ['effective_cache_size', '12GB', [setting('effective_cache_size', 4 * GB)]],
  ['effective_cache_size', '12GB', [setting('effective_cache_size', 32 * GB)]],
  ['random_page_cost', '1.1', [setting('random_page_cost', 4)]],
  ['random_page_cost', '4', [machine({ disk: 'hdd' })]],
  ['jit', 'off', [fact('postgresql.jit', '', { compiling: 10, executing: 100 })]],
  ['default_statistics_target', '100', [setting('default_statistics_target', 10)]],
  ['default_statistics_target', '100', [setting('default_statistics_target', 5000)]],
  ['huge_pages', 'try', [setting('huge_pages', 'off')]],
  ['checkpoint_completion_target', '0.9', [setting('checkpoint_completion_target', 0.5)]],
  ['idle_in_transaction_session_timeout', '10min', [transaction({ state: 'idle in transaction', stateSeconds: 100 })]],
  ['log_lock_waits', 'on', [setting('log_lock_waits', 'off'), lockTree(5)]],
  ['shared_buffers', '4GB', [setting('shared_buffers', 128 * MB), misses]],
  ['maintenance_work_mem', '768MB', [setting('maintenance_work_mem', 64 * MB), large]],
  ['effective_io_concurrency', '200', [setting('effective_io_concurrency', 1), misses]],
  ['effective_io_concurrency', '1000', [setting('effective_io_concurrency', 1), misses, machine({ disk: 'nvme' })]],
  ['max_parallel_workers_per_gather', '8', [reports(16)]],
  ['wal_compression', 'lz4', [choices('wal_compression', 'off', 'lz4', 'pglz'), log({ fullPages: 6e12 })]],
  ['wal_compression', 'on', [log({ fullPages: 6e12 })]],
  ['autovacuum_vacuum_cost_limit', '1000', late],
  ['track_io_timing', 'on', [setting('track_io_timing', 'off'), misses]],
  ['wal_buffers', '16MB', [setting('wal_buffers', MB), log({ buffersFull: 1e9 })]],
  ['min_wal_size', '1GB', [setting('min_wal_size', 80 * MB), log({})]],
  ['max_worker_processes', '32', [reports(32)]],
  ['max_parallel_workers', '32', [reports(32)]],
  ['max_parallel_maintenance_workers', '4', [large, machine({ cpus: 8 })]],
  ['autovacuum_max_workers', '4', [...late, setting('autovacuum_vacuum_cost_limit', 2000), machine({ cpus: 16 })]],
  ['autovacuum_max_workers', '5', [...late, setting('vacuum_cost_limit', 1000), machine({ cpus: 32 })]],
  ['autovacuum_work_mem', '2GB', [setting('maintenance_work_mem', 4 * GB)]],
  ['io_method', 'worker', [choices('io_method', 'sync', 'worker', 'io_uring'), misses]],
  ['io_workers', '8', [setting('io_method', 'worker'), setting('io_workers', 3), misses, machine({ cpus: 32 })]],
  ['max_connections', '200', [setting('max_connections', 1000)]],
];

/** A healthy server of a web application, which uses all of its machine, with what is wrong. */
export const webServer = (bad: readonly Fact[]) =>
  spoilt(
    healthyServer(),
    machine({ workload: 'web' }),
    ...bad.map((one) =>
      one.kind === 'postgresql.machine'
        ? { ...one, value: { ...(one.value as object), workload: (one.value as MachineFact).workload ?? 'web' } }
        : one,
    ),
  );
