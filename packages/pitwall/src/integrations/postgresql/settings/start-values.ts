import type { DiskKind, WorkloadType } from '../facts/server.ts';

/**
 * Start values by two tools that take the machine and never look at what the server does: pgtune (le0pard/pgtune,
 * configurationSlice.js) and pgconfig (pgconfig/api, rules). They are where judging begins, and no advice by themselves: on
 * work_mem the two differ about tenfold.
 */
export interface StartInput {
  /** Bytes. */
  readonly memory: number;
  readonly cpus: number | null;
  readonly connections: number;
  readonly workers: number;
  readonly type: WorkloadType;
  readonly dataBytes: number;
  readonly disk: DiskKind | null;
  /** server_version_num */
  readonly version: number;
}

/** By pgtune, and by pgconfig where it has one of its own. Bytes, or plain. */
interface Start {
  readonly pgtune: number;
  readonly pgconfig: number;
}

export const START_SOURCES = [
  { title: 'pgtune: formulas', url: 'https://github.com/le0pard/pgtune' },
  { title: 'pgconfig: rules', url: 'https://github.com/pgconfig/api' },
  {
    title: 'PostgreSQL: Resource Consumption',
    url: 'https://www.postgresql.org/docs/current/runtime-config-resource.html',
  },
] as const;

const MB = 2 ** 20;
const GB = 2 ** 30;
/** Share of memory for work_mem, all connections together (pgconfig). */
const WORK_SHARE: Readonly<Record<WorkloadType, number>> = { web: 0.25, oltp: 0.35, dw: 0.5, mixed: 0.2 };
const MIN_WAL: Readonly<Record<WorkloadType, number>> = { web: GB, mixed: GB, oltp: 2 * GB, dw: 4 * GB };
const CONNECTIONS: Readonly<Record<WorkloadType, number>> = { web: 200, oltp: 300, dw: 40, mixed: 100 };
const MAX_WAL: Readonly<Record<WorkloadType, number>> = { web: 4 * GB, mixed: 4 * GB, oltp: 8 * GB, dw: 16 * GB };

/** pgconfig: a server that shares its machine with others (mixed) counts half of the memory. */
function countedMemory({ memory, type }: StartInput): number {
  return type === 'mixed' ? memory / 2 : memory;
}

export function startSharedBuffers(input: StartInput): Start {
  return { pgtune: input.memory / 4, pgconfig: countedMemory(input) / 4 };
}

export function startCacheSize(input: StartInput): Start {
  return { pgtune: (input.memory * 3) / 4, pgconfig: (countedMemory(input) * 3) / 4 };
}

export function startMaintenanceMemory(input: StartInput): Start {
  const pgtune = Math.min(8 * GB, input.memory / (input.type === 'dw' ? 8 : 16));
  return { pgtune, pgconfig: countedMemory(input) * 0.05 };
}

/** For each sort or hash of each statement: many times that may be in use at once. */
export function startWorkMemory(input: StartInput): Start {
  const { pgtune: shared } = startSharedBuffers(input);
  const base = (input.memory - shared) / ((input.connections + input.workers) * 3);
  const byType = input.type === 'dw' || input.type === 'mixed' ? base / 2 : base;
  const pgtune = Math.max(4 * MB, byType * (input.dataBytes < input.memory ? 1.3 : 0.9));
  const pgconfig = Math.max(4 * MB, (countedMemory(input) * WORK_SHARE[input.type]) / input.connections);
  return { pgtune, pgconfig };
}

export function startMaxWal({ type }: Pick<StartInput, 'type'>): number {
  return MAX_WAL[type];
}

/** Null: nothing is known of the disk, and the data does not fit into memory. */
export function startRandomPageCost({ disk, type, dataBytes, memory }: StartInput): number | null {
  if (dataBytes < memory) return 1.1;
  if (disk === null) return null;
  return disk === 'hdd' || type === 'dw' ? 4 : 1.1;
}

export function startIoConcurrency(disk: DiskKind): number {
  return { hdd: 2, ssd: 200, nvme: 1000 }[disk];
}

export function startWorkersPerGather({ cpus, type }: { readonly cpus: number; readonly type: WorkloadType }): number {
  const half = Math.ceil(cpus / 2);
  return type === 'dw' ? half : Math.min(4, half);
}

export function startMinWal({ type }: Pick<StartInput, 'type'>): number {
  return MIN_WAL[type];
}

/** 3 % of shared_buffers, at most 16 MiB, to which all from 14 MiB on is rounded up. */
export function startWalBuffers(sharedBuffers: number): number {
  const part = 0.03 * sharedBuffers;
  return part >= 14 * MB ? 16 * MB : Math.max(32 * 1024, part);
}

export function startConnections({ type }: Pick<StartInput, 'type'>): number {
  return CONNECTIONS[type];
}

/** max_worker_processes and max_parallel_workers: the processors. Below four pgtune leaves what is built in. */
export function startWorkers(cpus: number): number | null {
  return cpus >= 4 ? Math.floor(cpus) : null;
}

/** Workers of one CREATE INDEX. */
export function startMaintenanceWorkers(cpus: number): number | null {
  return cpus >= 4 ? Math.min(4, Math.ceil(cpus / 2)) : null;
}

/** Three are built in. */
export function startAutovacuumWorkers(cpus: number): number {
  return cpus >= 32 ? 5 : cpus >= 16 ? 4 : 3;
}

/** Where maintenance_work_mem, which else counts for each worker of autovacuum, is as large or larger. */
export const START_AUTOVACUUM_MEMORY = 2 * GB;

/** Processes that read for all others, from PostgreSQL 18 on, where io_method is `worker`. */
export function startIoWorkers(cpus: number): number {
  return Math.min(32, Math.max(3, Math.floor(cpus / 4)));
}
