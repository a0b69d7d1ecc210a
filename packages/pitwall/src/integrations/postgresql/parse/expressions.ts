import type {
  A_Const,
  A_Expr,
  A_Indirection,
  BoolExpr,
  BooleanTest,
  ColumnRef,
  FuncCall,
  Node,
  NullTest,
  SubLink,
  TypeName,
} from '@pgsql/types';
import type { Expr, Path } from '../../_sql/statement/ast.ts';
import { queryOf } from './queries.ts';

/** Comes before everything else in the search path, and reads better without. */
const CATALOG = 'pg_catalog';

export function exprsOf(nodes: readonly Node[] | undefined): readonly Expr[] {
  return (nodes ?? []).map(exprOf);
}

/** What an expression of the server's parse tree is to the roles of columns. What matters nothing to indexes is `other`. */
export function exprOf(node: Node): Expr {
  if ('ColumnRef' in node) return columnOf(node.ColumnRef);
  if ('A_Const' in node) return constantOf(node.A_Const);
  if ('ParamRef' in node) return { kind: 'parameter' };
  if ('A_Expr' in node) return operatorOf(node.A_Expr);
  if ('BoolExpr' in node) return logicOf(node.BoolExpr);
  if ('FuncCall' in node) return callOf(node.FuncCall);
  if ('NullTest' in node) return nullTestOf(node.NullTest);
  if ('BooleanTest' in node) return truthTestOf(node.BooleanTest);
  if ('SubLink' in node) return subLinkOf(node.SubLink);
  if ('TypeCast' in node) {
    const { arg, typeName } = node.TypeCast;
    const type = typeName ? typeOf(typeName) : null;
    const value = optional(arg);
    // true and false were constants of their own before PostgreSQL 15, and still may be written as casts.
    if (type === null || value === null) return other(value);
    return { kind: 'cast', arg: value, type };
  }
  if ('CollateClause' in node) {
    const { arg, collname } = node.CollateClause;
    const value = optional(arg);
    return value ? { kind: 'collate', arg: value, collation: stringsOf(collname).at(-1) ?? '' } : other(value);
  }
  if ('RowExpr' in node) return { kind: 'row', items: exprsOf(node.RowExpr.args) };
  if ('List' in node) return { kind: 'row', items: exprsOf(node.List.items) };
  if ('CoalesceExpr' in node) return simpleCall('coalesce', node.CoalesceExpr.args);
  if ('MinMaxExpr' in node) {
    return simpleCall(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest', node.MinMaxExpr.args);
  }
  if ('NamedArgExpr' in node) return other(optional(node.NamedArgExpr.arg));
  if ('A_Indirection' in node) return indirectionOf(node.A_Indirection);
  if ('SelectStmt' in node)
    return { kind: 'query', arg: null, test: false, negated: false, query: queryOf(node.SelectStmt) };
  return { kind: 'other', parts: partsOf(node) };
}

/** Expressions anywhere inside what has no meaning of its own here (CASE, arrays, JSON constructors, windows). */
export function partsOf(node: unknown): readonly Expr[] {
  const parts: Expr[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (EXPRESSIONS.has(key)) parts.push(exprOf({ [key]: inner } as Node));
        else visit(inner);
      }
    }
  };
  visit(node);
  return parts;
}

/** Node kinds that `exprOf` gives a meaning. */
const EXPRESSIONS: ReadonlySet<string> = new Set([
  'ColumnRef',
  'A_Expr',
  'BoolExpr',
  'FuncCall',
  'NullTest',
  'BooleanTest',
  'SubLink',
  'TypeCast',
  'CollateClause',
  'RowExpr',
  'CoalesceExpr',
  'MinMaxExpr',
  'A_Indirection',
  'SelectStmt',
]);

export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

function optional(node: Node | undefined): Expr | null {
  return node === undefined ? null : exprOf(node);
}

function other(...parts: readonly (Expr | null)[]): Expr {
  return { kind: 'other', parts: parts.filter((part) => part !== null) };
}

function columnOf({ fields }: ColumnRef): Expr {
  const path: Path = stringsOf(fields);
  const last = fields?.at(-1);
  return last && 'A_Star' in last ? { kind: 'star', of: path } : { kind: 'column', path };
}

/** `((t).*)`, `(composite).field`, `array[1]`. */
function indirectionOf({ arg, indirection }: A_Indirection): Expr {
  const all = (indirection ?? []).some((node) => 'A_Star' in node);
  const base = optional(arg);
  if (all && base?.kind === 'column') return { kind: 'star', of: base.path };
  return other(base, ...partsOf(indirection));
}

function constantOf(constant: A_Const): Expr {
  if (constant.isnull) return { kind: 'literal', type: 'null', text: 'NULL' };
  if (constant.ival) return { kind: 'literal', type: 'number', text: String(constant.ival.ival ?? 0) };
  if (constant.fval) return { kind: 'literal', type: 'number', text: constant.fval.fval ?? '0' };
  if (constant.boolval) return { kind: 'literal', type: 'boolean', text: String(constant.boolval.boolval ?? false) };
  if (constant.sval) return { kind: 'literal', type: 'string', text: quoteString(constant.sval.sval ?? '') };
  return other();
}

/** As DDL takes it, whatever `standard_conforming_strings` says. */
function quoteString(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

function logicOf({ boolop, args }: BoolExpr): Expr {
  const inner = exprsOf(args);
  if (boolop === 'NOT_EXPR') return inner[0] ? { kind: 'not', arg: inner[0] } : other();
  return { kind: boolop === 'OR_EXPR' ? 'or' : 'and', args: inner };
}

function nullTestOf({ arg, nulltesttype, argisrow }: NullTest): Expr {
  const inner = optional(arg);
  if (inner === null || argisrow || inner.kind === 'row') return other(inner);
  return { kind: 'null-test', arg: inner, negated: nulltesttype === 'IS_NOT_NULL' };
}

function truthTestOf({ arg, booltesttype }: BooleanTest): Expr {
  const inner = optional(arg);
  if (inner === null) return other();
  const is = booltesttype?.endsWith('TRUE') ? true : booltesttype?.endsWith('FALSE') ? false : null;
  return { kind: 'truth-test', arg: inner, is, negated: booltesttype?.includes('NOT') ?? false };
}

function operatorOf({ kind, name, lexpr, rexpr }: A_Expr): Expr {
  const names = stringsOf(name);
  const left = optional(lexpr);
  const right = optional(rexpr);
  // OPERATOR(schema.=) may be anybody's operator.
  const operator = names.length === 1 || names[0] === CATALOG ? names.at(-1)! : null;
  if (right === null || operator === null) return other(left, right);
  if (left === null) return kind === 'AEXPR_OP' ? { kind: 'unary', operator, arg: right } : other(right);
  const items = right.kind === 'row' ? right.items : [right];
  switch (kind) {
    case 'AEXPR_OP':
      return { kind: 'binary', operator, left, right };
    case 'AEXPR_OP_ANY':
      return { kind: 'any', operator, arg: left, array: right };
    case 'AEXPR_IN':
      return { kind: 'in', arg: left, list: items, negated: operator === '<>' };
    case 'AEXPR_NULLIF':
      return { kind: 'call', name: 'nullif', args: [left, right], star: false, plain: true, window: false, others: [] };
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [low, high] = items;
      if (low === undefined || high === undefined) return other(left, right);
      return { kind: 'between', arg: left, low, high, negated: kind === 'AEXPR_NOT_BETWEEN' };
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE': {
      const escaped = right.kind === 'call' && right.name === 'like_escape';
      const pattern = escaped ? right.args[0]! : right;
      const word = kind === 'AEXPR_LIKE' ? 'like' : 'ilike';
      return { kind: 'like', operator: word, arg: left, pattern, escaped, negated: operator.startsWith('!') };
    }
    default:
      return other(left, right);
  }
}

function subLinkOf({ subLinkType, testexpr, operName, subselect }: SubLink): Expr {
  const arg = optional(testexpr);
  if (!subselect || !('SelectStmt' in subselect)) return other(arg);
  const query = queryOf(subselect.SelectStmt);
  const operator = stringsOf(operName).at(-1) ?? '=';
  if (subLinkType === 'EXISTS_SUBLINK') return { kind: 'query', arg: null, test: true, negated: false, query };
  if (subLinkType === 'ANY_SUBLINK' && operator === '=')
    return { kind: 'query', arg, test: true, negated: false, query };
  return { kind: 'query', arg, test: false, negated: false, query };
}

function simpleCall(name: string, args: readonly Node[] | undefined): Expr {
  return { kind: 'call', name, args: exprsOf(args), star: false, plain: true, window: false, others: [] };
}

function callOf(call: FuncCall): Expr {
  const names = stringsOf(call.funcname);
  const builtIn = names.length === 1 || names[0] === CATALOG;
  return {
    kind: 'call',
    name: builtIn ? names.at(-1)! : names.join('.'),
    args: exprsOf(call.args),
    star: call.agg_star ?? false,
    plain: !call.agg_order && !call.agg_filter && !call.agg_distinct && !call.func_variadic && builtIn,
    window: call.over !== undefined,
    others: [...exprsOf(call.agg_order?.flatMap((node) => sortedNode(node))), ...partsOf([call.agg_filter, call.over])],
  };
}

function sortedNode(node: Node): readonly Node[] {
  return 'SortBy' in node && node.SortBy.node ? [node.SortBy.node] : [];
}

/** A type as `format_type` would say it, so that it compares with those of columns; null: of a kind that is not read. */
function typeOf({ names, typmods, arrayBounds, setof, pct_type }: TypeName): string | null {
  const parts = stringsOf(names);
  if (setof || pct_type || parts.length === 0) return null;
  const builtIn = parts[0] === CATALOG ? parts.slice(1) : parts;
  if (builtIn.length !== 1) return null;
  const name = TYPES[builtIn[0]!] ?? builtIn[0]!;
  if (!/^[a-z_][a-z0-9_ "]*$/.test(name)) return null;
  const modifiers = exprsOf(typmods);
  // INTERVAL DAY TO SECOND and its kin: the modifier is a mask.
  if (modifiers.some((one) => one.kind !== 'literal') || (modifiers.length > 0 && name === 'interval')) return null;
  const written = modifiers.map((one) => (one.kind === 'literal' ? one.text : '')).join(',');
  const array = (arrayBounds?.length ?? 0) > 0 ? '[]' : '';
  if (written === '') return `${name}${array}`;
  // timestamp(3) with time zone, but character varying(20).
  return `${name.replace(/^(time(?:stamp)?)|$/, (time) => `${time}(${written})`)}${array}`;
}

/** What the grammar calls types, and what the catalogue calls them. */
const TYPES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  varchar: 'character varying',
  bpchar: 'character',
  char: '"char"',
  decimal: 'numeric',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
};
