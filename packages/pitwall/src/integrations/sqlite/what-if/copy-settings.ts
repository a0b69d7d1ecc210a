import type { SqliteConnection } from '../connection.ts';

/** In PRAGMA's units: the page cache in KiB when negative, else in pages; bytes that are mapped. Null: as SQLite has it by default. */
export interface CopySettings {
  readonly cacheSize: number | null;
  readonly mmapSize: number | null;
}

/** Of a connection as the application told of it: its own settings, and what the file's page is. */
interface ToldSettings {
  /** Epoch seconds; null: not told. */
  readonly at: number | null;
  readonly pragmas: Readonly<Record<string, string | number>> | null;
}

/** KiB of a copy's page cache at most: three copies may be open at once. */
const MOST_KIB = 256 * 1024;
const MOST_MAPPED = 2 ** 40;
const PAGE = 4096;

const told = new WeakMap<SqliteConnection, CopySettings>();

/** Keeps what the application's connections are set to, for trials of this run. Without any that says so nothing changes. */
export function rememberSettings(connection: SqliteConnection, connections: readonly ToldSettings[]): void {
  const settings = settingsTold(connections);
  if (settings) told.set(connection, settings);
}

/**
 * How statements are to be timed on copies so that it holds for the application: as its newest connection is set; without its
 * word as `cacheSize` of the configuration says; else SQLite's own default (2 MB), which most libraries leave as it is.
 */
export function settingsOf(connection: SqliteConnection): CopySettings {
  const known = told.get(connection);
  if (known) return known;
  const { cacheSize } = connection.options;
  return { cacheSize: cacheSize === undefined ? null : -kibibytes(cacheSize), mmapSize: null };
}

/** Of the newest connection that tells its page cache: null when none does. */
export function settingsTold(connections: readonly ToldSettings[]): CopySettings | null {
  const newest = connections
    .filter(({ pragmas }) => typeof pragmas?.cache_size === 'number')
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
  if (!newest?.pragmas) return null;
  const { cache_size: cache, page_size: page, mmap_size: mapped } = newest.pragmas as Record<string, number>;
  const bytes = cache! < 0 ? -cache! * 1024 : cache! * (typeof page === 'number' ? page : PAGE);
  const isMapped = typeof mapped === 'number' && mapped >= 0 && mapped <= MOST_MAPPED;
  return { cacheSize: -kibibytes(bytes), mmapSize: isMapped ? Math.floor(mapped) : null };
}

function kibibytes(bytes: number): number {
  return Math.max(1, Math.min(MOST_KIB, Math.ceil(bytes / 1024)));
}
