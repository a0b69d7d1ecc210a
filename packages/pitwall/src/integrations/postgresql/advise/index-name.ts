import { createHash } from 'node:crypto';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import { partsOf } from '../identifiers.ts';

/** NAMEDATALEN of PostgreSQL is 64, with a zero byte; what is longer is cut off, and may then be another's name. */
const LONGEST = 63;
const HASH = 8;

/**
 * The name of an index of ours: the same for the same definition in every run, at most 63 bytes of [a-z0-9_], and none of
 * `taken` (names in the table's schema).
 */
export function indexName(spec: IndexSpec, taken: ReadonlySet<string>): string {
  const keys = spec.keys.map(({ column, expression, desc }) => `${column ?? expression}${desc ? '_desc' : ''}`);
  const parts = [
    'pitwall',
    partsOf(spec.table)?.at(-1) ?? spec.table,
    ...keys,
    ...(spec.where === null ? [] : ['part']),
  ];
  const plain = parts.join('_').toLowerCase();
  const safe = plain.replace(/[^a-z0-9_]+/g, '_').replace(/_+$/, '');
  const digest = createHash('sha256').update(keyOf(spec)).digest('hex').slice(0, HASH);
  // What the name does not say is told apart by a hash of the whole.
  const isWhole = safe === plain && spec.include.length === 0 && spec.where === null && safe.length <= LONGEST;
  const name = isWhole ? safe : `${safe.slice(0, LONGEST - HASH - 1)}_${digest}`;
  if (!taken.has(name)) return name;
  for (let i = 2; ; i++) {
    const next = `${name.slice(0, LONGEST - 1 - String(i).length)}_${i}`;
    if (!taken.has(next)) return next;
  }
}
