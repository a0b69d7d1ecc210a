/**
 * `1 session`, `12,345 sessions`: a count with its noun in a sentence, in whole numbers.
 * @param many left out: the noun with an s
 */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${Math.round(count).toLocaleString('en-GB')} ${either(count, one, many)}`;
}

/** The one for exactly one, else the other: for verbs (`waits`, `wait`) and nouns whose number is written elsewhere. */
export function either(count: number, one: string, many: string): string {
  return Math.round(count) === 1 ? one : many;
}
