/** Reading data of unknown shape: only own properties, and null instead of a surprise. */

export type UnknownMap = Readonly<Record<string, unknown>>;

export function mapOf(value: unknown): UnknownMap | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UnknownMap) : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An own property; undefined when there is none, or `value` is no map. */
export function own(value: unknown, key: string): unknown {
  const map = mapOf(value);
  return map !== null && Object.hasOwn(map, key) ? map[key] : undefined;
}

export function textAt(value: unknown, key: string): string | null {
  const found = own(value, key);
  return typeof found === 'string' ? found : null;
}

export function numberAt(value: unknown, key: string): number | null {
  const found = own(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

/** The one name that assignment turns into a prototype. A scenario file cannot have it as a key either. */
export function isUnsafeKey(key: string): boolean {
  return key === '__proto__';
}

/** Whether a value has an unsafe key, or is nested deeper or larger than anything a request body sensibly is. */
export function isUnsafeJson(value: unknown): boolean {
  let left = 20_000;
  const bad = (node: unknown, depth: number): boolean => {
    if (typeof node !== 'object' || node === null) return false;
    if (depth > 40) return true;
    return Object.entries(node).some(([key, item]) => --left < 0 || isUnsafeKey(key) || bad(item, depth + 1));
  };
  return bad(value, 0);
}
