import type { Grammar } from './load.ts';
import { normalise } from './normalise.ts';

/** Characters of a statement that is planned for any values: longer ones would be cut. */
const LONGEST = 100_000;
const HOW_MANY = /\b(limit|offset)\s+(\d+)\b/gi;
const ANY_NUMBER = /\b(limit|offset)\s+\$\d+/gi;

/**
 * The statement with `$n` for its constants, to be planned for any values; null where it has none, or is not understood. LIMIT and
 * OFFSET stay: without their numbers the planner takes a tenth of the rows.
 */
export function genericText(grammar: Grammar, text: string): string | null {
  if (grammar.normalise(text) === null) return null;
  const plain = normalise(grammar, text, LONGEST);
  if (plain.endsWith('…')) return null;
  const numbers = [...text.matchAll(HOW_MANY)].map(([whole]) => whole);
  const places = [...plain.matchAll(ANY_NUMBER)];
  const kept = numbers.length === places.length ? plain.replace(ANY_NUMBER, () => numbers.shift()!) : plain;
  return /\$\d/.test(kept) ? kept : null;
}
