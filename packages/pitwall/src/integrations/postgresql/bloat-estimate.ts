/** A column as it is stored. */
export interface StoredColumn {
  /** attlen: bytes, or -1 for a varying length. */
  readonly length: number;
  /** attalign: 1, 2, 4 or 8. */
  readonly align: number;
  /** Average bytes of those that are not null (pg_stats.avg_width); null when nobody has analysed it or may read that. */
  readonly width: number | null;
  /** Part that is null: 0–1. */
  readonly nulls: number;
  /** pg_stats.n_distinct: a count, or below 0 the part of the rows. Null: not known. */
  readonly distinct: number | null;
}

/** Sizes of the page layout: https://www.postgresql.org/docs/current/storage-page-layout.html */
const PAGE_HEADER = 24;
const POINTER = 4;
const HEAP_HEADER = 23;
const INDEX_HEADER = 8;
const MAX_ALIGN = 8;
/** A value shorter than this has a header of one byte and is not aligned (VARATT_SHORT_MAX). */
const SHORT = 127;
/** What a B-tree keeps at the end of each page (BTPageOpaqueData). */
const BTREE_SPECIAL = 16;
/** Bytes of a row's address, and how many of them share one key at most: half of the largest entry of a page of 8 KiB. */
const ADDRESS = 6;
const POSTING = 220;

const aligned = (offset: number, to: number): number => Math.ceil(offset / to) * to;

/** Bytes of the values of a row in this order, padding included; null when a width is not known. */
function valuesWidth(columns: readonly StoredColumn[]): number | null {
  let offset = 0;
  for (const { length, align, width, nulls } of columns) {
    const value = length > 0 ? length : width;
    if (value === null) return null;
    const start = length > 0 || value >= SHORT ? aligned(offset, align) : offset;
    // A part of the rows has it: on average so much of it.
    offset += (start - offset + value) * (1 - nulls);
  }
  return offset;
}

/**
 * Bytes that a table's rows would take when it was written anew: pages filled up to `fillfactor` percent with rows of the
 * average width, and the pointer of each. Null when a width is not known. An estimate: widths come from a sample, and how
 * single rows fall on pages is not known.
 */
export function tableBytes(
  rows: number,
  columns: readonly StoredColumn[],
  fillfactor: number,
  pageBytes: number,
): number | null {
  const width = valuesWidth(columns);
  if (width === null) return null;
  const bitmap = columns.some(({ nulls }) => nulls > 0) ? Math.ceil(columns.length / 8) : 0;
  const row = aligned(HEAP_HEADER + bitmap, MAX_ALIGN) + aligned(width, MAX_ALIGN) + POINTER;
  const perPage = Math.max(1, Math.floor(((pageBytes - PAGE_HEADER) * fillfactor) / 100 / row));
  return Math.ceil(rows / perPage) * pageBytes;
}

/**
 * Bytes of a B-tree over so many entries when it was built anew, pages filled up to `fillfactor` percent. `deduplicates`:
 * equal keys are stored once with the addresses of their rows (PostgreSQL 13 and later); how many keys there are is the product
 * over the columns, which is too many when they depend on each other: the estimate errs towards no bloat.
 */
export function btreeBytes(
  entries: number,
  columns: readonly StoredColumn[],
  { fillfactor, deduplicates, pageBytes }: { fillfactor: number; deduplicates: boolean; pageBytes: number },
): number | null {
  const width = valuesWidth(columns);
  if (width === null) return null;
  const bitmap = columns.some(({ nulls }) => nulls > 0) ? MAX_ALIGN : 0;
  const single = INDEX_HEADER + bitmap + aligned(width, MAX_ALIGN) + POINTER;
  const keys = deduplicates ? distinctKeys(entries, columns) : entries;
  const shared = Math.max(keys, entries / POSTING) * single + entries * ADDRESS;
  const bytes = keys > entries / 2 ? entries * single : Math.min(entries * single, shared);
  const room = ((pageBytes - PAGE_HEADER - BTREE_SPECIAL) * fillfactor) / 100;
  // Pages above the leaves, one entry a page below, are well under 1 %; one more page describes the index.
  return (Math.ceil((bytes / room) * 1.01) + 1) * pageBytes;
}

function distinctKeys(entries: number, columns: readonly StoredColumn[]): number {
  let keys = 1;
  for (const { distinct, nulls } of columns) {
    if (distinct === null) return entries;
    keys *= (distinct < 0 ? -distinct * entries : distinct) + (nulls > 0 ? 1 : 0);
  }
  return Math.min(entries, keys);
}
