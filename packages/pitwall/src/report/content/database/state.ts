import type { CacheState, CacheUse, ConnectionGroup, ConnectionState, Storage } from '../../../model/database-state.ts';
import { countOf, formatBytes, formatDuration, formatNumber, formatPercent, NOTHING } from '../../format.ts';
import { clean } from '../../text.ts';
import { sentence } from '../words.ts';

/** A table as people read it. */
export interface StoredText {
  readonly name: string;
  /** `12 partitions`; empty where there are none. */
  readonly partitions: string;
  readonly total: string;
  /** Of the whole database. */
  readonly share: string;
  readonly data: string;
  readonly indexData: string;
  readonly indexes: string;
  readonly rows: string;
}

/** The first `limit` tables, and what the others come to; null: there are no others. */
export function storedTexts(
  storage: Storage,
  limit: number,
): { readonly texts: readonly StoredText[]; readonly rest: string | null } {
  const { tables, total, bytes } = storage;
  const shown = tables.slice(0, limit);
  const whole = bytes ?? total.bytes + total.indexBytes;
  const texts = shown.map((table) => {
    const size = table.bytes + table.indexBytes;
    return {
      name: clean(table.name),
      partitions: table.partitions > 0 ? countOf(table.partitions, 'partition') : '',
      total: formatBytes(size),
      share: whole > 0 ? shareText(size / whole) : NOTHING,
      data: formatBytes(table.bytes),
      indexData: formatBytes(table.indexBytes),
      indexes: formatNumber(table.indexes),
      rows: table.rows === null ? NOTHING : formatNumber(Math.round(table.rows)),
    };
  });
  const more = total.tables - shown.length;
  if (!(more > 0)) return { texts, rest: null };
  const left = (all: number, of: (table: Storage['tables'][number]) => number) =>
    Math.max(0, all - shown.reduce((sum, table) => sum + of(table), 0));
  const data = left(total.bytes, (table) => table.bytes);
  const indexes = left(total.indexBytes, (table) => table.indexBytes);
  const rest = `${countOf(more, 'smaller table')} with ${formatBytes(data + indexes)}, ${formatBytes(indexes)} of that indexes`;
  return { texts, rest };
}

/** In whole per cents: there are many small tables, and how small does not matter. */
function shareText(share: number): string {
  return share > 0 && share < 0.01 ? '< 1 %' : formatPercent(Math.round(share * 100) / 100);
}

/** `1.2 GiB: 41 tables with 800 MiB, 112 indexes with 300 MiB`. */
export function storageTally({ bytes, total }: Storage): string {
  const parts = `${countOf(total.tables, 'table')} with ${formatBytes(total.bytes)}, ${countOf(total.indexes, 'index', 'indexes')} with ${formatBytes(total.indexBytes)}`;
  return bytes === null ? parts : `${formatBytes(bytes)}: ${parts}`;
}

/** Less of a database goes without saying. [judgement] */
const WORTH_SAYING = 0.01;

export function storageNotes({ bytes, total, freeBytes, missing }: Storage): readonly string[] {
  const other = bytes === null ? 0 : bytes - total.bytes - total.indexBytes - (freeBytes ?? 0);
  return [
    ...(freeBytes !== null && freeBytes > 0
      ? [`Free pages: ${formatBytes(freeBytes)}, which new rows are written to.`]
      : []),
    ...(bytes !== null && other > WORTH_SAYING * bytes
      ? [`${formatBytes(other)} are neither: catalogues, maps of free space, and tables that were not measured.`]
      : []),
    ...missing.map((text) => sentence(text)),
  ];
}

const PARTS = [
  ['everything', 'all'],
  ['tables', 'tables'],
  ['indexes', 'indexes'],
] as const satisfies readonly (readonly [string, keyof CacheState])[];

/** What of what was asked for the cache had, by what it was asked of; empty where nothing counts that. */
export function cacheTexts(cache: CacheState): readonly (readonly [label: string, text: string])[] {
  return PARTS.flatMap(([label, part]) => {
    const use = cache[part];
    return use === null ? [] : [[label, useText(use)] as const];
  });
}

function useText({ hit, read }: CacheUse): string {
  if (!(hit + read > 0)) return 'nothing was asked for';
  return `${formatPercent(hit / (hit + read))} of ${formatBytes(hit + read)}; ${formatBytes(read)} read from outside`;
}

export function cacheTally({ all, seconds }: CacheState): string {
  if (all === null || !(all.hit + all.read > 0)) return '';
  const hits = `${formatPercent(all.hit / (all.hit + all.read))} hits`;
  return seconds === null ? hits : `${hits}, over ${formatDuration(seconds)}`;
}

export const cacheNotes = ({ notes }: CacheState): readonly string[] => notes.map((text) => sentence(text));

/** `37 of 100, 3 kept for administrators`. */
export function connectionTally({ used, limit, reserved }: ConnectionState): string {
  const kept = reserved > 0 ? `, ${formatNumber(reserved)} kept for administrators` : '';
  return `${formatNumber(used)} of ${formatNumber(limit)}${kept}`;
}

const BY = [
  ['state', 'states'],
  ['user', 'users'],
  ['application', 'applications'],
  ['database', 'databases'],
] as const satisfies readonly (readonly [string, keyof ConnectionState])[];

/** How many connections of what; `limit` names a line. */
export function connectionTexts(
  connections: ConnectionState,
  limit: number,
): readonly (readonly [label: string, text: string])[] {
  return BY.flatMap(([label, by]) => {
    const groups = connections[by];
    if (groups.length === 0) return [];
    const shown = groups.slice(0, limit);
    const more = connections.used - shown.reduce((sum, { count }) => sum + count, 0);
    const texts = shown.map(({ name, count }) => `${groupName(name)} (${formatNumber(count)})`);
    return [[label, [...texts, ...(more > 0 ? [`others (${formatNumber(more)})`] : [])].join(', ')] as const];
  });
}

const groupName = (name: ConnectionGroup['name']): string => clean(name) || 'without a name';

export function connectionNotes({ hidden, missing }: ConnectionState): readonly string[] {
  return [
    ...(hidden > 0
      ? [
          `${countOf(hidden, 'connection')} the role may not look at: of ${hidden === 1 ? 'it' : 'them'} neither state nor statement is known.`,
        ]
      : []),
    ...missing.map((text) => sentence(text)),
  ];
}
