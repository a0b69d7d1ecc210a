import { counted } from '../../../model/plural.ts';
import { sizeText } from '../rules/schema-view.ts';
import { memoryText, roundMemory } from './amount.ts';
import { type Judged, type Judgement, numberOf, wordOf } from './judging.ts';
import { share, young } from './memory.ts';
import { startMaxWal, startMinWal, startWalBuffers } from './start-values.ts';

/** Largest that is proposed: pgtune's for a data warehouse. Beyond it what writes so much is the question. */
const MOST_WAL = 16 * 2 ** 30;
/** Times: what is nearer to the start value than this is left alone. */
const TOLERANCE = 2;
/** Of the pages of the log that were written out by sessions that waited for room. Own choice, as none is documented. [judgement] */
const MUCH_FULL = 0.01;
const WAL_PAGE = 8192;

/**
 * Bytes of log after which a checkpoint is requested: max_wal_size ÷ (1 + checkpoint_completion_target), as the server computes
 * it (CalculateCheckpointSegments in xlog.c, from PostgreSQL 11 on).
 */
export function walDistance(settings: Judged['settings']): number | null {
  const [most, target] = [numberOf(settings, 'max_wal_size'), numberOf(settings, 'checkpoint_completion_target')];
  return most === null || target === null ? null : most / (1 + target);
}

/** `walPerSecond`: as measured. Null: it is as large as is proposed. */
export function largerWal({ settings, type }: Judged, walPerSecond: number | null): number | null {
  const value = numberOf(settings, 'max_wal_size');
  if (value === null || value >= MOST_WAL) return null;
  const timeout = numberOf(settings, 'checkpoint_timeout') ?? 300;
  const target = numberOf(settings, 'checkpoint_completion_target') ?? 0.9;
  // Writing comes in bursts: twice what is written on average in the time.
  const measured = walPerSecond === null ? 0 : 2 * walPerSecond * timeout * (1 + target);
  return Math.min(MOST_WAL, Math.max(2 * value, startMaxWal(type), roundMemory(measured)));
}

export function judgeCompletionTarget({ settings, checkpoints }: Judged): Judgement {
  const setting = 'checkpoint_completion_target';
  const value = numberOf(settings, setting)!;
  if (value >= 0.7) return { setting, leave: 'checkpoints are spread over most of the time between them' };
  if (checkpoints === null || checkpoints.timed + checkpoints.requested < 10) {
    return { setting, leave: 'there were hardly any checkpoints' };
  }
  return {
    setting,
    to: '0.9',
    because:
      'the pages of a checkpoint are written in a part of the time there is, and the disk is busy for it; 0.9 is built in since PostgreSQL 14',
    confidence: 'medium',
    evidence: [{ label: 'checkpoints', value: checkpoints.timed + checkpoints.requested }],
  };
}

export function judgeWalCompression({ settings, checkpoints, age, view }: Judged): Judgement {
  const setting = 'wal_compression';
  const value = wordOf(settings, setting);
  if (value !== 'off') return { setting, leave: `it is ${value}` };
  const wal = checkpoints?.wal ?? null;
  if (wal === null || age < view.threshold('counterAge')) {
    return { setting, leave: wal === null ? 'the log is not counted' : young(age) };
  }
  const part = wal.bytes > 0 ? Math.min(1, wal.fullPages / wal.bytes) : 0;
  const aDay = (wal.bytes / (wal.age ?? age)) * 86_400;
  if (part < view.threshold('fullPages') || aDay < view.threshold('walADay')) {
    return { setting, leave: `images of whole pages are ${share(part)} of the log` };
  }
  return {
    setting,
    to: settings.get(setting)?.choices?.includes('lz4') ? 'lz4' : 'on',
    because: `${share(part)} of the log are images of whole pages, which compress well`,
    confidence: 'medium',
    evidence: [
      { label: 'write-ahead log', value: wal.bytes, unit: 'By' },
      { label: 'images of whole pages', value: wal.fullPages, unit: 'By' },
    ],
    note: 'It takes processor time. Fewer checkpoints (max_wal_size) make fewer such images.',
  };
}

/** By itself the server takes 3 % of shared_buffers, up to 16 MiB: only one that somebody set lower can be too small. */
export function judgeWalBuffers({ settings, checkpoints, age, view }: Judged): Judgement {
  const setting = 'wal_buffers';
  const value = numberOf(settings, setting)!;
  const goal = startWalBuffers(numberOf(settings, 'shared_buffers')!);
  if (value < 0 || value * TOLERANCE >= goal || goal < 2 ** 20) {
    return { setting, leave: `within ${TOLERANCE} times of the start value ${sizeText(goal)}` };
  }
  const wal = checkpoints?.wal ?? null;
  if (wal === null || age < view.threshold('counterAge')) {
    return { setting, leave: wal === null ? 'the log is not counted' : young(age) };
  }
  const full = (wal.buffersFull * WAL_PAGE) / Math.max(1, wal.bytes);
  if (full < MUCH_FULL) return { setting, leave: 'sessions hardly ever found it full' };
  return {
    setting,
    to: memoryText(goal),
    because: `sessions found it full ${counted(wal.buffersFull, 'time')}, and had to write the log themselves`,
    confidence: 'medium',
    evidence: [
      { label: 'start value of pgtune', value: Math.round(goal), unit: 'By' },
      { label: 'times that it was full', value: wal.buffersFull },
      { label: 'write-ahead log', value: wal.bytes, unit: 'By' },
    ],
  };
}

/** What is kept of the log's files for the next burst: below it they are deleted, and made anew when they are needed. */
export function judgeMinWal({ settings, checkpoints, type, age, view }: Judged): Judgement {
  const setting = 'min_wal_size';
  const value = numberOf(settings, setting)!;
  const goal = Math.min(startMinWal(type), numberOf(settings, 'max_wal_size') ?? Number.POSITIVE_INFINITY);
  if (value * TOLERANCE >= goal) {
    return { setting, leave: `within ${TOLERANCE} times of the start value ${sizeText(goal)}, or of max_wal_size` };
  }
  const wal = checkpoints?.wal ?? null;
  if (wal === null || age < view.threshold('counterAge')) {
    return { setting, leave: wal === null ? 'the log is not counted' : young(age) };
  }
  const aDay = (wal.bytes / (wal.age ?? age)) * 86_400;
  if (aDay < view.threshold('walADay')) return { setting, leave: `${sizeText(aDay)} of log a day need no more files` };
  return {
    setting,
    to: memoryText(goal),
    because: `${sizeText(aDay)} of log are written a day, and after each quiet time its files are deleted, to be made anew`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal, unit: 'By' },
      { label: 'log written a day', value: Math.round(aDay), unit: 'By' },
    ],
    note: `The disk of the log always keeps ${memoryText(goal)} of it.`,
  };
}
