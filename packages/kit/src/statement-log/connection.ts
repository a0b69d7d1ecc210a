import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { TOKEN } from './endpoint.ts';

/** Settings that a connection has for itself, and the two of the file that decide what they mean. */
const PRAGMAS = [
  'journal_mode',
  'page_size',
  'busy_timeout',
  'synchronous',
  'cache_size',
  'temp_store',
  'mmap_size',
  'foreign_keys',
  'wal_autocheckpoint',
  'journal_size_limit',
  'locking_mode',
  'automatic_index',
  'query_only',
  'threads',
  'secure_delete',
  'analysis_limit',
  'cell_size_check',
] as const;

type Prepare = (sql: string) => { get(): unknown };

let connections = 0;

/** What is said of one connection: who has it, and how it is set. */
export class ConnectionDescription {
  readonly id = `${TOKEN}.c${++connections}`;
  /** Its settings have to be read (again): they are new, or the application has just sent a PRAGMA. */
  isStale = true;
  readonly #database: object;
  readonly #prepare: Prepare;
  readonly #openedAt = Date.now() / 1000;
  #pragmas: Record<string, string | number> | null = null;
  #version: string | null = null;

  constructor(database: object, prepare: Prepare) {
    this.#database = database;
    this.#prepare = prepare;
  }

  /** Asks SQLite. True: something is new. Where it cannot answer now (busy with an iteration), it is asked again. */
  read(): boolean {
    if (!this.isStale) return false;
    try {
      this.#version ??= String(this.#value('SELECT sqlite_version()') ?? '') || null;
      const found: Record<string, string | number> = {};
      for (const name of PRAGMAS) {
        const value = this.#value(`PRAGMA ${name}`);
        if (typeof value === 'string') found[name] = value.slice(0, 60);
        else if (typeof value === 'number' || typeof value === 'bigint') found[name] = Number(value);
      }
      this.isStale = false;
      const isNew = JSON.stringify(found) !== JSON.stringify(this.#pragmas);
      this.#pragmas = found;
      return isNew;
    } catch {
      return false;
    }
  }

  line(): string {
    const told = {
      kind: 'connection',
      version: 1,
      id: this.id,
      pid: process.pid,
      program: programName(),
      library: 'inTransaction' in this.#database ? 'better-sqlite3' : 'node:sqlite',
      ...(this.#version === null ? {} : { sqlite: this.#version }),
      database: locationOf(this.#database),
      at: this.#openedAt,
      ...(this.#pragmas === null ? {} : { pragmas: this.#pragmas }),
    };
    return `${JSON.stringify(told)}\n`;
  }

  #value(sql: string): unknown {
    const row = this.#prepare(sql).get();
    // An object or, where the connection is set so, a list.
    return row === undefined || row === null ? undefined : Object.values(row)[0];
  }
}

function programName(): string {
  const [, script = process.execPath] = process.argv;
  return script.split(/[\\/]/).at(-1)?.slice(0, 100) ?? '';
}

/** The file's absolute path without links; null for one in memory. */
function locationOf(database: object): string | null {
  try {
    const { location, name } = database as { location?: () => unknown; name?: unknown };
    const path = typeof location === 'function' ? location.call(database) : name;
    if (typeof path !== 'string' || path === '' || path === ':memory:') return null;
    try {
      return realpathSync(path);
    } catch {
      return resolve(path);
    }
  } catch {
    return null;
  }
}
