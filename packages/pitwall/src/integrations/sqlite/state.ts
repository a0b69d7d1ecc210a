import type { CacheState, DatabaseState, Storage } from '../../model/database-state.ts';
import { storedTables } from '../../model/database-state.ts';
import type { Collected } from '../../model/integration.ts';
import { counted } from '../../model/plural.ts';
import type { RuleView } from '../../model/rule.ts';
import { factsOf } from './facts.ts';

type Seen = Required<Collected>;
type View = Pick<RuleView, 'facts'>;

/** What `missing` tells of: gaps of the collectors `schema` and `space`, and that they failed. */
const STORAGE_GAPS = ['sqlite.table', 'bytes of tables and indexes', 'sqlite/schema', 'sqlite/space'];
/** KiB of a connection that says nothing. https://sqlite.org/pragma.html#pragma_cache_size */
const USUAL_CACHE = 2000;

/** Sizes and caches, as the collectors saw them. A file has no connections of its own. */
export function stateOf(seen: Seen): DatabaseState {
  const view: View = { facts: (kind) => seen.facts.filter((one) => one.kind === kind) };
  return { storage: storageOf(view, seen), cache: cacheOf(view) };
}

function storageOf(view: View, { gaps }: Seen): Storage {
  const file = factsOf(view, 'sqlite.file').get('');
  const indexes = [...factsOf(view, 'sqlite.index').values()];
  const byTable = Map.groupBy(indexes, ({ table }) => table);
  const tables = [...factsOf(view, 'sqlite.table')].flatMap(([name, { bytes, rows }]) => {
    // Not measured is not empty.
    if (bytes === null) return [];
    const own = byTable.get(name) ?? [];
    const indexBytes = own.reduce((sum, index) => sum + (index.bytes ?? 0), 0);
    return [{ name, bytes, indexBytes, indexes: own.length, partitions: 0, rows }];
  });
  return {
    bytes: file?.bytes ?? null,
    ...storedTables(tables),
    freeBytes: file ? file.freePages * file.pageSize : null,
    missing: [...new Set(gaps.filter(({ what }) => STORAGE_GAPS.includes(what)).map(({ why }) => why))],
  };
}

/** Each connection has a cache of its own, and only the application knows how large it has set it. Nothing counts its hits. */
function cacheOf(view: View): CacheState {
  const page = factsOf(view, 'sqlite.file').get('')?.pageSize ?? 4096;
  const sizes = new Map<number, number>();
  for (const { cache_size: size, page_size: pageSize } of factsOf(view, 'sqlite.connection').values()) {
    if (typeof size !== 'number') continue;
    const kib = Math.round(size < 0 ? -size : (size * (pageSize ?? page)) / 1024);
    sizes.set(kib, (sizes.get(kib) ?? 0) + 1);
  }
  const told = [...sizes].map(
    ([kib, count]) =>
      `${counted(count, 'connection')} of the application ${count === 1 ? 'has' : 'have'} a page cache of ${kib.toLocaleString('en-GB')} KiB.`,
  );
  const unknown = `Each connection has a page cache of its own. What the application sets it to is not known (its statement log tells); SQLite’s default is ${USUAL_CACHE.toLocaleString('en-GB')} KiB.`;
  return {
    all: null,
    tables: null,
    indexes: null,
    seconds: null,
    notes: [...(told.length > 0 ? told : [unknown]), 'SQLite counts no hits of it.'],
  };
}
