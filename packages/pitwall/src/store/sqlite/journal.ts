import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { PitwallError } from '../../errors.ts';
import type { Change, JournalEntry, JournalState } from '../../model/change.ts';
import type { Json } from '../../model/json.ts';
import type { Journal } from '../../model/store.ts';
import { transaction } from './transaction.ts';

interface Row {
  id: string;
  plan: string;
  sequence: number;
  change: string;
  connection: string;
  integration: string;
  original: string;
  written: string | null;
  state: string;
  boot: string;
  pid: number;
  created_at: string;
  updated_at: string;
  because: string | null;
}

/** Runs database work; failures come out as the errors of the table. */
export type Guard = <T>(work: () => T) => T;

/** The journal over an open store. Each `add` and `update` is a commit of its own: durable when it returns (see open.ts). */
export function sqliteJournal(database: DatabaseSync, guard: Guard): Journal {
  const select = (rest: string, ...values: SQLInputValue[]): readonly JournalEntry[] =>
    guard(() => (database.prepare(`SELECT * FROM journal ${rest}`).all(...values) as unknown as Row[]).map(toEntry));

  return {
    async add(entry) {
      guard(() =>
        transaction(database, () => {
          if (database.prepare('SELECT 1 FROM journal WHERE id = ?').get(entry.id)) {
            throw new PitwallError('STORE_EXISTS', { what: `journal entry ${entry.id}` });
          }
          database
            .prepare(
              `INSERT INTO journal (id, plan, sequence, change, connection, integration, original, written, state, boot, pid,
                 created_at, updated_at, because)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            )
            .run(
              entry.id,
              entry.planId,
              entry.sequence,
              JSON.stringify(entry.change),
              JSON.stringify(entry.connection),
              entry.integration,
              JSON.stringify(entry.original),
              entry.written === null ? null : JSON.stringify(entry.written),
              entry.state,
              entry.bootId,
              entry.pid,
              entry.createdAt,
              entry.updatedAt,
              entry.because ?? null,
            );
        }),
      );
    },

    async update(id, patch) {
      guard(() =>
        transaction(database, () => {
          const written = patch.written === undefined || patch.written === null ? null : JSON.stringify(patch.written);
          const { changes } = database
            .prepare(
              `UPDATE journal SET state = ?, updated_at = ?, written = iif(?, ?, written), because = coalesce(?, because)
               WHERE id = ?`,
            )
            .run(patch.state, patch.updatedAt, patch.written === undefined ? 0 : 1, written, patch.because ?? null, id);
          if (changes === 0) throw new PitwallError('STORE_MISSING', { what: `journal entry ${id}` });
        }),
      );
    },

    async get(id) {
      return select('WHERE id = ?', id)[0] ?? null;
    },

    async list() {
      return select('ORDER BY position DESC');
    },

    async unfinished() {
      return select(`WHERE state IN ('intent', 'written', 'undoing') ORDER BY position DESC`);
    },
  };
}

function toEntry(row: Row): JournalEntry {
  return {
    id: row.id,
    planId: row.plan,
    sequence: row.sequence,
    change: JSON.parse(row.change) as Change,
    connection: JSON.parse(row.connection) as Json,
    integration: row.integration,
    original: JSON.parse(row.original) as Json,
    written: row.written === null ? null : (JSON.parse(row.written) as Json),
    state: row.state as JournalState,
    bootId: row.boot,
    pid: row.pid,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.because === null ? {} : { because: row.because }),
  };
}
