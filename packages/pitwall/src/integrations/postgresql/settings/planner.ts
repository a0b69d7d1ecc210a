import { sizeText } from '../rules/schema-view.ts';
import { type Judged, type Judgement, numberOf, wordOf } from './judging.ts';
import { share, young } from './memory.ts';
import { startIoConcurrency, startRandomPageCost, startWorkersPerGather } from './start-values.ts';

const GB = 2 ** 30;
/** Times of the start value that make a difference to no plan one would notice. [judgement] */
const TOLERANCE = 1.5;

export function judgeRandomPageCost({ settings, start, machine }: Judged): Judgement {
  const setting = 'random_page_cost';
  const value = numberOf(settings, setting)!;
  if (start === null) return { setting, leave: 'neither disk nor memory of the server is known (option `machine`)' };
  if (start.dataBytes < GB) return { setting, leave: 'there is less than 1 GiB of data: any plan is quick' };
  const goal = startRandomPageCost(start);
  if (goal === null) return { setting, leave: 'what kind of disk the data is on is not known (option `machine`)' };
  const isFar = value > goal * TOLERANCE || value < goal / TOLERANCE;
  if (!isFar) return { setting, leave: `within ${TOLERANCE} times of the start value ${goal}` };
  const where =
    start.dataBytes < start.memory
      ? `all ${sizeText(start.dataBytes)} of data fit into memory, where no page is farther away than another`
      : `the data is on a disk that ${machine?.disk === 'hdd' ? 'turns' : 'does not turn'}`;
  return {
    setting,
    to: String(goal),
    because: where,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'disk', value: start.disk ?? 'not known' },
      { label: 'data', value: start.dataBytes, unit: 'By' },
      { label: 'memory', value: start.memory, unit: 'By' },
    ],
    note: 'The tools have measured nothing behind this number. It changes which plans are chosen, for better or worse: let the trial decide.',
  };
}

/** How many pages a bitmap scan asks for ahead; its default of 1 (16 from PostgreSQL 18) is that of a disk that turns. */
export function judgeIoConcurrency({ settings, machine, cache, age, view }: Judged): Judgement {
  const setting = 'effective_io_concurrency';
  const value = numberOf(settings, setting)!;
  const disk = machine?.disk ?? null;
  if (disk === null) return { setting, leave: 'what kind of disk the data is on is not known (option `machine`)' };
  if (disk === 'hdd') return { setting, leave: 'the disk turns: it cannot answer many at once' };
  if (value >= 16)
    return { setting, leave: 'the server asks for 16 or more pages ahead, as PostgreSQL 18 does by itself' };
  const read = cache === null || age <= 0 ? 0 : (cache.read / age) * 86_400;
  if (read < view.threshold('readADay')) return { setting, leave: 'little is read from the disk' };
  return {
    setting,
    to: String(startIoConcurrency(disk)),
    because: `it is on ${disk === 'nvme' ? 'an NVMe disk' : 'a disk that does not turn'}, which answers many requests at once`,
    confidence: 'low',
    evidence: [{ label: 'read a day', value: Math.round(read), unit: 'By' }],
  };
}

export function judgeJit({ settings, jit, age, view }: Judged): Judgement {
  const setting = 'jit';
  if (wordOf(settings, setting) !== 'on') return { setting, leave: 'it is off' };
  if (jit === null) {
    return { setting, leave: 'nothing counts what compiling costs (pg_stat_statements 1.10, PostgreSQL 15)' };
  }
  if (age < view.threshold('counterAge')) return { setting, leave: young(age) };
  const part = jit.executing > 0 ? jit.compiling / jit.executing : 0;
  if (part < view.threshold('jitShare'))
    return { setting, leave: `compiling is ${share(part)} of the time in statements` };
  return {
    setting,
    to: 'off',
    because: `compiling statements takes ${share(part)} of the time in them`,
    confidence: 'medium',
    evidence: [
      { label: 'time of compiling', value: jit.compiling, unit: 's' },
      { label: 'time in statements', value: jit.executing, unit: 's' },
    ],
    note: 'Long reports may gain from it: raising jit_above_cost keeps it for them.',
  };
}

export function judgeStatisticsTarget({ settings }: Judged): Judgement {
  const setting = 'default_statistics_target';
  const value = numberOf(settings, setting)!;
  if (value >= 50 && value <= 1000) {
    return { setting, leave: 'from 50 to 1000: single columns that need more get it by themselves' };
  }
  return {
    setting,
    to: '100',
    because:
      value < 50
        ? 'the planner knows too few of the most common values to tell rare ones from them'
        : 'ANALYZE reads 300 rows for each, and every plan reads through them',
    confidence: 'medium',
    evidence: [{ label: 'built-in value', value: 100 }],
  };
}

export function judgeHugePages({ settings }: Judged): Judgement {
  const setting = 'huge_pages';
  const shared = numberOf(settings, 'shared_buffers')!;
  const value = wordOf(settings, setting);
  if (value !== 'off') return { setting, leave: `it is ${value}` };
  if (shared < 2 * GB) return { setting, leave: 'shared_buffers are below 2 GiB, where it hardly matters' };
  return {
    setting,
    to: 'try',
    because: `${sizeText(shared)} of shared buffers in pages of 4 KiB take a table of their own in each session`,
    confidence: 'medium',
    evidence: [{ label: 'shared_buffers', value: shared, unit: 'By' }],
    note: 'The operating system has to keep some (vm.nr_hugepages); without them the server starts as before.',
  };
}

export function judgeParallel({ settings, machine, type }: Judged): Judgement {
  const setting = 'max_parallel_workers_per_gather';
  const value = numberOf(settings, setting)!;
  const cpus = machine?.cpus ?? null;
  if (cpus === null) return { setting, leave: 'the number of processors is not known (option `machine`)' };
  if (type.type !== 'dw') return { setting, leave: 'short statements do not gain from workers' };
  const goal = startWorkersPerGather({ cpus, type: type.type });
  if (cpus < 4 || value * 2 > goal) return { setting, leave: `within 2 times of the start value ${goal}` };
  return {
    setting,
    to: String(goal),
    because: `reports could use half of the ${cpus} processors`,
    confidence: 'low',
    evidence: [{ label: 'start value of pgtune', value: goal }],
    note: 'max_parallel_workers and max_worker_processes have to allow as many.',
  };
}
