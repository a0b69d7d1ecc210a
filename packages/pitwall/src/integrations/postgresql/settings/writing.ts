import { counted } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { tableSetting, whyNoAutovacuum } from '../rules/table-settings.ts';
import { holdersOf } from '../rules/xmin.ts';
import { roundMemory } from './amount.ts';
import { type Judged, type Judgement, numberOf, wordOf } from './judging.ts';
import { share, young } from './memory.ts';
import { startMaxWal } from './start-values.ts';

/** Largest that is proposed: pgtune's for a data warehouse. Beyond it what writes so much is the question. */
const MOST_WAL = 16 * 2 ** 30;
/** Fewer rows come and go without anybody noticing. [judgement] */
const LEAST_DEAD = 10_000;
/** Of this many tables that are late at once, it is not the tables. [judgement] */
const LATE_TABLES = 3;

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

/** When many tables are late, and nothing holds the dead rows: autovacuum may do more at a time. */
export function judgeAutovacuum({ settings, view }: Judged): Judgement {
  const setting = 'autovacuum_vacuum_cost_limit';
  const general = factsOf(view, 'postgresql.autovacuum').get('');
  if (!general?.enabled) return { setting, leave: 'autovacuum does not run' };
  const own = numberOf(settings, setting)!;
  const value = own === -1 ? (numberOf(settings, 'vacuum_cost_limit') ?? 200) : own;
  const late = [...factsOf(view, 'postgresql.table').values()].filter((table) => {
    const trigger =
      tableSetting(table, 'autovacuum_vacuum_threshold', general.vacuumThreshold) +
      tableSetting(table, 'autovacuum_vacuum_scale_factor', general.vacuumScaleFactor) * (table.rows ?? table.liveRows);
    return whyNoAutovacuum(table, general) === null && table.deadRows >= LEAST_DEAD && table.deadRows > 2 * trigger;
  });
  if (late.length < LATE_TABLES) return { setting, leave: 'autovacuum keeps up with nearly all tables' };
  if (holdersOf(view, { catalogues: false }).length > 0) {
    return {
      setting,
      leave: 'tables are late because something holds their dead rows, not because autovacuum is slow',
    };
  }
  if (value >= 1000) return { setting, leave: 'it may do much at a time already: autovacuum_max_workers is the next' };
  return {
    setting,
    to: '1000',
    because: `autovacuum is late with ${counted(late.length, 'table')}: it pauses after little work`,
    confidence: 'medium',
    evidence: [
      { label: 'tables with twice the dead rows that it waits for', value: late.length },
      { label: 'cost limit in use', value },
    ],
    note: 'All workers share it. They then read and write up to five times as much a second.',
  };
}
