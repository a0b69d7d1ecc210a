import { counted } from '../../model/plural.ts';
import { tokenize } from './tokenizer.ts';

/** Values for one run: by position, or by name with or without the sign in front. */
type Values = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Why these values do not fit the statement's parameters, or null. SQLite itself takes a missing value for NULL, and then
 * times a query that nobody meant. Numbering: https://sqlite.org/lang_expr.html#varparam.
 */
export function parameterProblem(sql: string, values: Values): string | null {
  const { count, names } = parametersOf(sql);
  if (Array.isArray(values)) {
    return values.length === count
      ? null
      : `it has ${counted(count, 'parameter')}, and a set has ${counted(values.length, 'value')}`;
  }
  if (names.size < count) return 'it has parameters without a name, which need values by position';
  const given = new Set(Object.keys(values).map(plainName));
  const missing = [...names].find((name) => !given.has(name));
  if (missing !== undefined) return `a set has no value for ${missing}`;
  const unknown = [...given].find((name) => !names.has(name));
  return unknown === undefined ? null : `it has no parameter ${unknown}`;
}

function parametersOf(sql: string): { count: number; names: ReadonlySet<string> } {
  let count = 0;
  const names = new Map<string, number>();
  for (const { kind, text } of tokenize(sql)) {
    if (kind !== 'parameter') continue;
    if (text === '?') count++;
    else if (text.startsWith('?')) count = Math.max(count, Number(text.slice(1)));
    else if (!names.has(text)) names.set(text, ++count);
  }
  return { count, names: new Set([...names.keys()].map(plainName)) };
}

function plainName(name: string): string {
  return name.replace(/^[:@$#]/, '');
}
