import { createHash } from 'node:crypto';
import { shortened } from './shortened.ts';
import { declaredIn, isOperand } from './sqlite-names.ts';
import type { ColumnsOf } from './sqlite-understand.ts';
import { type Token, tokenize } from './tokenizer.ts';

/** Characters that are read: beyond them are values. */
const READ = 1_048_576;
/** Characters of a text for people. */
const DISPLAY = 4000;

const ETC = ' /*, ... */';

/**
 * 16 hexadecimal digits, the same for statements that differ in nothing but values, the lengths of lists, rows of VALUES, names
 * of parameters, comments, white space and the case of words; the same on every machine.
 * @param columnsOf tells names in double quotes from strings, which SQLite takes them for where no table has such a column
 */
export function fingerprintSqlite(text: string, columnsOf: ColumnsOf): string {
  const parts = partsOf(text, columnsOf).map(({ text: written, token }) => {
    if (token?.kind === 'word') return token.value;
    if (token?.kind === 'quoted') return `"${token.value.toLowerCase()}"`;
    return written === '==' ? '=' : written === '!=' ? '<>' : written;
  });
  while (parts.at(-1) === ';') parts.pop();
  // `"orders"` and `orders` are one name.
  const plain = parts.map((part) => part.replace(/^"([a-z_][a-z0-9_]*)"$/, '$1')).filter((part) => part !== ETC);
  return createHash('sha256').update(plain.join(' ')).digest('hex').slice(0, 16);
}

/**
 * The text without values: `?` instead of constants and parameters, lists of them as `(? /*, ... *\/)`, without comments, one space.
 * It still parses, unless it is longer than `DISPLAY` and so cut (with `…`), or did not parse before.
 * @param columnsOf as for `fingerprintSqlite`
 */
export function normaliseSqlite(text: string, columnsOf: ColumnsOf): string {
  let out = '';
  for (const { text: written, space } of partsOf(text, columnsOf)) {
    out += space && out !== '' ? ` ${written}` : written;
    if (out.length > DISPLAY) return shortened(out, DISPLAY);
  }
  return out;
}

interface Part {
  readonly text: string;
  /** Null for a value. */
  readonly token: Token | null;
  /** Whether there is a space before it. */
  readonly space: boolean;
}

function partsOf(sql: string, columnsOf: ColumnsOf): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  const tokens = tokenize(sql.slice(0, READ));
  const isName = tokens.some(isInDoubleQuotes) ? declaredIn(tokens, columnsOf) : () => true;
  for (const [i, token] of tokens.entries()) {
    const space = token.at > end;
    end = token.at + token.text.length;
    // A string that does not end: all that follows is in it.
    if (token.kind === 'unknown' && (token.text === "'" || token.text === '"')) {
      parts.push({ text: '?', token: null, space });
      break;
    }
    if (!isValue(token) && !(isInDoubleQuotes(token) && !isName(i))) {
      parts.push({ text: token.text, token, space });
      continue;
    }
    const sign = token.kind === 'number' ? parts.at(-1) : undefined;
    // -5 is a value, too; a - 5 is not.
    if (sign?.text === '-' && !isOperand(tokens[i - 2])) {
      parts.pop();
      parts.push({ text: '?', token: null, space: sign.space });
    } else parts.push({ text: '?', token: null, space });
  }
  return collapsed(parts);
}

function isInDoubleQuotes({ kind, text }: Token): boolean {
  return kind === 'quoted' && text.startsWith('"');
}

function isValue({ kind }: Token): boolean {
  return kind === 'string' || kind === 'blob' || kind === 'number' || kind === 'parameter';
}

/** `IN (?, ?, ?)` as one value, `VALUES (…), (…)` as one row. */
function collapsed(parts: readonly Part[]): readonly Part[] {
  const out: Part[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const before = parts[at - 1]?.token?.value;
    const list = part.text === '(' && (before === 'in' || before === 'values') ? valuesIn(parts, at) : null;
    if (list === null) {
      out.push(part);
    } else if (before === 'in') {
      out.push(part, parts[at + 1]!);
      if (list.count > 1) out.push({ text: ETC, token: null, space: false });
      out.push(parts[list.end]!);
      at = list.end;
    } else {
      out.push(...parts.slice(at, list.end + 1));
      let end = list.end;
      for (;;) {
        const row = parts[end + 1]?.text === ',' && parts[end + 2]?.text === '(' ? valuesIn(parts, end + 2) : null;
        if (row === null) break;
        end = row.end;
      }
      if (end > list.end) out.push({ text: ETC, token: null, space: false });
      at = end;
    }
  }
  return out;
}

/** The end of a parenthesis that holds values and commas alone, and how many values. */
function valuesIn(parts: readonly Part[], open: number): { end: number; count: number } | null {
  let count = 0;
  for (let at = open + 1; at < parts.length; at += 2) {
    const { token } = parts[at]!;
    if (token !== null && !(token.kind === 'word' && /^(null|true|false)$/.test(token.value))) return null;
    count++;
    const after = parts[at + 1]?.text;
    if (after === ')') return { end: at + 1, count };
    if (after !== ',') return null;
  }
  return null;
}
