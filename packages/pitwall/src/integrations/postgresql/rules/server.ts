import type { Rule } from '../../../model/rule.ts';
import { autovacuumOff } from './autovacuum-off.ts';
import { cacheMisses } from './cache-misses.ts';
import { checkpointsRequested } from './checkpoints-requested.ts';
import { connectionsNearLimit } from './connections-near-limit.ts';
import { fsyncOff } from './fsync-off.ts';
import { idleInTransaction } from './idle-in-transaction.ts';
import { lockWait } from './lock-wait.ts';
import { longTransaction } from './long-transaction.ts';
import { memoryOvercommitted } from './memory-overcommitted.ts';
import { noConnectionPool } from './no-connection-pool.ts';
import { pendingRestart } from './pending-restart.ts';
import { poolWaits } from './pool-waits.ts';
import { settingsFarFromStart } from './settings-far-from-start.ts';
import { superuserRole } from './superuser-role.ts';
import { temporaryFiles } from './temporary-files.ts';

/** What is wrong with the server: its sessions, its settings, its counters. */
export const serverRules: readonly Rule[] = [
  fsyncOff,
  autovacuumOff,
  lockWait,
  idleInTransaction,
  longTransaction,
  connectionsNearLimit,
  noConnectionPool,
  poolWaits,
  memoryOvercommitted,
  checkpointsRequested,
  temporaryFiles,
  cacheMisses,
  settingsFarFromStart,
  pendingRestart,
  superuserRole,
];
