/** Columns in WHERE and ON, found by reading words: as somebody would who makes an index for each of them. */

/** Ends the clause that tests, at its depth of brackets. */
const ELSEWHERE = new Set([
  'select',
  'from',
  'group',
  'order',
  'having',
  'limit',
  'set',
  'values',
  'returning',
  'into',
]);
const TESTS = new Set(['where', 'on']);

/**
 * @param columns of each table, in lower case
 * @returns `table.column` pairs, sorted; a column without its table's name counts for every table of the statement that has one
 */
export function testedColumns(
  text: string,
  columns: ReadonlyMap<string, readonly string[]>,
): readonly (readonly [table: string, column: string])[] {
  const tokens = text.toLowerCase().match(/'(?:[^']|'')*'|[a-z_][a-z0-9_]*|[().,]/g) ?? [];
  const aliases = new Map<string, Set<string>>();
  const note = (alias: string, table: string) => aliases.set(alias, (aliases.get(alias) ?? new Set()).add(table));
  for (const [i, token] of tokens.entries()) {
    if (!columns.has(token) || tokens[i - 1] === '.') continue;
    note(token, token);
    const next = tokens[i + 1] === 'as' ? tokens[i + 2] : tokens[i + 1];
    if (next !== undefined && /^[a-z_]/.test(next)) note(next, token);
  }
  const tables = new Set([...aliases.values()].flatMap((of) => [...of]));
  const found = new Set<string>();
  const clauses = [false];
  for (const [i, token] of tokens.entries()) {
    if (token === '(') clauses.push(clauses.at(-1)!);
    else if (token === ')') clauses.pop();
    else if (TESTS.has(token)) clauses[clauses.length - 1] = true;
    else if (ELSEWHERE.has(token)) clauses[clauses.length - 1] = false;
    else if (clauses.at(-1) === true && tokens[i + 1] !== '.' && tokens[i + 1] !== '(') {
      const of = tokens[i - 1] === '.' ? (aliases.get(tokens[i - 2] ?? '') ?? new Set<string>()) : tables;
      for (const table of of) if (columns.get(table)!.includes(token)) found.add(`${table}.${token}`);
    }
    if (clauses.length === 0) clauses.push(false);
  }
  return [...found].sort().map((name) => name.split('.') as [string, string]);
}
