import type { IndexDefinition } from './identifiers.ts';

const LONGEST = 60;

/**
 * The name of an index of ours: the same for the same definition in every run, at most 60 characters of [a-z0-9_], and none
 * of `taken` (compared without case).
 */
export function indexName({ table, columns, where }: IndexDefinition, taken: Iterable<string>): string {
  const terms = columns.map(({ name, expression, desc, collate }) => [
    name ?? expression,
    collate ?? '',
    desc ? 'desc' : '',
  ]);
  const exact = [table, ...terms, ...(where ? ['where', where] : [])];
  const plain = `pitwall_${exact.flat().filter(Boolean).join('_')}`.toLowerCase();
  const safe = plain.replace(/[^a-z0-9_]+/g, '_');
  // What was cut off or replaced is told apart by a hash of the whole.
  const whole = safe === plain && safe.length <= LONGEST;
  const base = whole ? safe : `${safe.slice(0, LONGEST - 9)}_${hash(JSON.stringify(exact))}`;
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  let name = base;
  for (let i = 2; used.has(name); i++) name = `${base.slice(0, LONGEST - 1 - String(i).length)}_${i}`;
  return name;
}

/** FNV-1a, 32 bits, as 8 hexadecimal digits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}
