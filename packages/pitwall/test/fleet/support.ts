import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import type { ClockOffset } from '../../src/fleet/clock.ts';
import { type Database, openDatabase } from '../../src/fleet/database.ts';
import { openQueue, type SliceQueue } from '../../src/fleet/queue.ts';
import { createRun, dealWorkers, type RunHandle, startRun } from '../../src/fleet/runs.ts';
import { migrate } from '../../src/fleet/schema.ts';
import { type AgentIdentity, type HeldSlice, reportReady, takeSlice } from '../../src/fleet/slices.ts';
import { type Postgresql, sharedPostgresql } from '../support/postgresql.ts';

/** A store with our tables, in a database of its own. */
interface TestStore {
  readonly url: string;
  readonly database: Database;
  readonly queue: SliceQueue;
  close(): Promise<void>;
}

async function openTestStore(server: Postgresql): Promise<TestStore> {
  const url = await server.createDatabase();
  const database = await openDatabase(url, { applicationName: 'pitwall test' });
  await migrate(database);
  const queue = await openQueue(database, false);
  return {
    url,
    database,
    queue,
    async close() {
      await queue.close();
      await database.close();
    },
  };
}

/** A server and a store on it for the tests of a file: there before them, gone after; `skip` says why there are none. */
export function sharedStore(): {
  readonly skip: string | false;
  readonly server: Postgresql;
  readonly store: TestStore;
} {
  let store: TestStore | null = null;
  // First, so that the store is closed before its server goes.
  after(() => store?.close());
  const postgresql = sharedPostgresql({}, async (server) => {
    store = await openTestStore(server);
  });
  return {
    skip: postgresql.skip,
    get server() {
      return postgresql.server;
    },
    get store() {
      if (store === null) throw new Error('the store has not been opened yet');
      return store;
    },
  };
}

export const LEASE = 5;
export const CLOCK: ClockOffset = { offset: 1000, uncertainty: 0.5 };

export function agentNamed(name: string, capacity = 4): AgentIdentity {
  return { id: randomUUID(), name, host: `${name}.example`, capacity };
}

/** A run that has started, with an agent for each of its slices. */
export async function runningRun(
  store: TestStore,
  names: readonly string[],
): Promise<{ run: RunHandle; held: readonly HeldSlice[] }> {
  const run = await createRun(store.database, store.queue, { plan: '{}', agents: names.length, coordinator: 'test' });
  const held: HeldSlice[] = [];
  for (const name of names) held.push((await takeSlice(store.database, store.queue, agentNamed(name), LEASE))!);
  await dealWorkers(
    run,
    names.map(() => 1),
  );
  for (const each of held) await reportReady(each, CLOCK, 0);
  await startRun(run, 0);
  return { run, held };
}
