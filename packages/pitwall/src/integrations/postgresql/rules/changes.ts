import type { ChangeDraft } from '../../../model/change.ts';

/** What each change is proven by. The names are those of indicators. */
const INDEX_SIZE = 'postgresql.index.size';
const HOT_UPDATES = 'postgresql.updates.hot';
const DEAD_ROWS = 'postgresql.rows.dead';

/** The meter reads it only when a change asks. */
const measured = (indicator: string): Pick<ChangeDraft, 'affects' | 'meter'> => ({
  affects: [{ indicator }],
  meter: [{ measure: indicator }],
});

/**
 * Of this index alone: among larger ones what it takes would be lost in the tolerance. It says that the space is free; that
 * nothing needed the index is for the guards to say, all else that is measured.
 */
const measuredSize = (index: string): Pick<ChangeDraft, 'affects' | 'meter'> => ({
  affects: [{ indicator: INDEX_SIZE, labels: { index } }],
  meter: [{ measure: INDEX_SIZE, index }],
});

const DROP_LOCK =
  'SHARE UPDATE EXCLUSIVE: reads and writes go on. It waits for transactions that may still use the index.';

/** `subject`: `schema.index`. */
export function dropIndex(subject: string, reason: string): ChangeDraft {
  return { tunable: 'postgresql/index', subject, to: null, reason, ...measuredSize(subject), lock: DROP_LOCK };
}

/** Of one that no query can use. `subject`: `schema.index`. */
export function dropInvalidIndex(subject: string, reason: string): ChangeDraft {
  return { tunable: 'postgresql/invalid-index', subject, to: { drop: true }, reason, ...measuredSize(subject) };
}

/** `subject`: `schema.index`. */
export function reindex(subject: string, reason: string): ChangeDraft {
  return { tunable: 'postgresql/reindex', subject, to: { reindex: true }, reason, ...measuredSize(subject) };
}

/** `subject`: `schema.table`. */
export function vacuum(subject: string, reason: string): ChangeDraft {
  return { tunable: 'postgresql/vacuum', subject, to: { vacuum: true }, reason, ...measured(DEAD_ROWS) };
}

/** `subject`: `schema.table`. What it is good for shows in plans, and so in the times of statements. */
export function analyze(subject: string, reason: string, affects: ChangeDraft['affects']): ChangeDraft {
  return { tunable: 'postgresql/analyze', subject, to: { analyze: true }, reason, affects };
}

/** `subject`: `schema.table`. */
export function keepRoom(subject: string, fillfactor: number, reason: string): ChangeDraft {
  return { tunable: 'postgresql/table-option', subject, to: { fillfactor }, reason, ...measured(HOT_UPDATES) };
}

/** `subject`: `schema.table`. */
export function letAutovacuum(subject: string, reason: string): ChangeDraft {
  const to = { autovacuum_enabled: true };
  return { tunable: 'postgresql/table-option', subject, to, reason, ...measured(DEAD_ROWS) };
}
