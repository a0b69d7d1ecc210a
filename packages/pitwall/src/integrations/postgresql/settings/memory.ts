import type { RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import { ageText, sizeText } from '../rules/schema-view.ts';
import { memoryText, roundMemory } from './amount.ts';
import { type Judged, type Judgement, mostMemory, numberOf } from './judging.ts';
import { startCacheSize, startMaintenanceMemory, startSharedBuffers, startWorkMemory } from './start-values.ts';

const MB = 2 ** 20;
const DAY = 86_400;
/** Times: what is nearer to the start value than this is left alone. The two tools differ by as much. */
const TOLERANCE = 2;
/** Of what a sort writes to a file, it takes in memory (tuplesort.c keeps more of a row there). */
const IN_MEMORY = 2;
const UNKNOWN = 'the memory of the server is not known (option `machine`)';

export function judgeSharedBuffers({ settings, start, cache, age, view }: Judged): Judgement {
  const setting = 'shared_buffers';
  const value = numberOf(settings, setting)!;
  if (start === null) return { setting, leave: UNKNOWN };
  const { pgtune, pgconfig } = startSharedBuffers(start);
  // More than the data is never filled.
  const goal = roundMemory(Math.min(pgconfig, start.dataBytes * 1.25));
  if (value * TOLERANCE >= goal) {
    return { setting, leave: `within ${TOLERANCE} times of the start value, or the data fits (${sizeText(goal)})` };
  }
  if (cache === null || age < view.threshold('counterAge')) return { setting, leave: young(age) };
  const hit = cache.hit / Math.max(1, cache.hit + cache.read);
  const readADay = (cache.read / age) * DAY;
  if (hit >= view.threshold('cacheHit') || readADay < view.threshold('readADay')) {
    return {
      setting,
      leave: `far below the start value ${sizeText(goal)}, but little is read beside it (${share(hit)} found, ${sizeText(readADay)} read a day)`,
    };
  }
  return {
    setting,
    to: memoryText(goal),
    because: `${share(hit)} of the pages are found in it and ${sizeText(readADay)} a day are not; a quarter of the memory is usual`,
    confidence: 'medium',
    evidence: [
      { label: 'start value of pgtune', value: Math.round(pgtune), unit: 'By' },
      { label: 'start value of pgconfig', value: Math.round(pgconfig), unit: 'By' },
      { label: 'memory', value: start.memory, unit: 'By' },
      { label: 'data', value: start.dataBytes, unit: 'By' },
      { label: 'found in shared buffers', value: hit, unit: '1' },
    ],
    note: 'What is not found there may still come from the cache of the operating system: the gain is smaller than the share says.',
  };
}

export function judgeCacheSize({ settings, start }: Judged): Judgement {
  const setting = 'effective_cache_size';
  const value = numberOf(settings, setting)!;
  if (start === null) return { setting, leave: UNKNOWN };
  const { pgtune, pgconfig } = startCacheSize(start);
  const goal = roundMemory(pgconfig);
  const isTooHigh = value > start.memory;
  if (!isTooHigh && value * TOLERANCE >= goal) {
    return { setting, leave: `within ${TOLERANCE} times of the start value ${sizeText(goal)}` };
  }
  if (!isTooHigh && start.dataBytes <= value) return { setting, leave: 'all the data is smaller than it' };
  return {
    setting,
    to: memoryText(goal),
    because: isTooHigh
      ? `more than the ${sizeText(start.memory)} of memory that there are: plans count on pages that cannot be cached`
      : `plans count on less cache than three quarters of ${sizeText(start.memory)}, and so avoid indexes`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: Math.round(pgtune), unit: 'By' },
      { label: 'start value of pgconfig', value: Math.round(pgconfig), unit: 'By' },
      { label: 'memory', value: start.memory, unit: 'By' },
      { label: 'data', value: start.dataBytes, unit: 'By' },
    ],
    note: 'It takes no memory: it only changes how plans are chosen.',
  };
}

/** Only where something spills, and only as far as memory for all connections reaches: then it is the statements' turn. */
export function judgeWorkMemory({ settings, start, temp, age, view }: Judged): Judgement {
  const setting = 'work_mem';
  const value = numberOf(settings, setting)!;
  if (temp === null || age < view.threshold('counterAge')) return { setting, leave: young(age) };
  const written = (temp.bytes / age) * DAY;
  if (written < view.threshold('temporaryADay')) {
    return { setting, leave: `${sizeText(written)} of temporary files a day are not worth memory of every session` };
  }
  if (start === null) return { setting, leave: UNKNOWN };
  const file = temp.bytes / Math.max(1, temp.files);
  const wanted = IN_MEMORY * file;
  const ceiling = ceilingOf(settings, start.memory, view.threshold('memoryShare'));
  const { pgtune, pgconfig } = startWorkMemory(start);
  const goal = Math.floor(Math.min(wanted, ceiling, Math.max(pgtune, pgconfig)) / MB) * MB;
  if (wanted <= value) {
    return {
      setting,
      leave: `temporary files of ${sizeText(file)} are written by few and large steps: see their statements`,
    };
  }
  if (goal < value * 1.5) {
    return {
      setting,
      leave: `${sizeText(written)} of temporary files a day, but there is no memory for more in every session: SET LOCAL for the statements that spill`,
    };
  }
  return {
    setting,
    to: memoryText(goal),
    because: `${sizeText(written)} a day go to temporary files of ${sizeText(file)} on average`,
    confidence: goal >= wanted ? 'medium' : 'low',
    evidence: [
      { label: 'temporary files', value: temp.files },
      { label: 'written to them', value: temp.bytes, unit: 'By' },
      { label: 'counted over', value: age, unit: 's' },
      { label: 'start value of pgtune', value: Math.round(pgtune), unit: 'By' },
      { label: 'start value of pgconfig', value: Math.round(pgconfig), unit: 'By' },
      { label: 'most that memory allows', value: Math.round(ceiling), unit: 'By' },
    ],
    note: `Each sort and each hash of each session may take as much. With max_connections as it is that stays within ${share(view.threshold('memoryShare'))} of the memory.`,
  };
}

/** work_mem at which the server may come to take that share of the memory. */
function ceilingOf(settings: Judged['settings'], memory: number, most: number): number {
  const fixed = mostMemory(settings, 0)!;
  return Math.max(0, most * memory - fixed) / (1.5 * numberOf(settings, 'max_connections')!);
}

/** By the largest index: building one within memory is faster. VACUUM keeps 6 bytes a dead row, up to PostgreSQL 16. */
export function judgeMaintenanceMemory({ settings, start, view }: Judged): Judgement {
  const setting = 'maintenance_work_mem';
  const value = numberOf(settings, setting)!;
  if (start === null) return { setting, leave: UNKNOWN };
  const { pgtune, pgconfig } = startMaintenanceMemory(start);
  const goal = roundMemory(Math.min(pgtune, pgconfig));
  if (value * TOLERANCE >= goal) {
    return { setting, leave: `within ${TOLERANCE} times of the start value ${sizeText(goal)}` };
  }
  const largest = largestIndex(view);
  if (largest <= 4 * value) return { setting, leave: `no index is much larger than it (${sizeText(largest)})` };
  return {
    setting,
    to: memoryText(goal),
    because: `the largest index has ${sizeText(largest)}: CREATE INDEX and VACUUM go over it in more rounds`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: Math.round(pgtune), unit: 'By' },
      { label: 'start value of pgconfig', value: Math.round(pgconfig), unit: 'By' },
      { label: 'largest index', value: largest, unit: 'By' },
    ],
    note: 'Each worker of autovacuum may take as much, unless autovacuum_work_mem says less.',
  };
}

/** Bytes; 0: there is none. */
export function largestIndex(view: RuleView): number {
  return Math.max(0, ...[...factsOf(view, 'postgresql.index').values()].map(({ bytes }) => bytes));
}

export function young(age: number): string {
  return `the counters are ${ageText(age)} old: too young to judge by`;
}

export function share(part: number): string {
  return `${(part * 100).toFixed(part > 0.9 && part < 1 ? 1 : 0)} %`;
}
