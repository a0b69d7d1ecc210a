import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../model/json.ts';

/** States are canonical, so equal means deeply equal; the order of keys does not count (a plan file may be edited). */
export function sameState(a: Json, b: Json): boolean {
  return isDeepStrictEqual(a, b);
}

/** A state for a person, in at most 120 characters. */
export function showState(state: Json): string {
  const text = JSON.stringify(state);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
