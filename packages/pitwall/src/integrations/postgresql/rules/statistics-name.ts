import { createHash } from 'node:crypto';

/** Bytes of a name in PostgreSQL. */
const LONGEST = 63;

/**
 * Name of extended statistics, at most 63 bytes of [a-z0-9_]; the same for the same things in every run. PostgreSQL takes them
 * without a name only from 16 on.
 * @param of columns, or expressions
 * @param kinds none: of an expression
 */
export function statisticsName(table: string, of: readonly string[], kinds: readonly string[]): string {
  const whole = ['pitwall', table, ...of, 'stats'].join('_');
  const plain = whole.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
  if (plain === whole && plain.length <= LONGEST && kinds.length === 1) return plain;
  const digest = createHash('sha256')
    .update(JSON.stringify([table, of, kinds]))
    .digest('hex')
    .slice(0, 8);
  return `${plain.slice(0, LONGEST - 9)}_${digest}`;
}
