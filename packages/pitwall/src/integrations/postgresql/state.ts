import {
  type CacheState,
  type ConnectionState,
  type DatabaseState,
  type Storage,
  type StoredTable,
  storedTables,
} from '../../model/database-state.ts';
import type { Collected } from '../../model/integration.ts';
import type { RuleView } from '../../model/rule.ts';
import { factsOf } from './facts/define.ts';
import type { IndexFact, TableFact } from './facts/schema.ts';

type Seen = Required<Collected>;
type View = Pick<RuleView, 'facts'>;

/** Sizes, cache and connections, as the collectors saw them. */
export function stateOf(seen: Seen): DatabaseState {
  const view: View = { facts: (kind) => seen.facts.filter((one) => one.kind === kind) };
  const cache = cacheOf(view);
  const connections = connectionsOf(view, seen);
  return { storage: storageOf(view, seen), ...(cache ? { cache } : {}), ...(connections ? { connections } : {}) };
}

function storageOf(view: View, seen: Seen): Storage {
  const tables = factsOf(view, 'postgresql.table');
  const bytes = seen.samples.find(({ name }) => name === 'postgresql.database.size')?.value;
  return {
    bytes: typeof bytes === 'number' ? bytes : null,
    ...storedTables(withIndexes(tables, factsOf(view, 'postgresql.index'))),
    freeBytes: null,
    missing: missingOf(seen, [
      'postgresql.table',
      'postgresql.index',
      'postgresql.database.size',
      'postgresql/tables',
      'postgresql/indexes',
    ]),
  };
}

/** Each table with its indexes. Partitions, which may be hundreds of equal ones, are their table's. */
function withIndexes(
  tables: ReadonlyMap<string, TableFact>,
  indexes: ReadonlyMap<string, IndexFact>,
): readonly StoredTable[] {
  const found = new Map<string, { -readonly [K in keyof StoredTable]: StoredTable[K] }>();
  const whole = (name: string) => {
    const key = rootOf(name, tables);
    const known = found.get(key) ?? { name: key, bytes: 0, indexBytes: 0, indexes: 0, partitions: 0, rows: null };
    found.set(key, known);
    return known;
  };
  for (const [name, { kind, bytes, toastBytes, rows, liveRows }] of tables) {
    const table = whole(name);
    table.bytes += bytes + toastBytes;
    if (kind === 'partitioned') continue;
    if (table.name !== name) table.partitions++;
    const estimate = rows ?? (liveRows > 0 ? liveRows : null);
    if (estimate !== null) table.rows = (table.rows ?? 0) + estimate;
  }
  for (const { table: name, kind, parent, bytes } of indexes.values()) {
    if (!tables.has(name)) continue;
    const table = whole(name);
    table.indexBytes += bytes;
    // Those of partitions are parts of the one that was made.
    if (kind === 'partitioned' ? parent === null : parent === null || table.name === name) table.indexes++;
  }
  return [...found.values()];
}

/** The table that it is a partition of, of partitions too. Of one whose table was not looked at, itself. */
function rootOf(name: string, tables: ReadonlyMap<string, TableFact>): string {
  for (let key = name, steps = 0; ; steps++) {
    const parent = tables.get(key)?.parent ?? null;
    // A catalogue is no place for circles; what comes from it is not trusted to have none.
    if (parent === null || !tables.has(parent) || steps > tables.size) return key;
    key = parent;
  }
}

function cacheOf(view: View): CacheState | null {
  const cache = factsOf(view, 'postgresql.cache').get('');
  if (!cache) return null;
  const { hit, read, tables, indexes } = cache;
  const size = factsOf(view, 'postgresql.setting').get('shared_buffers');
  return {
    all: { hit, read },
    tables: { ...tables },
    indexes: { ...indexes },
    seconds: factsOf(view, 'postgresql.counters').get('')?.age ?? null,
    notes: [
      ...(size ? [`shared_buffers is ${size.text}.`] : []),
      'What it reads from outside may come from the operating system’s cache.',
    ],
  };
}

function connectionsOf(view: View, seen: Seen): ConnectionState | null {
  const told = factsOf(view, 'postgresql.connections').get('');
  if (!told) return null;
  const by = factsOf(view, 'postgresql.session-counts').get('')?.by;
  return {
    used: told.used,
    limit: told.limit,
    reserved: told.reserved,
    hidden: told.hidden,
    states: by?.state ?? [],
    users: by?.user ?? [],
    applications: by?.application ?? [],
    databases: by?.database ?? [],
    missing: missingOf(seen, ['postgresql.session-counts', 'postgresql/sessions']),
  };
}

/** Why something of these was not seen; each reason once. */
function missingOf({ gaps }: Seen, whats: readonly string[]): readonly string[] {
  return [...new Set(gaps.filter(({ what }) => whats.includes(what)).map(({ why }) => why))];
}
