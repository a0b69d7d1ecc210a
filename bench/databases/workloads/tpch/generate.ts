/**
 * Rows of TPC-H-like tables: sizes, keys, value lists, ranges and dependencies of columns by the specification (§4.2.3), drawn
 * from a generator of our own, so results are not those of TPC's validation and not comparable with published ones.
 */
import { type Draws, day, draws } from '../../draws.ts';
import type { Value } from '../../types.ts';
import { type Counts, orderKey } from './schema.ts';
import {
  COLOURS,
  COMMENT_WORDS,
  CONTAINERS,
  INSTRUCTIONS,
  MODES,
  NATIONS,
  PRIORITIES,
  REGIONS,
  SEGMENTS,
  TYPES,
} from './words.ts';

/** The last day that is known: what is received later has not been returned, what is shipped later is open. */
const CURRENT = '1995-06-17';
const FIRST_DAY = '1992-01-01';
/** Orders are of the first 2,406 days, up to 1998-08-02. */
const ORDER_DAYS = 2405;
/** Dates of the whole history, so that each is formatted once. */
const DAYS = Array.from({ length: 2600 }, (_, i) => day(FIRST_DAY, i));
const CURRENT_DAY = DAYS.indexOf(CURRENT);

type Rows = Iterable<readonly Value[]>;

const comment = (d: Draws, words: number): string =>
  Array.from({ length: words }, () => d.pick(COMMENT_WORDS)).join(' ');
const money = (d: Draws, low: number, high: number): number => d.whole(low * 100, high * 100) / 100;
const phone = (d: Draws, nation: number): string =>
  `${nation + 10}-${d.whole(100, 999)}-${d.whole(100, 999)}-${d.whole(1000, 9999)}`;
const numbered = (name: string, key: number): string => `${name}#${String(key).padStart(9, '0')}`;

/** Cents, from the key alone: a line's price is its quantity times this. */
const retail = (part: number): number => 90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000);

/** The `i`th (0–3) of a part's four suppliers. */
function supplierOf(part: number, i: number, suppliers: number): number {
  return ((part + i * (Math.floor(suppliers / 4) + Math.floor((part - 1) / suppliers))) % suppliers) + 1;
}

function* made(count: number, seed: number, make: (d: Draws, key: number) => readonly Value[]): Rows {
  const draw = draws(seed);
  for (let key = 1; key <= count; key++) yield make(draw, key);
}

function* partsupp(n: Counts): Rows {
  const d = draws(14);
  for (let part = 1; part <= n.part; part++)
    for (let i = 0; i < 4; i++)
      yield [part, supplierOf(part, i, n.supplier), d.whole(1, 9999), money(d, 1, 1000), comment(d, 12)];
}

/** Its lines belong to an order, and the order's state and price follow from them. */
export function order(d: Draws, i: number, n: Counts): { readonly row: readonly Value[]; readonly lines: Value[][] } {
  const key = orderKey(i);
  const ordered = d.whole(0, ORDER_DAYS);
  const lines: Value[][] = [];
  let total = 0;
  let open = 0;
  const count = d.whole(1, 7);
  for (let line = 1; line <= count; line++) {
    const part = d.whole(1, n.part);
    const quantity = d.whole(1, 50);
    const price = (quantity * retail(part)) / 100;
    const [discount, tax] = [d.whole(0, 10) / 100, d.whole(0, 8) / 100];
    const shipped = ordered + d.whole(1, 121);
    const received = shipped + d.whole(1, 30);
    if (shipped > CURRENT_DAY) open++;
    total += price * (1 + tax) * (1 - discount);
    lines.push([
      key,
      part,
      supplierOf(part, d.whole(0, 3), n.supplier),
      line,
      quantity,
      price,
      discount,
      tax,
      received <= CURRENT_DAY ? d.pick(['R', 'A']) : 'N',
      shipped > CURRENT_DAY ? 'O' : 'F',
      DAYS[shipped]!,
      DAYS[ordered + d.whole(30, 90)]!,
      DAYS[received]!,
      d.pick(INSTRUCTIONS),
      d.pick(MODES),
      comment(d, 4),
    ]);
  }
  // A third of the customers, those whose key three divides, never ordered.
  const customer = d.whole(0, Math.floor(n.customer / 3) - 1) * 3 + d.whole(1, 2);
  const row = [
    key,
    customer,
    open === count ? 'O' : open === 0 ? 'F' : 'P',
    Math.round(total * 100) / 100,
    DAYS[ordered]!,
    d.pick(PRIORITIES),
    numbered('Clerk', d.whole(1, Math.max(1, Math.round(n.orders / 1500)))),
    0,
    // Query 13 looks for these: about 1 %.
    d.chance(0.01) ? `${comment(d, 2)} special packages requests ${comment(d, 2)}` : comment(d, 7),
  ];
  return { row, lines };
}

/** Orders are drawn twice, for their own rows and for their lines: nothing but a row is ever in memory. */
function* orders(n: Counts, lines: boolean): Rows {
  const d = draws(16);
  for (let i = 1; i <= n.orders; i++) {
    const drawn = order(d, i, n);
    if (lines) yield* drawn.lines;
    else yield drawn.row;
  }
}

/** All tables in an order in which parents come first. */
export function tables(n: Counts): readonly (readonly [table: string, rows: Rows])[] {
  return [
    ['region', REGIONS.map((name, key) => [key, name, 'a part of the world'])],
    ['nation', NATIONS.map(([name, region], key) => [key, name, region, 'a nation'])],
    [
      'supplier',
      made(n.supplier, 11, (d, key) => {
        const nation = d.whole(0, 24);
        // Query 16 looks for complaints: 5 of 10,000.
        const said = key % 2000 === 0 ? 'Customer said Complaints' : comment(d, 8);
        return [key, numbered('Supplier', key), comment(d, 3), nation, phone(d, nation), money(d, -999, 9999), said];
      }),
    ],
    [
      'part',
      made(n.part, 12, (d, key) => {
        const maker = d.whole(1, 5);
        return [
          key,
          Array.from({ length: 5 }, () => d.pick(COLOURS)).join(' '),
          `Manufacturer#${maker}`,
          `Brand#${maker}${d.whole(1, 5)}`,
          d.pick(TYPES),
          d.whole(1, 50),
          d.pick(CONTAINERS),
          retail(key) / 100,
          comment(d, 2),
        ];
      }),
    ],
    [
      'customer',
      made(n.customer, 13, (d, key) => {
        const nation = d.whole(0, 24);
        return [
          key,
          numbered('Customer', key),
          comment(d, 3),
          nation,
          phone(d, nation),
          money(d, -999, 9999),
          d.pick(SEGMENTS),
          comment(d, 10),
        ];
      }),
    ],
    ['partsupp', partsupp(n)],
    ['orders', orders(n, false)],
    ['lineitem', orders(n, true)],
  ];
}
