import type { IndexKey, IndexSpec } from '../_sql/advisor/problem.ts';
import { tokenize } from '../_sql/tokenizer.ts';
import type { IndexDefinition, IndexTerm } from './identifiers.ts';

/** The advisor's index as this integration's DDL and the tunable `sqlite/index` take it. */
export function definitionOf(spec: IndexSpec): IndexDefinition {
  return { table: spec.table, columns: spec.keys.map(termOf), unique: false, where: spec.where };
}

function termOf(key: IndexKey): IndexTerm {
  const rest = { ...(key.desc ? { desc: true } : {}), ...(key.collate === null ? {} : { collate: key.collate }) };
  return key.column === null ? { expression: key.expression ?? '', ...rest } : { name: key.column, ...rest };
}

const OPENING: Readonly<Record<string, string>> = { '(': ')' };

/**
 * Why the text is not one expression, or null. It comes from a plan file that anyone may have edited and becomes part of a
 * statement: it must not be able to end that part. Whether it means something is for the engine to say, which allows neither
 * subqueries nor functions with side effects in an index.
 */
export function expressionProblem(text: string): string | null {
  const tokens = tokenize(text);
  if (tokens.length === 0) return 'it is empty';
  const open: string[] = [];
  let end = 0;
  for (const token of tokens) {
    // Only white space may stand between tokens: a comment would swallow what comes after it.
    if (text.slice(end, token.at).trim() !== '') return 'it has a comment';
    end = token.at + token.text.length;
    if (token.kind === 'unknown') return `it has ${JSON.stringify(token.text)}`;
    if (token.kind === 'parameter') return 'it has a parameter';
    if (token.text === ';') return 'it has a semicolon';
    if (token.text in OPENING) open.push(OPENING[token.text]!);
    else if (token.text === ')' && open.pop() !== ')') return 'its parentheses do not match';
    else if (token.text === ',' && open.length === 0) return 'it is more than one expression';
    else if (open.length === 0 && token.kind === 'word' && ENDING.has(token.value)) return `it has ${token.text}`;
  }
  if (text.slice(end).trim() !== '') return 'it has a comment';
  return open.length > 0 ? 'its parentheses do not match' : null;
}

/** Words that belong to the statement around it. */
const ENDING: ReadonlySet<string> = new Set(['where', 'select', 'asc', 'desc', 'union', 'order', 'limit', 'nulls']);

/** Equal texts but for white space and the case of words: what the engine keeps of a statement is what it was given. */
export function sameSql(a: string, b: string): boolean {
  const left = tokenize(a);
  const right = tokenize(b);
  return (
    left.length === right.length &&
    left.every(({ kind, value }, i) => {
      const other = right[i]!;
      return (
        kind === other.kind &&
        (kind === 'quoted' ? value.toLowerCase() === other.value.toLowerCase() : value === other.value)
      );
    })
  );
}
