import { join, resolve } from 'node:path';
import { PitwallError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import type { RecommendationStatus } from '../model/recommendation.ts';
import type { Store } from '../model/store.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { makePrivateDirectory } from './sqlite/durable.ts';
import { storeFailure } from './sqlite/failure.ts';
import { type Guard, sqliteJournal } from './sqlite/journal.ts';
import { type OpenOptions, openFile } from './sqlite/open.ts';
import { insertBaseline, insertRun, selectReport, selectRuns, selectSamples } from './sqlite/runs.ts';
import { transaction } from './sqlite/transaction.ts';

export interface StoreOptions extends Partial<OpenOptions> {
  /** Epoch seconds. */
  readonly now?: () => number;
}

/**
 * Opens the embedded store, `store.db` in the state folder; creates both (0700, 0600) when there are none. Several processes
 * may use it at once. Nothing but what it is given is stored: redacting secrets is the caller's.
 *
 * Growth: a `check` of a small service takes some 100 kB (the report; facts again as rows; one bucket per series and minute).
 * A `load` adds its histograms, which have some hundred to some thousand buckets an endpoint: 2 bytes a bucket as samples,
 * 11 in the report. Nothing is deleted by itself.
 *
 * Throws STORE_DAMAGED, STORE_NEWER, STORE_UNWRITABLE, STORE_FULL, STORE_BUSY (each also from the store's functions). The file
 * is then left as it is: nothing here ever deletes, renames or replaces a store.
 */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const file = join(resolve(directory), 'store.db');
  const now = options.now ?? (() => Date.now() / 1000);
  const guard: Guard = (work) => {
    try {
      return work();
    } catch (error) {
      // What we wrote could be read back: what cannot any more was damaged since.
      if (error instanceof SyntaxError)
        throw new PitwallError('STORE_DAMAGED', { file, reason: 'a record cannot be read' });
      throw storeFailure(error, file);
    }
  };

  guard(() => makePrivateDirectory(resolve(directory)));
  const database = await openFile(file, { busyTimeout: 5, migrations: MIGRATIONS, ...options }).catch((error) => {
    throw storeFailure(error, file);
  });

  return {
    journal: sqliteJournal(database, guard),

    async saveRun(report, observations) {
      guard(() => transaction(database, () => insertRun(database, report, observations)));
    },
    async listRuns(filter = {}) {
      return guard(() => selectRuns(database, filter));
    },
    async loadReport(reference) {
      return guard(() => selectReport(database, reference));
    },
    async nameBaseline(runId, name) {
      guard(() => transaction(database, () => insertBaseline(database, runId, name)));
    },
    async samples(query) {
      return guard(() => selectSamples(database, query));
    },
    async recommendationStatus(id) {
      const row = guard(() =>
        database.prepare('SELECT status FROM recommendation_statuses WHERE recommendation = ?').get(id),
      );
      return (row?.status as RecommendationStatus | undefined) ?? null;
    },
    async setRecommendationStatus(id, status, because) {
      const at = new Date(now() * 1000).toISOString();
      guard(() =>
        transaction(database, () =>
          database
            .prepare(
              `INSERT INTO recommendation_statuses (recommendation, status, because, updated_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET status = ?2, because = ?3, updated_at = ?4`,
            )
            .run(id, status, because, at),
        ),
      );
    },
    async keep(name, value) {
      const at = new Date(now() * 1000).toISOString();
      guard(() =>
        transaction(database, () =>
          database
            .prepare(
              `INSERT INTO kept (name, value, updated_at) VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET value = ?2, updated_at = ?3`,
            )
            .run(name, JSON.stringify(value), at),
        ),
      );
    },
    async kept(name) {
      return guard(() => {
        const row = database.prepare('SELECT value FROM kept WHERE name = ?').get(name);
        return row === undefined ? null : (JSON.parse(row.value as string) as Json);
      });
    },
    async close() {
      if (database.isOpen) guard(() => database.close());
    },
  };
}
