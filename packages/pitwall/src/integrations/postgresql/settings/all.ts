import { judgeAutovacuum, judgeAutovacuumMemory, judgeAutovacuumWorkers } from './autovacuum.ts';
import type { Judged, Judgement } from './judging.ts';
import { judgeCacheSize, judgeMaintenanceMemory, judgeSharedBuffers, judgeWorkMemory } from './memory.ts';
import {
  judgeHugePages,
  judgeIoConcurrency,
  judgeJit,
  judgeParallel,
  judgeRandomPageCost,
  judgeStatisticsTarget,
} from './planner.ts';
import { judgeIdleTimeout, judgeIoTiming, judgeLockLog } from './sight.ts';
import {
  judgeConnections,
  judgeIoMethod,
  judgeIoWorkers,
  judgeMaintenanceWorkers,
  judgeParallelWorkers,
  judgeWorkerProcesses,
} from './workers.ts';
import { judgeCompletionTarget, judgeMinWal, judgeWalBuffers, judgeWalCompression } from './writing.ts';

/** Those that gain most, first. `max_wal_size` is judged with the checkpoints that it causes. */
const JUDGES: Readonly<Record<string, (judged: Judged) => Judgement>> = {
  shared_buffers: judgeSharedBuffers,
  work_mem: judgeWorkMemory,
  maintenance_work_mem: judgeMaintenanceMemory,
  effective_cache_size: judgeCacheSize,
  random_page_cost: judgeRandomPageCost,
  effective_io_concurrency: judgeIoConcurrency,
  max_parallel_workers_per_gather: judgeParallel,
  max_parallel_workers: judgeParallelWorkers,
  max_worker_processes: judgeWorkerProcesses,
  jit: judgeJit,
  default_statistics_target: judgeStatisticsTarget,
  huge_pages: judgeHugePages,
  checkpoint_completion_target: judgeCompletionTarget,
  wal_compression: judgeWalCompression,
  wal_buffers: judgeWalBuffers,
  min_wal_size: judgeMinWal,
  io_method: judgeIoMethod,
  io_workers: judgeIoWorkers,
  max_connections: judgeConnections,
  autovacuum_vacuum_cost_limit: judgeAutovacuum,
  autovacuum_max_workers: judgeAutovacuumWorkers,
  autovacuum_work_mem: judgeAutovacuumMemory,
  max_parallel_maintenance_workers: judgeMaintenanceWorkers,
  idle_in_transaction_session_timeout: judgeIdleTimeout,
  track_io_timing: judgeIoTiming,
  log_lock_waits: judgeLockLog,
};

export const JUDGED: readonly string[] = Object.keys(JUDGES);

/** Of the settings that this server has. */
export function judgeSettings(judged: Judged): Judgement[] {
  return Object.entries(JUDGES)
    .filter(([name]) => judged.settings.has(name))
    .map(([, judge]) => judge(judged));
}
