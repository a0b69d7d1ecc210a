import type { Expr } from './ast.ts';
import type { Operation } from './dialect.ts';
import type { Scope, Source } from './scope.ts';

/** An expression as an index may have it. */
export interface Written {
  readonly text: string;
  readonly type: string | null;
  /** Columns of the table in it. */
  readonly columns: readonly string[];
  /** The table; null: constants only. */
  readonly source: Source | null;
  /** Needs parentheses around it when it stands in an operator, or as the key of an index. */
  readonly loose: boolean;
}

/** Longer ones are not what anybody would index. */
const LONGEST = 300;

/**
 * An expression of one table's columns and constants as DDL, columns without their table; null when an index could not be made
 * of it: parameters, columns of two tables, functions that may give something else tomorrow, or what is not known.
 */
export function written(expr: Expr, scope: Scope): Written | null {
  const result = write(expr, scope);
  return result === null || result.text.length > LONGEST ? null : result;
}

function write(expr: Expr, scope: Scope): Written | null {
  const { dialect } = scope;
  switch (expr.kind) {
    case 'column': {
      const column = scope.resolve(expr.path);
      if (!column?.inner || column.source.table === null) return null;
      return {
        text: dialect.quote(column.name),
        type: column.type,
        columns: [column.name],
        source: column.source,
        loose: false,
      };
    }
    case 'literal': {
      if (expr.type === 'null') return null;
      const type = expr.type === 'string' ? 'unknown' : expr.type;
      return { text: expr.text, type, columns: [], source: null, loose: false };
    }
    case 'cast': {
      const arg = write(expr.arg, scope);
      if (arg === null) return null;
      const checked = arg.source === null ? { type: expr.type } : operation({ kind: 'cast', to: expr.type }, [arg]);
      const text = dialect.cast(inner(arg), expr.type);
      return checked && { ...arg, text, type: checked.type ?? expr.type, loose: !text.startsWith('CAST(') };
    }
    case 'call': {
      if (!expr.plain || expr.star || expr.window || expr.others.length > 0) return null;
      const args = expr.args.map((arg) => write(arg, scope));
      if (args.some((arg) => arg === null)) return null;
      const known = args as Written[];
      const constants = expr.args.map((arg) => (arg.kind === 'literal' ? arg.text : null));
      const checked = operation({ kind: 'call', name: expr.name, constants }, known);
      const text = dialect.call(
        expr.name,
        known.map((arg) => arg.text),
      );
      return checked && joined(known, text, checked.type, false);
    }
    case 'binary': {
      const left = write(expr.left, scope);
      const right = left && write(expr.right, scope);
      if (left === null || right === null) return null;
      const checked = operation({ kind: 'operator', operator: expr.operator }, [left, right]);
      return checked && joined([left, right], `${inner(left)} ${expr.operator} ${inner(right)}`, checked.type, true);
    }
    case 'unary': {
      const arg = write(expr.arg, scope);
      if (arg === null) return null;
      if (arg.source === null) return { ...arg, text: `${expr.operator}${inner(arg)}` };
      const checked = operation({ kind: 'operator', operator: expr.operator }, [arg]);
      return checked && { ...arg, text: `${expr.operator} ${inner(arg)}`, type: checked.type, loose: true };
    }
    default:
      return null;
  }

  function operation(what: Operation, args: readonly Written[]) {
    return dialect.immutable(
      what,
      args.map(({ type }) => type),
    );
  }
}

/** As part of an operator. */
function inner({ text, loose }: Written): string {
  return loose ? `(${text})` : text;
}

/** As the key of an index: anything but a column and a function needs parentheses. */
export function asKey({ text, loose }: Written): string {
  return loose ? `(${text})` : text;
}

function joined(parts: readonly Written[], text: string, type: string | null, loose: boolean): Written | null {
  const sources = new Set(parts.map(({ source }) => source).filter((source) => source !== null));
  if (sources.size > 1) return null;
  const columns = [...new Set(parts.flatMap((part) => part.columns))];
  return { text, type, columns, source: [...sources][0] ?? null, loose };
}
