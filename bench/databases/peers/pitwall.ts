/** The integration's own advice, called as `pitwall db indexes` does, with the bench's workload instead of a recorded one. */
import { createHash } from 'node:crypto';
import { realEnvironment } from '../../../packages/pitwall/src/engine/platform.ts';
import { loadIntegration } from '../../../packages/pitwall/src/integrations/registry.ts';
import {
  type IndexAdvice,
  SAMPLES,
  type Statement,
  type Workload,
} from '../../../packages/pitwall/src/model/database.ts';
import type { CollectContext } from '../../../packages/pitwall/src/model/integration.ts';
import { readCatalog } from '../catalog.ts';
import { numbered } from '../engines/sqlite.ts';
import { type BenchStatement, type Copy, ENGINES, type EngineId, type Peer } from '../types.ts';

export const context: CollectContext = {
  environment: realEnvironment,
  signal: new AbortController().signal,
  window: 1,
};

/** Id of the bench's statement in a workload and in advice. */
export const statementId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The workload's hour as the integrations see it. @param seconds of one call, by name */
export function workloadOf(
  engine: EngineId,
  statements: readonly BenchStatement[],
  seconds: ReadonlyMap<string, number>,
  tables: readonly string[] = [],
): Workload {
  const made = statements.map(({ name, kind, text, calls, endpoint, params }): Statement => {
    const written = engine === 'sqlite' ? numbered(text) : text;
    const took = seconds.get(name) ?? null;
    const total = took === null ? null : took * calls;
    return {
      id: statementId(text),
      text: written,
      kind,
      tables: tables.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(text)),
      calls,
      seconds: total,
      planSeconds: null,
      maxSeconds: null,
      rows: null,
      io: null,
      callers: endpoint === null ? [] : [{ endpoint, calls, seconds: total }],
      samples: params.slice(0, SAMPLES).map((values) => ({ text: written, params: values, seconds: null })),
      sources: ['bench'],
      notUnderstood: null,
    };
  });
  const calls = statements.reduce((sum, statement) => sum + statement.calls, 0);
  return {
    statements: made.sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0)),
    window: 3600,
    sources: [{ id: 'bench', title: 'the bench', calls, seconds: 3600, since: null, missing: [] }],
    loops: [],
    snapshot: null,
  };
}

/** Nobody attends a benchmark, and the server is its own. */
export const ALLOWED = { whatIf: 'allowed' };

/** The copies are there to be worked on: trials may be made beside them, and may keep the server busy. */
const TRIALS = { ...ALLOWED, allowCopy: true, maxLoad: 1 };

/** How the integration reaches a copy. @param more options of the integration, for PostgreSQL */
export async function connected<T>(
  copy: Pick<Copy, 'engine' | 'location'>,
  work: (
    integration: Awaited<ReturnType<typeof loadIntegration>>,
    // biome-ignore lint/suspicious/noExplicitAny: the integration's own type of connection, which nobody else knows.
    connection: any,
  ) => Promise<T>,
  more: Readonly<Record<string, boolean | number | string>> = {},
): Promise<T> {
  const integration = await loadIntegration(copy.engine);
  const options = integration.options.parse(
    // As the connections that are timed have it.
    copy.engine === 'sqlite'
      ? { path: copy.location, cacheSize: '1GiB' }
      : { url: copy.location, statementTimeout: '60s', ...more },
  );
  const connection = await integration.connect(options, {
    environment: realEnvironment,
    signal: context.signal,
    directory: process.cwd(),
  });
  try {
    return await work(integration, connection);
  } finally {
    await integration.close(connection);
  }
}

export const pitwall: Peer = {
  name: 'pitwall',
  engines: ENGINES,
  absent: () => null,
  async propose({ engine, statements, seconds, budget, seed }) {
    const copy = await engine.copy('pitwall_asks');
    try {
      await copy.settle();
      const { columns } = await readCatalog(copy);
      // PostgreSQL copies a database only while nobody is connected to it.
      await copy.release();
      const workload = workloadOf(engine.id, statements, seconds, [...columns.keys()]);
      const ask = async (...[integration, connection]: Parameters<Parameters<typeof connected<IndexAdvice>>[1]>) => {
        if (integration.database === undefined) throw new Error(`the integration ${integration.id} gives no advice`);
        return integration.database.advise(connection, { workload, budget, measure: true, seed }, context);
      };
      const advice = await connected(copy, ask, TRIALS);
      return { ddl: advice.proposals.map(({ ddl }) => ddl), advice };
    } finally {
      await copy.remove();
    }
  },
};
