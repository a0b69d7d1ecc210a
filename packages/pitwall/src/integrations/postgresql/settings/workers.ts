import { sizeText } from '../rules/schema-view.ts';
import { type Judged, type Judgement, numberOf, wordOf } from './judging.ts';
import { largestIndex } from './memory.ts';
import { startConnections, startIoWorkers, startMaintenanceWorkers, startWorkers } from './start-values.ts';

/** Times: what is nearer to the start value than this is left alone. */
const TOLERANCE = 2;
/** Bytes: smaller ones are built in seconds, by however many. [judgement] */
const LARGE_INDEX = 2 ** 30;
/** Part of the start value for max_connections that the most sessions seen may be: then twice as many would still fit. [judgement] */
const FEW_SEEN = 0.5;
const NO_CPUS = 'the number of processors is not known (option `machine`)';

export const judgeWorkerProcesses = (judged: Judged): Judgement => judgeWorkers(judged, 'max_worker_processes');
export const judgeParallelWorkers = (judged: Judged): Judgement => judgeWorkers(judged, 'max_parallel_workers');

/** Of all statements together. Only long ones gain, so only where most of the time is in such. */
function judgeWorkers(
  { settings, machine, type }: Judged,
  setting: 'max_worker_processes' | 'max_parallel_workers',
): Judgement {
  const value = numberOf(settings, setting)!;
  const cpus = machine?.cpus ?? null;
  if (cpus === null) return { setting, leave: NO_CPUS };
  const goal = startWorkers(cpus);
  if (goal === null) return { setting, leave: 'with fewer than four processors what is built in is enough' };
  if (value * TOLERANCE > goal) return { setting, leave: `within ${TOLERANCE} times of the start value ${goal}` };
  if (type.type !== 'dw') return { setting, leave: 'short statements do not gain from workers' };
  return {
    setting,
    to: String(goal),
    because: `all reports together may use ${value} of ${cpus} processors beside their own`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'processors', value: cpus },
    ],
    ...(setting === 'max_parallel_workers' ? { note: 'max_worker_processes has to allow as many.' } : {}),
  };
}

/** By the largest index, as maintenance_work_mem. */
export function judgeMaintenanceWorkers({ settings, machine, view }: Judged): Judgement {
  const setting = 'max_parallel_maintenance_workers';
  const value = numberOf(settings, setting)!;
  const cpus = machine?.cpus ?? null;
  if (cpus === null) return { setting, leave: NO_CPUS };
  const goal = startMaintenanceWorkers(cpus);
  if (goal === null) return { setting, leave: 'with fewer than four processors what is built in is enough' };
  if (value * TOLERANCE > goal) return { setting, leave: `within ${TOLERANCE} times of the start value ${goal}` };
  const largest = largestIndex(view);
  if (largest < LARGE_INDEX) return { setting, leave: `no index takes long to build (${sizeText(largest)})` };
  return {
    setting,
    to: String(goal),
    because: `the largest index has ${sizeText(largest)}, and its building uses ${value + 1} of ${cpus} processors at most`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'processors', value: cpus },
      { label: 'largest index', value: largest, unit: 'By' },
    ],
    note: 'They share maintenance_work_mem, and max_parallel_workers has to allow as many.',
  };
}

/** From PostgreSQL 18 on. */
export function judgeIoMethod({ settings, cache, age, view }: Judged): Judgement {
  const setting = 'io_method';
  const value = wordOf(settings, setting);
  if (value === 'io_uring') return { setting, leave: 'it is io_uring' };
  if (value === 'worker') {
    return {
      setting,
      leave:
        'it is worker; io_uring, pgtune’s start value, keeps the server from starting where the kernel or a container forbids it, and is to be tried by hand',
    };
  }
  const read = readADay(cache, age);
  if (read < view.threshold('readADay')) return { setting, leave: 'little is read from the disk' };
  return {
    setting,
    to: 'worker',
    because: `each session waits for its own reads, ${sizeText(read)} a day`,
    confidence: 'medium',
    evidence: [
      { label: 'start value of pgtune', value: 'io_uring, or worker' },
      { label: 'read a day', value: Math.round(read), unit: 'By' },
    ],
    note: 'worker is built in since PostgreSQL 18.',
  };
}

/** From PostgreSQL 18 on. */
export function judgeIoWorkers({ settings, machine, cache, age, view }: Judged): Judgement {
  const setting = 'io_workers';
  const value = numberOf(settings, setting)!;
  if (wordOf(settings, 'io_method') !== 'worker') return { setting, leave: 'io_method is another one than worker' };
  const cpus = machine?.cpus ?? null;
  if (cpus === null) return { setting, leave: NO_CPUS };
  const goal = startIoWorkers(cpus);
  if (value * TOLERANCE > goal) return { setting, leave: `within ${TOLERANCE} times of the start value ${goal}` };
  const read = readADay(cache, age);
  if (read < view.threshold('readADay')) return { setting, leave: 'little is read from the disk' };
  return {
    setting,
    to: String(goal),
    because: `${sizeText(read)} a day are read by ${value} processes for all sessions`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'processors', value: cpus },
      { label: 'read a day', value: Math.round(read), unit: 'By' },
    ],
  };
}

/** Far more than are used: they let a storm in. That there are too few, and too many for the memory, other rules say. */
export function judgeConnections({ settings, type, waits }: Judged): Judgement {
  const setting = 'max_connections';
  const value = numberOf(settings, setting)!;
  const goal = startConnections(type);
  if (value <= TOLERANCE * goal) {
    return { setting, leave: `no more than ${TOLERANCE} times the start value ${goal}` };
  }
  if (waits === null || waits.hidden > 0) return { setting, leave: 'how many sessions there are was not seen' };
  if (waits.peakSessions > FEW_SEEN * goal) {
    return {
      setting,
      leave: `${waits.peakSessions} sessions were seen at once: a pool (postgresql/pool-waits) is the first to look at`,
    };
  }
  return {
    setting,
    to: String(goal),
    because: `${waits.peakSessions} sessions were seen at once at most; so many more could come all together, and find no memory`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'most sessions seen', value: waits.peakSessions },
      { label: 'watched for', value: waits.seconds, unit: 's' },
    ],
    note: 'Look first at how many there are in the busiest hour: beyond the limit clients are refused.',
  };
}

function readADay(cache: Judged['cache'], age: number): number {
  return cache === null || age <= 0 ? 0 : (cache.read / age) * 86_400;
}
