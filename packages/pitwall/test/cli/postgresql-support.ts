import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Of a server whose statements are counted, and whose planner can be asked about indexes. */
export const COUNTED = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  // Workers and compilation come and go with what else the machine does.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
};

/**
 * Short blocks, no load: the application is the test's own loop. Interleaved, so that it may run on a machine that is not quiet. The
 * traffic is steady from its beginning: a second of it says what ten minutes would.
 */
export function writeConfig(directory: string, url: string, more = ''): void {
  writeFileSync(
    join(directory, 'pitwall.yaml'),
    `version: 1
service: { name: shop }
targets:
  db:
    integration: postgresql
    url: ${JSON.stringify(url)}
    whatIf: allowed
${more}trial: { blocks: 6, blockDuration: 1600ms, design: interleaved }
rules: { postgresql/missing-index: { minimumWindow: 0, minimumCalls: 10 } }
`,
  );
}

export interface Traffic {
  stop(): Promise<void>;
}

/** One call of the application. */
export type Call = (client: pg.Client, turn: number) => Promise<unknown>;

/** An application that calls the same statements in turn, again and again, until it is stopped. */
export async function startTraffic(url: string, calls: readonly Call[]): Promise<Traffic> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  let stopped = false;
  const loop = (async () => {
    for (let turn = 0; !stopped; turn++) for (const call of calls) if (!stopped) await call(client, turn);
  })();
  loop.catch(() => {});
  return {
    async stop() {
      stopped = true;
      // The server may have been ended before.
      await loop.catch(() => {});
      await client.end().catch(() => {});
    },
  };
}
