import type { ReadStatement, StatementReader } from './events.ts';

/** Texts that are remembered, and how long one may be: those of prepared statements come again and again. */
const TEXTS = 10_000;
const LENGTH = 4000;

/** The reader with a bounded memory for texts: to parse one takes some 50 µs, a log has millions of the same. */
export function rememberingReader(read: StatementReader): StatementReader {
  const known = new Map<string, ReadStatement>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    const result = read(text);
    if (text.length <= LENGTH) {
      if (known.size >= TEXTS) known.delete(known.keys().next().value!);
      known.set(text, result);
    }
    return result;
  };
}
