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
import { judgeAutovacuum, judgeCompletionTarget, judgeWalCompression } from './writing.ts';

/** Those that gain most, first. `max_wal_size` is judged with the checkpoints that it causes. */
const JUDGES: Readonly<Record<string, (judged: Judged) => Judgement>> = {
  shared_buffers: judgeSharedBuffers,
  work_mem: judgeWorkMemory,
  maintenance_work_mem: judgeMaintenanceMemory,
  effective_cache_size: judgeCacheSize,
  random_page_cost: judgeRandomPageCost,
  effective_io_concurrency: judgeIoConcurrency,
  max_parallel_workers_per_gather: judgeParallel,
  jit: judgeJit,
  default_statistics_target: judgeStatisticsTarget,
  huge_pages: judgeHugePages,
  checkpoint_completion_target: judgeCompletionTarget,
  wal_compression: judgeWalCompression,
  autovacuum_vacuum_cost_limit: judgeAutovacuum,
  idle_in_transaction_session_timeout: judgeIdleTimeout,
  track_io_timing: judgeIoTiming,
  log_lock_waits: judgeLockLog,
};

/** Of the settings that this server has. */
export function judgeSettings(judged: Judged): Judgement[] {
  return Object.entries(JUDGES)
    .filter(([name]) => judged.settings.has(name))
    .map(([, judge]) => judge(judged));
}
