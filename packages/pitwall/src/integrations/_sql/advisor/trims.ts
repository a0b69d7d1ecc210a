import type { IndexSpec } from './problem.ts';

/**
 * The same index with less to it: without what it carries along, and with its last keys taken off one by one. Merging leaves
 * columns behind that no statement needs any more; a shorter index that costs no statement anything is the better one.
 * Longest first; never without any key.
 */
export function trimsOf(spec: IndexSpec): readonly IndexSpec[] {
  const trims: IndexSpec[] = [];
  for (let length = spec.keys.length; length >= 1; length--) {
    const keys = spec.keys.slice(0, length);
    if (length < spec.keys.length) trims.push({ ...spec, keys });
    if (spec.include.length > 0) trims.push({ ...spec, keys, include: [] });
  }
  return trims;
}
