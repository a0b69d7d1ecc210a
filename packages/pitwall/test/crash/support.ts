import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openConnection, type SqliteConnection } from '../../src/integrations/sqlite/connection.ts';
import { sqliteOptions } from '../../src/integrations/sqlite/options.ts';
import { sqliteIndex } from '../../src/integrations/sqlite/tunables/index.ts';
import { journalMode } from '../../src/integrations/sqlite/tunables/journal-mode.ts';
import { statistics } from '../../src/integrations/sqlite/tunables/statistics.ts';
import { vacuum } from '../../src/integrations/sqlite/tunables/vacuum.ts';
import type { Change } from '../../src/model/change.ts';
import type { AnyIntegration } from '../../src/model/integration.ts';
import type { Json } from '../../src/model/json.ts';
import type { Journal } from '../../src/model/store.ts';
import { readBootId } from '../../src/tune/boot-id.ts';
import type { TuneContext } from '../../src/tune/context.ts';

/** The real tunables on the real connection; what an integration has besides has no part in changing. */
export const integration: AnyIntegration = {
  id: 'sqlite',
  title: 'SQLite',
  description: '',
  options: sqliteOptions,
  targetTitle: ({ path }) => path,
  detect: async () => [],
  connect: async (options, { directory }) => openConnection(options, directory),
  close: async (connection: SqliteConnection) => connection.close(),
  collectors: [],
  indicators: [],
  rules: [],
  tunables: [sqliteIndex, journalMode, statistics, vacuum],
  confirmations: [],
};

export type Kind = 'create' | 'drop' | 'wal' | 'rollback' | 'analyze' | 'reanalyze' | 'vacuum';

interface Case {
  readonly tunable: string;
  readonly subject: string;
  readonly to: Json;
  readonly from: Json;
  /** SQL on top of the common schema. */
  readonly prepare: string;
}

const IDENTICAL = 'CREATE INDEX   sales_kind on sales (kind COLLATE nocase, at DESC) WHERE kind IS NOT NULL';

/** One of every change that there is. `from` is filled in by `makeChange`. */
const CASES: Readonly<Record<Kind, Omit<Case, 'from'>>> = {
  create: {
    tunable: 'sqlite/index',
    subject: 'sales_device',
    to: { table: 'sales', columns: [{ name: 'device' }, { name: 'at', desc: true }] },
    prepare: 'ANALYZE',
  },
  drop: { tunable: 'sqlite/index', subject: 'sales_kind', to: null, prepare: `${IDENTICAL}; ANALYZE` },
  wal: { tunable: 'sqlite/journal-mode', subject: '', to: 'wal', prepare: '' },
  rollback: { tunable: 'sqlite/journal-mode', subject: '', to: 'delete', prepare: 'PRAGMA journal_mode = wal' },
  analyze: { tunable: 'sqlite/statistics', subject: '', to: { analyze: true }, prepare: IDENTICAL },
  reanalyze: {
    tunable: 'sqlite/statistics',
    subject: '',
    to: { analyze: true },
    prepare: `${IDENTICAL}; ANALYZE; UPDATE sqlite_stat1 SET stat = '1 1 1'`,
  },
  vacuum: {
    tunable: 'sqlite/auto-vacuum',
    subject: '',
    to: { autoVacuum: 'incremental', vacuum: true },
    prepare: `${IDENTICAL}; ANALYZE; DELETE FROM sales WHERE id % 3 = 0`,
  },
};

export const KINDS = Object.keys(CASES) as readonly Kind[];

export interface Place {
  readonly directory: string;
  readonly database: string;
  readonly state: string;
}

/** A folder of its own with a database of `rows` sales, ready for the change. */
export function makePlace(kind: Kind, rows: number): Place {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-crash-'));
  const state = join(directory, 'state');
  mkdirSync(state, { mode: 0o700 });
  const path = join(directory, 'sales.db');
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE sales (id INTEGER PRIMARY KEY, device INTEGER, kind TEXT, at REAL, note BLOB);
    BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO devices SELECT i, 'device ' || i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO sales SELECT i, i * 7919 % 100, iif(i % 5, 'k' || i % 11, NULL), i * 0.25, CAST('note ' || i AS BLOB) FROM n;
    COMMIT;
    ${CASES[kind].prepare};
  `);
  database.close();
  return { directory, database: path, state };
}

export function removePlace(place: Place): void {
  rmSync(place.directory, { recursive: true, force: true });
}

/** Settings may differ between two states of one database, rows and schema never: all that "exactly" means. */
export interface Fingerprint {
  readonly schema: readonly unknown[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly statistics: readonly unknown[] | null;
  readonly rows: Readonly<Record<string, string>>;
  readonly integrity: string;
}

export function fingerprint(path: string): Fingerprint {
  const database = new DatabaseSync(path);
  try {
    const all = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map((row) => Object.values(row));
    const one = (sql: string) => all(sql)[0]?.[0];
    const schema = all('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name');
    const tables = schema.filter(([type, name]) => type === 'table' && !String(name).startsWith('sqlite_'));
    const pragmas = ['journal_mode', 'auto_vacuum', 'page_size', 'encoding', 'user_version', 'application_id'];
    return {
      schema,
      settings: Object.fromEntries(pragmas.map((name) => [name, one(`PRAGMA ${name}`)])),
      statistics: schema.some(([, name]) => name === 'sqlite_stat1')
        ? all('SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2, 3')
        : null,
      rows: Object.fromEntries(tables.map(([, name]) => [String(name), checksum(database, String(name))])),
      integrity: String(one('PRAGMA integrity_check')),
    };
  } finally {
    database.close();
  }
}

function checksum(database: DatabaseSync, table: string): string {
  const hash = createHash('sha256');
  let count = 0;
  for (const row of database.prepare(`SELECT * FROM "${table}" ORDER BY id`).iterate()) {
    count += 1;
    hash.update(JSON.stringify(Object.values(row)));
  }
  return `${count} rows ${hash.digest('hex')}`;
}

/** The change as a plan made now would have it. */
export async function makeChange(kind: Kind, place: Place): Promise<Change> {
  const { tunable: id, subject, to } = CASES[kind];
  const connection = connect(place.database);
  try {
    const tunable = integration.tunables.find((one) => one.id === id)!;
    const from = JSON.parse(JSON.stringify(await tunable.read(connection, { subject, to }))) as Json;
    return {
      id: 'c1',
      target: 'db',
      tunable: id,
      subject,
      to,
      from,
      reason: 'test',
      rules: [],
      affects: [],
      effect: tunable.meta.effect,
      risk: tunable.meta.risk,
      needsRestart: false,
      preview: tunable.preview({ subject, to }, from),
    };
  } finally {
    await connection.close();
  }
}

export function connect(path: string): SqliteConnection {
  return openConnection(sqliteOptions.parse({ path, busyTimeout: 0.3 }), '/');
}

export function contextOf(place: Place, journal: Journal, more: Partial<TuneContext> = {}): TuneContext {
  return {
    journal,
    async resolve() {
      const connection = connect(place.database);
      return { integration, connection, raw: { path: place.database }, close: async () => connection.close() };
    },
    bootId: readBootId(),
    now: () => new Date(),
    signal: new AbortController().signal,
    keepDirectory: join(place.state, 'originals'),
    allowRestart: true,
    // There is no service. Where other users' processes cannot be looked into, some changes are only made with it stopped.
    exclusive: (work) => work(),
    ...more,
  };
}
