import { constants, type DatabaseSync } from 'node:sqlite';

interface Guard {
  /** Why the statement prepared since the last `reset` must not run; null when it only reads. */
  refusal(): string | null;
  /** What the authorizer denied, null when nothing. */
  denied(): string | null;
  reset(): void;
}

/** Actions of a statement that only reads, https://sqlite.org/c3ref/c_alter_table.html. */
const READING: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_RECURSIVE,
]);

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants)
    .filter(([name]) =>
      /^SQLITE_(CREATE|DROP|INSERT|UPDATE|DELETE|ALTER|ANALYZE|REINDEX|ATTACH|DETACH|TRANSACTION|SAVEPOINT|PRAGMA)/.test(
        name,
      ),
    )
    .map(([name, code]) => [code as number, name.slice('SQLITE_'.length).toLowerCase().replaceAll('_', ' ')]),
);

/**
 * Lets the handle prepare nothing but reads: the engine itself says what a statement would do, before any of it runs
 * (https://sqlite.org/c3ref/set_authorizer.html). `PRAGMA data_version` is what full-text tables read with.
 */
export function allowReadsOnly(database: DatabaseSync): Guard {
  let refused: string | null = null;
  let selects = false;
  database.setAuthorizer((action, first, second) => {
    if (action === constants.SQLITE_SELECT) selects = true;
    if (READING.has(action)) return constants.SQLITE_OK;
    if (action === constants.SQLITE_PRAGMA && first === 'data_version') return constants.SQLITE_OK;
    if (action === constants.SQLITE_FUNCTION && second !== 'load_extension') return constants.SQLITE_OK;
    refused ??= describe(action, first, second);
    return constants.SQLITE_DENY;
  });
  return {
    // VACUUM asks for no permission until it runs; but no statement without a SELECT reads rows.
    refusal: () => refused ?? (selects ? null : 'it is not a query'),
    denied: () => refused,
    reset() {
      refused = null;
      selects = false;
    },
  };
}

const WRITING: ReadonlySet<number> = new Set([
  ...READING,
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

/**
 * Lets the handle of a private copy change rows and nothing else: no schema, no settings, no other files, and no end of the
 * transaction that is rolled back around it. `refusal`: what was denied.
 */
export function allowRowsOnly(database: DatabaseSync): { refusal(): string | null; end(): void } {
  let refused: string | null = null;
  database.setAuthorizer((action, first, second) => {
    if (WRITING.has(action)) return constants.SQLITE_OK;
    if (action === constants.SQLITE_PRAGMA && first === 'data_version') return constants.SQLITE_OK;
    if (action === constants.SQLITE_FUNCTION && second !== 'load_extension') return constants.SQLITE_OK;
    refused ??= describe(action, first, second);
    return constants.SQLITE_DENY;
  });
  return { refusal: () => refused, end: () => database.setAuthorizer(null) };
}

function describe(action: number, first: string | null, second: string | null): string {
  if (action === constants.SQLITE_FUNCTION) return `it calls ${second ?? 'a function'}()`;
  const name = NAMES.get(action) ?? `action ${action}`;
  return `it does more than read: ${name}${first === null ? '' : ` ${first}`}`;
}
