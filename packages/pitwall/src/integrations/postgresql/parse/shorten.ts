import { type Lexeme, lex } from './lexer.ts';

/** Characters. Shorter texts are left as they are. */
const LONG = 32 * 1024;
/** Beyond this it is not even read: statements of that size are loads of data, not questions. */
const UNREADABLE = 8 * 1024 * 1024;
/** Values kept of a list, and rows of VALUES. */
const KEPT = 200;
const ROWS = 20;
/** Characters of a constant that are kept. */
const STRING = 200;

/**
 * A long text without most of what makes it long: the values of a list and the rows of VALUES after the first ones, and long
 * strings. Means the same to whoever asks how it is built; not to be run.
 */
export function shortened(text: string): string {
  if (text.length <= LONG || text.length > UNREADABLE) return text;
  let out = '';
  for (const { kind, text: written } of withoutLists(withoutRows(lex(text)))) {
    if (kind === 'comment' || kind === 'space') out += ' ';
    else out += kind === 'string' && written.length > STRING && written.startsWith("'") ? "''" : written;
  }
  return out;
}

/** The rows of VALUES after the first `ROWS` are left out, whatever is in them. */
function* withoutRows(lexemes: Iterable<Lexeme>): Generator<Lexeme> {
  let rows: number | null = null;
  let depth = 0;
  for (const lexeme of lexemes) {
    const { kind, text } = lexeme;
    if (rows === null) {
      if (kind === 'word' && text.length === 6 && text.toLowerCase() === 'values') rows = 0;
      yield lexeme;
      continue;
    }
    if (depth === 0 && text !== '(' && text !== ',' && kind !== 'space' && kind !== 'comment') {
      rows = null;
      yield { kind: 'space', text: ' ' };
      yield lexeme;
      continue;
    }
    if (text === '(') depth++;
    const between = depth === 0 && text === ',';
    if (rows < ROWS && !(between && rows === ROWS - 1)) yield lexeme;
    else if (between) rows = ROWS;
    if (text === ')' && --depth === 0 && rows < ROWS - 1) rows++;
  }
}

/** The values of a list of nothing but values after the first `KEPT` are left out. */
function* withoutLists(lexemes: Iterable<Lexeme>): Generator<Lexeme> {
  /** Values of the list that is being read; null: it is none. */
  let values: number | null = null;
  for (const lexeme of lexemes) {
    const { kind, text } = lexeme;
    if (text === '(') values = 0;
    else if (values !== null && (kind === 'string' || kind === 'number' || kind === 'parameter')) {
      if (++values > KEPT) continue;
    } else if (values !== null && values >= KEPT && (text === ',' || text === '-' || kind === 'space')) continue;
    else if (text !== ',' && text !== '-' && kind !== 'space') values = null;
    yield lexeme;
  }
}
