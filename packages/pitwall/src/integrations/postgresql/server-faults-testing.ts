/** What the tests of rules about real servers share. */
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Fact } from '../../model/observation.ts';
import type { FindingDraft } from '../../model/rule.ts';
import { liveContext } from '../_proc/testing.ts';
import { counters } from './collectors/counters.ts';
import { serverCollectors } from './collectors/server.ts';
import { connectPostgresql } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { serverRules } from './rules/server.ts';
import { run } from './rules/structure-testing.ts';

/** Counters cannot become a day old in a test, and a checkpoint takes a moment. */
const SOON: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'temporary-files': { counterAge: 0 },
  'cache-misses': { counterAge: 0 },
  'checkpoints-requested': { counterAge: 0, least: 2 },
  'settings-far-from-start': { counterAge: 0 },
  'no-connection-pool': { warn: 2, bad: 1, manyIdle: 10 },
};
/** Each statement in a transaction of its own: rows that do not fit into 1 MB, read five times. */
export const TABLE = [
  "CREATE TABLE t (id int, note text); INSERT INTO t SELECT i, repeat('x', 90) || i FROM generate_series(1, 30000) i",
  'VACUUM ANALYZE t',
];

export async function collect(url: string, options: object): Promise<Fact[]> {
  const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...options }), '/');
  try {
    const facts: Fact[] = [];
    for (const { collect: read } of new Set([counters, ...serverCollectors])) {
      facts.push(...((await read(connection, liveContext(0.05))).facts ?? []));
    }
    return facts;
  } finally {
    await connection.close();
  }
}

/** By rule. */
export function diagnose(facts: readonly Fact[]): ReadonlyMap<string, readonly FindingDraft[]> {
  return new Map(
    serverRules.flatMap((rule): [string, readonly FindingDraft[]][] => {
      const name = rule.id.split('/')[1]!;
      const result = run(rule, facts, SOON[name]);
      return 'found' in result ? [[name, result.found]] : [];
    }),
  );
}
export const subjects = (found: readonly FindingDraft[] | undefined) => found?.map(({ subject }) => subject).toSorted();

export async function clients(url: string, count: number): Promise<pg.Client[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      return client;
    }),
  );
}

/** Until the server has counted what sessions have done that are at their end. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 60; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await setTimeout(100);
  }
  throw new Error('it was not found within six seconds');
}
