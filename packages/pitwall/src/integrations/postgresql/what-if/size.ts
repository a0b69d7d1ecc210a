/**
 * How big a B-tree will be that CREATE INDEX builds now: pages of 8 kB filled to 90 %, equal keys kept once with a list of
 * their rows (PostgreSQL ≥ 13). HypoPG knows nothing of these lists, and says up to 13 times too much.
 * https://www.postgresql.org/docs/current/btree-implementation.html, nbtsort.c, nbtdedup.c
 */
export interface SizedKey {
  /** Bytes of a value, on average, as stored. */
  readonly width: number;
  /** Bytes that values are aligned to. */
  readonly align: number;
  /** Different values; null: not known. */
  readonly distinct: number | null;
  /** 0–1. */
  readonly nullShare: number;
  readonly dedup: boolean;
}

const PAGE = 8192;
/** Page header and the B-tree's special space. */
const PAGE_OVERHEAD = 24 + 16;
/** Leaves are left 10 % free, pages above them 30 %. */
const LEAF_FREE = 0.1;
const INNER_FREE = 0.3;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
/** With its bitmap of nulls, aligned. */
const NULLS_HEADER = 16;
const ROW_POINTER = 6;
/** What a list of rows may take in an index as it is built (nbtsort.c: a tenth of a page). */
const LONGEST_LIST = 816 - LINE_POINTER;
/** Rows in a table's statistics are a sample: of a key made of several columns no more than this is known, see `distinctOf`. */
const ALIGNED = 8;

const aligned = (bytes: number, to = ALIGNED): number => Math.ceil(bytes / to) * to;

/** Bytes of an index with these keys over so many rows. `include`: columns carried along, which end the lists of equal keys. */
export function btreeBytes(rows: number, keys: readonly SizedKey[], include: readonly SizedKey[]): number {
  if (rows < 1) return 2 * PAGE;
  const tuple = tupleBytes([...keys, ...include]);
  const together = include.length === 0 && keys.every(({ dedup }) => dedup);
  const distinct = together ? distinctOf(rows, keys) : rows;
  const leaf = PAGE - PAGE_OVERHEAD - PAGE * LEAF_FREE - (tuple + LINE_POINTER);
  const leaves = Math.ceil(entriesBytes(rows, distinct, tuple) / leaf);
  const perInner = Math.max(2, (PAGE - PAGE_OVERHEAD - PAGE * INNER_FREE) / (tuple + LINE_POINTER));
  let pages = leaves;
  for (let level = leaves; level > 1; pages += level) level = Math.ceil(level / perInner);
  return (pages + 1) * PAGE;
}

/** Bytes of one entry: header, values with the gaps that alignment leaves, and a bitmap where some are null. */
function tupleBytes(columns: readonly SizedKey[]): number {
  let data = 0;
  for (const { width, align, nullShare } of columns) {
    data = aligned(data, align) + width * (1 - nullShare);
  }
  const some = 1 - columns.reduce((share, { nullShare }) => share * (1 - nullShare), 1);
  return aligned(TUPLE_HEADER + data) + some * (NULLS_HEADER - TUPLE_HEADER);
}

/** Values side by side, taken as independent: as many as there are rows at most. */
function distinctOf(rows: number, keys: readonly SizedKey[]): number {
  let product = 1;
  for (const { distinct, nullShare } of keys) product *= Math.max(1, distinct ?? rows) + (nullShare > 0 ? 1 : 0);
  // So many keys drawn for so many rows leave some out: the expected number of those that are there.
  return Math.max(1, keys.length === 1 ? Math.min(rows, product) : product * -Math.expm1(-rows / product));
}

function entriesBytes(rows: number, distinct: number, tuple: number): number {
  const single = tuple + LINE_POINTER;
  const mean = rows / distinct;
  if (mean <= 1) return rows * single;
  const alone = shareAlone(mean) * distinct;
  const groups = distinct - alone;
  const perGroup = (rows - alone) / Math.max(groups, 1e-9);
  const most = Math.max(2, Math.floor((LONGEST_LIST - tuple) / ROW_POINTER));
  const lists = Math.max(1, perGroup / most);
  const whole = groups * (lists * (tuple + LINE_POINTER + ALIGNED / 2) + perGroup * ROW_POINTER);
  return alone * single + whole;
}

/**
 * Share of the different keys that have one row, when each has `mean` on average: of a Poisson distribution without its zero.
 */
function shareAlone(mean: number): number {
  let [low, high] = [1e-9, mean];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (middle / -Math.expm1(-middle) < mean) low = middle;
    else high = middle;
  }
  return low / Math.expm1(low);
}
