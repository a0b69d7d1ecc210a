import { lex } from './lexer.ts';
import type { Grammar } from './load.ts';

/** Characters of a text for people. */
const DISPLAY = 4000;
/** Characters that are read of a text that the grammar does not know. */
const READ = 1_048_576;

/**
 * The text without values: `$n` instead of constants, lists of them as PostgreSQL 18 shows them (`IN ($1 /*, ... *\/)`), no
 * comments (they carry trace ids), one space. It still parses, unless it is longer than `longest` and so cut (with `…`), or did
 * not parse before. Parameters are numbered without gaps.
 */
export function normalise(grammar: Grammar, text: string, longest: number = DISPLAY): string {
  const known = grammar.normalise(text);
  const plain = withoutValues(known ?? text, known !== null);
  return plain.length > longest ? `${plain.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…` : plain;
}

/** `known`: constants are replaced already where the grammar says that they are some; numbers that are left mean something. */
export function withoutValues(text: string, known: boolean): string {
  const numbers = new Map<string, number>();
  let fresh = 0;
  const parts: Part[] = [];
  let space = false;
  for (const lexeme of lex(text.slice(0, READ))) {
    if (lexeme.kind === 'space' || lexeme.kind === 'comment') {
      space = true;
      continue;
    }
    const isValue = lexeme.kind === 'string' || (lexeme.kind === 'number' && !known);
    if (isValue) parts.push({ parameter: `new ${fresh++}`, text: '', space });
    else if (lexeme.kind === 'parameter') parts.push({ parameter: lexeme.text, text: '', space });
    else parts.push({ parameter: null, text: lexeme.text, space });
    space = false;
  }
  let written = '';
  for (const part of collapsed(parts)) {
    if (part.space && written !== '') written += ' ';
    if (part.parameter === null) {
      written += part.text;
      continue;
    }
    const number = numbers.get(part.parameter) ?? numbers.size + 1;
    numbers.set(part.parameter, number);
    written += `$${number}`;
  }
  return written;
}

interface Part {
  readonly parameter: string | null;
  readonly text: string;
  readonly space: boolean;
}

const ETC = ' /*, ... */';

/** Lists of two and more values as one, and rows of VALUES after the first as none. */
function collapsed(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  let row: string | null = null;
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const group = part.text === '(' ? valuesIn(parts, at) : null;
    const rows = /^values$/i.test(parts[at - 1]?.text ?? '');
    if (group !== null && rows) {
      // VALUES (…), (…), …: rows of values only.
      out.push(...parts.slice(at, group.end + 1));
      let end = group.end;
      for (;;) {
        const following =
          parts[end + 1]?.text === ',' && parts[end + 2]?.text === '(' ? valuesIn(parts, end + 2) : null;
        if (following === null) break;
        end = following.end;
      }
      if (end > group.end) out.push({ parameter: null, text: ETC, space: false });
      at = end;
    } else if (group !== null && group.count > 1 && /^in$/i.test(row ?? '')) {
      out.push(part, parts[at + 1]!, { parameter: null, text: ETC, space: false }, parts[group.end]!);
      at = group.end;
    } else {
      out.push(part);
    }
    row = parts[at]?.text ?? null;
  }
  return out;
}

/** The end of a parenthesis that holds values and commas alone, and how many values. */
function valuesIn(parts: readonly Part[], open: number): { end: number; count: number } | null {
  let count = 0;
  for (let at = open + 1; at < parts.length; at += 2) {
    if (parts[at]!.parameter === null && !/^(default|null|true|false)$/i.test(parts[at]!.text)) return null;
    count++;
    const after = parts[at + 1]?.text;
    if (after === ')') return { end: at + 1, count };
    if (after !== ',') return null;
  }
  return null;
}
