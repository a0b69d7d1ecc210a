import type { A_Expr, ColumnRef, Node, RangeVar } from '@pgsql/types';
import { stringsOf } from './expressions.ts';
import type { Grammar } from './load.ts';
import type { Schema, SchemaTable } from './schema.ts';

/** What a placeholder stands for, as far as values for it can be taken from rows. */
export interface ParameterUse {
  readonly number: number;
  /** As the statement calls the table: values of one row belong together. */
  readonly alias: string;
  readonly table: SchemaTable;
  readonly column: string;
  /** `lower` of `lower(column) = $1`; null: the column itself. */
  readonly through: string | null;
  /** `low`: the column is above it; `high`: below it; `list`: an array of values; `start`: a pattern that begins with a value. */
  readonly as: 'value' | 'low' | 'high' | 'list' | 'start';
}

export interface ParameterUses {
  /** Placeholders there are; numbers without a gap. */
  readonly count: number;
  readonly uses: readonly ParameterUse[];
  /** LIMIT and OFFSET. */
  readonly limits: ReadonlyMap<number, 'limit' | 'offset'>;
}

/** Functions of one column whose values are drawn as those of the column are. */
const THROUGH = new Set(['lower', 'upper', 'date']);
const RANGES: Readonly<Record<string, 'low' | 'high'>> = { '>': 'low', '>=': 'low', '<': 'high', '<=': 'high' };
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What the placeholders of a statement are compared with, or set to; null where the text is not understood. */
export function parameterUses(grammar: Grammar, text: string, schema: Schema): ParameterUses | null {
  const parsed = grammar.parse(text);
  if ('problem' in parsed || parsed.statements.length !== 1) return null;
  const aliases = new Map<string, SchemaTable>();
  const numbers = new Set<number>();
  const limits = new Map<number, 'limit' | 'offset'>();
  const uses: ParameterUse[] = [];
  for (const [key, value] of nodesOf(parsed.statements)) {
    if (typeof (value as RangeVar).relname === 'string') addTable(value as RangeVar);
    if (key === 'ParamRef') numbers.add((value as { number?: number }).number ?? 0);
    const { limitCount, limitOffset } = value as { limitCount?: Node; limitOffset?: Node };
    for (const [node, word] of [
      [limitCount, 'limit'],
      [limitOffset, 'offset'],
    ] as const) {
      const number = parameterOf(node);
      if (number !== null) limits.set(number, word);
    }
  }
  for (const [key, value] of nodesOf(parsed.statements)) {
    if (key === 'A_Expr') addTest(value as A_Expr);
    // SET column = $1; the table that is updated is named without a schema in its target.
    const { name, val } = value as { name?: unknown; val?: Node };
    if (key === 'ResTarget' && typeof name === 'string')
      add({ column: name, alias: null, through: null }, val, 'value');
  }
  return { count: Math.max(0, ...numbers), uses, limits };

  function addTable({ schemaname, relname, alias }: RangeVar): void {
    const table = schema.find(schemaname ?? null, relname!);
    const name = alias?.aliasname ?? relname!;
    if (table !== null && !aliases.has(name)) aliases.set(name, table);
  }

  function addTest({ kind, name, lexpr, rexpr }: A_Expr): void {
    const operator = stringsOf(name).at(-1) ?? '';
    const [left, right] = [columnOf(lexpr), columnOf(rexpr)];
    if (kind === 'AEXPR_OP') {
      if (left !== null) add(left, rexpr, operator === '=' || operator === '<>' ? 'value' : RANGES[operator]);
      else if (right !== null) add(right, lexpr, operator === '=' ? 'value' : RANGES[MIRRORED[operator] ?? '']);
    } else if (left === null || rexpr === undefined) return;
    else if (kind === 'AEXPR_OP_ANY') add(left, rexpr, 'list');
    else if (kind === 'AEXPR_IN') for (const item of itemsOf(rexpr)) add(left, item, 'value');
    else if (kind === 'AEXPR_BETWEEN') {
      const [low, high] = itemsOf(rexpr);
      add(left, low, 'low');
      add(left, high, 'high');
    } else if (kind === 'AEXPR_LIKE' || kind === 'AEXPR_ILIKE') add(left, rexpr, 'start');
  }

  function add({ column, alias, through }: Column, node: Node | undefined, as: ParameterUse['as'] | undefined): void {
    const number = parameterOf(node);
    if (number === null || as === undefined || uses.some((use) => use.number === number)) return;
    for (const [name, table] of aliases) {
      if (alias !== null && alias !== name) continue;
      if (!table.columns.some((one) => one.name === column)) continue;
      uses.push({ number, alias: name, table, column, through, as });
      return;
    }
  }
}

/** Every placeholder is one that a value can be had for. */
export function isWhole({ count, uses, limits }: ParameterUses): boolean {
  const known = new Set([...uses.map(({ number }) => number), ...limits.keys()]);
  return count > 0 && Array.from({ length: count }, (_, i) => i + 1).every((number) => known.has(number));
}

interface Column {
  readonly column: string;
  readonly alias: string | null;
  readonly through: string | null;
}

function columnOf(node: Node | undefined): Column | null {
  if (node === undefined) return null;
  if ('ColumnRef' in node) return named(node.ColumnRef, null);
  if ('TypeCast' in node) return columnOf(node.TypeCast.arg);
  if (!('FuncCall' in node)) return null;
  const { funcname, args } = node.FuncCall;
  const name = stringsOf(funcname).at(-1) ?? '';
  const [only, more] = args ?? [];
  return THROUGH.has(name) && only && !more && 'ColumnRef' in only ? named(only.ColumnRef, name) : null;
}

function named({ fields }: ColumnRef, through: string | null): Column | null {
  const path = stringsOf(fields);
  const column = path.at(-1);
  return column === undefined ? null : { column, alias: path.at(-2) ?? null, through };
}

function itemsOf(node: Node): readonly Node[] {
  return 'List' in node ? (node.List.items ?? []) : [node];
}

function parameterOf(node: Node | undefined): number | null {
  if (node === undefined) return null;
  if ('ParamRef' in node) return node.ParamRef.number ?? null;
  return 'TypeCast' in node ? parameterOf(node.TypeCast.arg) : null;
}

/** Every object in the tree, with the key that it stands under, in the order of the text. */
function* nodesOf(tree: unknown): Generator<readonly [key: string, value: object]> {
  const open: (readonly [string, unknown])[] = [['', tree]];
  while (open.length > 0) {
    const [key, value] = open.pop()!;
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) yield [key, value];
    for (const inner of Object.entries(value).reverse()) open.push(inner);
  }
}
