import { counted } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import type { TableFact } from '../facts/schema.ts';
import { sizeText } from '../rules/schema-view.ts';
import { tableSetting, whyNoAutovacuum } from '../rules/table-settings.ts';
import { holdersOf } from '../rules/xmin.ts';
import { memoryText } from './amount.ts';
import { type Judged, type Judgement, numberOf } from './judging.ts';
import { START_AUTOVACUUM_MEMORY, startAutovacuumWorkers } from './start-values.ts';

/** Fewer rows come and go without anybody noticing. [judgement] */
const LEAST_DEAD = 10_000;
/** Of this many tables that are late at once, it is not the tables. [judgement] */
const LATE_TABLES = 3;
/** Cost limit from which on it is not the pauses. [judgement] */
const FAST = 1000;

/** Tables that are late, or the reason why it is none of autovacuum's settings. */
function lateTables({ view }: Judged): readonly TableFact[] | string {
  const general = factsOf(view, 'postgresql.autovacuum').get('');
  if (!general?.enabled) return 'autovacuum does not run';
  const late = [...factsOf(view, 'postgresql.table').values()].filter((table) => {
    const trigger =
      tableSetting(table, 'autovacuum_vacuum_threshold', general.vacuumThreshold) +
      tableSetting(table, 'autovacuum_vacuum_scale_factor', general.vacuumScaleFactor) * (table.rows ?? table.liveRows);
    return whyNoAutovacuum(table, general) === null && table.deadRows >= LEAST_DEAD && table.deadRows > 2 * trigger;
  });
  if (late.length < LATE_TABLES) return 'autovacuum keeps up with nearly all tables';
  if (holdersOf(view, { catalogues: false }).length > 0) {
    return 'tables are late because something holds their dead rows, not because autovacuum is slow';
  }
  return late;
}

function costLimit(settings: Judged['settings']): number {
  const own = numberOf(settings, 'autovacuum_vacuum_cost_limit') ?? -1;
  return own === -1 ? (numberOf(settings, 'vacuum_cost_limit') ?? 200) : own;
}

/** When many tables are late, and nothing holds the dead rows: autovacuum may do more at a time. */
export function judgeAutovacuum(judged: Judged): Judgement {
  const setting = 'autovacuum_vacuum_cost_limit';
  const late = lateTables(judged);
  if (typeof late === 'string') return { setting, leave: late };
  const value = costLimit(judged.settings);
  if (value >= FAST) return { setting, leave: 'it may do much at a time already: autovacuum_max_workers is the next' };
  return {
    setting,
    to: String(FAST),
    because: `autovacuum is late with ${counted(late.length, 'table')}: it pauses after little work`,
    confidence: 'medium',
    evidence: [
      { label: 'tables with twice the dead rows that it waits for', value: late.length },
      { label: 'cost limit in use', value },
    ],
    note: 'All workers share it. They then read and write up to five times as much a second.',
  };
}

/** They share the cost limit: more of them only help once it is high. */
export function judgeAutovacuumWorkers(judged: Judged): Judgement {
  const setting = 'autovacuum_max_workers';
  const { settings, machine } = judged;
  const value = numberOf(settings, setting)!;
  const cpus = machine?.cpus ?? null;
  if (cpus === null) return { setting, leave: 'the number of processors is not known (option `machine`)' };
  const goal = startAutovacuumWorkers(cpus);
  if (value >= goal) return { setting, leave: `not below the start value ${goal} for ${cpus} processors` };
  const late = lateTables(judged);
  if (typeof late === 'string') return { setting, leave: late };
  if (costLimit(settings) < FAST) {
    return { setting, leave: 'its workers share autovacuum_vacuum_cost_limit: that is the first to be raised' };
  }
  return {
    setting,
    to: String(goal),
    because: `autovacuum is late with ${counted(late.length, 'table')}, and pauses for little`,
    confidence: 'low',
    evidence: [
      { label: 'start value of pgtune', value: goal },
      { label: 'processors', value: cpus },
      { label: 'tables with twice the dead rows that it waits for', value: late.length },
    ],
    note: 'Each worker may take as much memory as autovacuum_work_mem says.',
  };
}

/** As it is: each worker may take maintenance_work_mem, which somebody raised for building indexes. */
export function judgeAutovacuumMemory({ settings, machine, view }: Judged): Judgement {
  const setting = 'autovacuum_work_mem';
  const own = numberOf(settings, setting)!;
  const value = own === -1 ? (numberOf(settings, 'maintenance_work_mem') ?? 0) : own;
  if (value <= START_AUTOVACUUM_MEMORY) {
    return { setting, leave: `a worker takes no more than the start value ${sizeText(START_AUTOVACUUM_MEMORY)}` };
  }
  const memory = machine?.memory ?? null;
  if (memory === null) return { setting, leave: 'the memory of the server is not known (option `machine`)' };
  const workers = numberOf(settings, 'autovacuum_max_workers') ?? 3;
  const all = (numberOf(settings, 'shared_buffers') ?? 0) + workers * value;
  if (all <= view.threshold('memoryShare') * memory) {
    return { setting, leave: `${counted(workers, 'worker')} with ${sizeText(value)} each fit into the memory` };
  }
  return {
    setting,
    to: memoryText(START_AUTOVACUUM_MEMORY),
    because: `${counted(workers, 'worker')} may take ${sizeText(value)} each, and with shared_buffers ${sizeText(all)} of ${sizeText(memory)}`,
    confidence: 'medium',
    evidence: [
      { label: 'start value of pgtune', value: START_AUTOVACUUM_MEMORY, unit: 'By' },
      { label: 'memory', value: memory, unit: 'By' },
      { label: 'a worker may take', value, unit: 'By' },
    ],
    note: 'Up to PostgreSQL 16 VACUUM uses 1 GiB of it at most, and from 17 on it seldom needs as much.',
  };
}
