/**
 * A private PostgreSQL cluster with what the peers need: HypoPG, pg_stat_statements and pg_qualstats. Copies are databases
 * made from the base as a template.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  startPostgresql,
  withoutExtension,
  withoutPostgresql,
} from '../../../packages/pitwall/test/support/postgresql.ts';
import type { Copy, Engine, Target, Value } from '../types.ts';

const BASE = 'base';
/** Of a machine with some gigabytes. Without workers, JIT, durability and autovacuum, so that runs can be compared. */
const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements,pg_qualstats',
  'pg_qualstats.enabled': 'off',
  shared_buffers: '512MB',
  effective_cache_size: '4GB',
  work_mem: '32MB',
  maintenance_work_mem: '256MB',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  jit: 'off',
  track_io_timing: 'on',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
};
/** Rows a piece of the file that COPY reads. */
const PIECE = 5000;

/** Why there is none here, for whoever skips what needs it; false where there is, and always in CI, where its start says it. */
export function withoutEngine(): string | false {
  return withoutPostgresql() || withoutExtension('hypopg') || withoutExtension('pg_qualstats');
}

export async function startEngine(settings: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const server = await startPostgresql({ settings: { ...SETTINGS, ...settings } });
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-bench-copy-'));
  // The server's user reads what is written here.
  chmodSync(directory, 0o755);
  const drop = (name: string) => server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  let bases = 0;
  let base = '';

  return {
    id: 'postgresql',
    title: `PostgreSQL ${server.version}, ${SETTINGS.shared_buffers} of shared buffers, no parallel workers, no JIT, fsync off`,
    async load(workload, scale) {
      if (base !== '') await drop(base);
      base = `${BASE}${++bases}`;
      const location = await server.createDatabase(base);
      const client = await connect(location);
      try {
        await client.query(
          'CREATE EXTENSION hypopg; CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_qualstats',
        );
        await workload.load(target(client, location, directory), scale);
        await client.query('VACUUM (FREEZE, ANALYZE)');
      } finally {
        await client.end();
      }
      await server.query('CHECKPOINT');
    },
    async copy(name) {
      await drop(name);
      await server.query(`CREATE DATABASE "${name}" TEMPLATE "${base}" STRATEGY FILE_COPY`);
      return copyAt(server.url(name), () => drop(name));
    },
    async close() {
      rmSync(directory, { recursive: true, force: true });
      await server.remove();
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

function target(client: pg.Client, location: string, directory: string): Target {
  return {
    engine: 'postgresql',
    location,
    exec: async (sql) => void (await client.query(sql)),
    async fill(table, rows) {
      const file = join(directory, `${table}.copy`);
      const handle = await open(file, 'w', 0o644);
      try {
        let lines: string[] = [];
        for (const row of rows) {
          lines.push(row.map(field).join('\t'));
          if (lines.length < PIECE) continue;
          await handle.write(`${lines.join('\n')}\n`);
          lines = [];
        }
        if (lines.length > 0) await handle.write(`${lines.join('\n')}\n`);
      } finally {
        await handle.close();
      }
      await client.query(`COPY ${table} FROM '${file.replaceAll("'", "''")}'`);
      rmSync(file);
    },
  };
}

/** As COPY's text format has it. https://www.postgresql.org/docs/15/sql-copy.html */
function field(value: Value): string {
  if (value === null) return '\\N';
  return typeof value === 'number' ? String(value) : value.replace(/[\\\t\n\r]/g, (c) => `\\${ESCAPES[c] ?? c}`);
}
const ESCAPES: Readonly<Record<string, string>> = { '\t': 't', '\n': 'n', '\r': 'r' };

const QUERY_CANCELED = '57014';

function copyAt(location: string, drop: () => Promise<unknown>): Copy {
  let session: Promise<pg.Client> | null = null;
  let timeout = 0;
  const client = (): Promise<pg.Client> => {
    session ??= connect(location);
    return session;
  };
  const release = async (): Promise<void> => {
    const ending = await session;
    session = null;
    timeout = 0;
    await ending?.end();
  };
  return {
    engine: 'postgresql',
    location,
    exec: async (sql) => void (await (await client()).query(sql)),
    rows: async (sql) => (await (await client()).query(sql)).rows,
    settle: async () => void (await (await client()).query('VACUUM (ANALYZE)')),
    async run(text, params, cap) {
      if (timeout !== cap) await (await client()).query(`SET statement_timeout = ${Math.ceil(cap * 1000)}`);
      timeout = cap;
      const connected = await client();
      const startedAt = performance.now();
      try {
        await connected.query(text, [...params]);
        return (performance.now() - startedAt) / 1000;
      } catch (error) {
        if ((error as { code?: string }).code === QUERY_CANCELED) return null;
        throw error;
      }
    },
    async indexBytes() {
      const { rows } = await (await client()).query<{ bytes: string }>(
        `SELECT coalesce(sum(pg_relation_size(i.indexrelid)), 0) AS bytes FROM pg_index i
           JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
      );
      return Number(rows[0]!.bytes);
    },
    release,
    async remove() {
      await release();
      await drop();
    },
  };
}
