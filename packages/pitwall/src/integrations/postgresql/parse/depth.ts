import { lex } from './lexer.ts';

/**
 * Levels of nesting that are still parsed. The parser is WebAssembly on the stack of JavaScript: by measurement it overflows
 * between 1,000 and 2,000 levels, and an overflow leaves its memory in disorder. People and ORMs stay below 100.
 */
const MAX_DEPTH = 400;

/** A text this short cannot be nested deeper, whatever it is: a level takes a character at least. */
const TOO_SHORT = MAX_DEPTH / 3;

/** Levels for all that follows on the same level of parentheses, not only for one term: chains of these are nested. */
const LASTING: Readonly<Record<string, number>> = { join: 1, union: 1, intersect: 1, except: 1, case: 2, end: -2 };
/** What stands side by side in the parse tree, so that the term before does not count any more. */
const BESIDE = /^(,|and|or|then|else|when|where|on|from|by|having|limit)$/;

/** Words that put a term around another, as operators do. */
const NESTING = /^(not|is|isnull|notnull|at|collate)$/;

interface Level {
  /** Of what encloses the rest of this level. */
  base: number;
  /** Of operators in the term that is being read. */
  chain: number;
}

/** Whether the text may be nested deeper than `MAX_DEPTH`: an estimate from above, by its tokens alone. */
export function isTooDeep(text: string): boolean {
  if (text.length < TOO_SHORT) return false;
  const outer: Level[] = [];
  let outside = 0;
  let level: Level = { base: 0, chain: 0 };
  let previous = '(';
  for (const { kind, text: written } of lex(text)) {
    if (kind === 'space' || kind === 'comment') continue;
    const token = kind === 'word' ? written.toLowerCase() : written;
    if (token === '(' || token === '[') {
      outer.push(level);
      outside += level.base + level.chain + 1;
      level = { base: 0, chain: 0 };
    } else if (token === ')' || token === ']') {
      level = outer.pop() ?? { base: 0, chain: 0 };
      outside = Math.max(0, outside - level.base - level.chain - 1);
    } else if (token === ';') {
      level = { base: 0, chain: 0 };
    } else if (BESIDE.test(token)) {
      level.chain = 0;
    } else if (kind === 'word') {
      level.base = Math.max(0, level.base + (LASTING[token] ?? 0) + (token === 'select' && previous === '(' ? 3 : 0));
      if (NESTING.test(token)) level.chain++;
    } else if (kind === 'operator' && token !== '.') {
      level.chain++;
    }
    previous = token;
    if (outside + level.base + level.chain > MAX_DEPTH) return true;
  }
  return false;
}
