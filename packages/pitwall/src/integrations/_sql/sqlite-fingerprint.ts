import { createHash } from 'node:crypto';
import { type Token, tokenize } from './tokenizer.ts';

/** Characters that are read: beyond them are values. */
const READ = 1_048_576;
/** Characters of a text for people. */
const DISPLAY = 4000;

const ETC = ' /*, ... */';

/** Whether the schema has a column or table of that name; SQLite takes what is in double quotes for a string where it has not. */
export type IsName = (name: string) => boolean;

/**
 * 16 hexadecimal digits, the same for statements that differ in nothing but values, the lengths of lists, rows of VALUES, names
 * of parameters, comments, white space and the case of words; the same on every machine.
 */
export function fingerprintSqlite(text: string, isName?: IsName): string {
  const parts = partsOf(text, isName).map(({ text: written, token }) => {
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
 * It still parses, unless it is longer than `longest` and so cut (with `…`), or did not parse before.
 */
export function normaliseSqlite(text: string, isName?: IsName, longest: number = DISPLAY): string {
  let out = '';
  for (const { text: written, space } of partsOf(text, isName)) {
    out += space && out !== '' ? ` ${written}` : written;
    if (out.length > longest) return `${out.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
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

function partsOf(sql: string, isName: IsName | undefined): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const token of tokenize(sql.slice(0, READ))) {
    const space = token.at > end;
    end = token.at + token.text.length;
    // A string that does not end: all that follows is in it.
    if (token.kind === 'unknown' && token.text === "'") {
      parts.push({ text: '?', token: null, space });
      break;
    }
    if (!isValue(token, isName)) {
      parts.push({ text: token.text, token, space });
      continue;
    }
    const sign = token.kind === 'number' ? parts.at(-1) : undefined;
    // -5 is a value, too; a - 5 is not.
    if (sign?.text === '-' && !isOperand(parts.at(-2))) {
      parts.pop();
      parts.push({ text: '?', token: null, space: sign.space });
    } else parts.push({ text: '?', token: null, space });
  }
  return collapsed(parts);
}

function isValue(token: Token, isName: IsName | undefined): boolean {
  if (token.kind === 'quoted') return isName !== undefined && token.text.startsWith('"') && !isName(token.value);
  return token.kind === 'string' || token.kind === 'blob' || token.kind === 'number' || token.kind === 'parameter';
}

/** What may stand before a minus that subtracts. */
function isOperand(part: Part | undefined): boolean {
  if (part === undefined) return false;
  if (part.token === null || part.text === ')' || part.token.kind === 'quoted') return true;
  return (
    part.token.kind === 'word' &&
    !/^(select|where|and|or|not|in|values|then|else|when|between|by|limit|offset|set|on|is|like|glob|return|returning|distinct|all|case|having)$/.test(
      part.token.value,
    )
  );
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
