/** 2^53 has 16 digits; shorter numbers are exact. */
const LONG_NUMBER = /\d{16}/;

/** Whether JSON.parse rounds no whole number of this text. May say no where it would not. */
export function parsesExactly(text: string): boolean {
  return !LONG_NUMBER.test(text);
}

/**
 * Parses JSON, with whole numbers beyond 2^53 as text, exactly as they are written: an id that is used in the next request
 * must not be rounded. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  if (parsesExactly(text)) return JSON.parse(text);
  // The source text of a value: ECMAScript proposal, in V8 since 11.4.
  const reviver = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? context!.source
      : value;
  return JSON.parse(text, reviver);
}
