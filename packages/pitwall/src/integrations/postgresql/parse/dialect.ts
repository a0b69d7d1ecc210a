import type { Expr } from '../../_sql/statement/ast.ts';
import type { Operation, StatementDialect } from '../../_sql/statement/dialect.ts';
import { immutableCall, immutableCast, immutableOperator } from './immutable.ts';
import type { Schema } from './schema.ts';
import { postgresqlUnserved } from './unserved.ts';

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);

/** What PostgreSQL means by names and operators, over one schema. */
export function postgresqlDialect(schema: Schema): StatementDialect {
  return {
    // The parser has folded what was not quoted.
    fold: (name) => name,
    quote: quoteIdentifier,
    find: (path) => schema.find(path.length > 1 ? path.at(-2)! : null, path.at(-1)!),
    isSystemColumn: (name) => SYSTEM_COLUMNS.has(name),
    booleans: true,
    isPrefix,
    immutable(what: Operation, args) {
      if (what.kind === 'call') return immutableCall(what.name, args, what.constants);
      if (what.kind === 'cast') return immutableCast(args[0] ?? null, what.to) ? { type: what.to } : null;
      return immutableOperator(what.operator, args);
    },
    isRelabel: (from, to) => from !== null && /^(character varying|text)/.test(from) && to === 'text',
    cast: (text, type) => `${text}::${type}`,
    whyUnserved: postgresqlUnserved,
    call(name, args) {
      // Keywords with a syntax of their own, which is older than the functions behind them.
      if (name === 'extract') return `extract(${args[0]} from ${args[1]})`;
      if (name === 'position') return `position((${args[1]}) in (${args[0]}))`;
      return `${name}(${args.join(', ')})`;
    },
  };
}

/** Words that are always a name may stand as they are; all that may be a keyword is quoted. */
function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `abc%`: an index finds it, with `text_pattern_ops` or the collation C. https://www.postgresql.org/docs/current/indexes-types.html */
function isPrefix({ operator, pattern, escaped }: Extract<Expr, { kind: 'like' }>): boolean {
  const constant = pattern.kind === 'cast' ? pattern.arg : pattern;
  if (operator !== 'like' || escaped || constant.kind !== 'literal' || constant.type !== 'string') return false;
  return /^(?:E?)'[^%_'\\]/.test(constant.text);
}

/** Reserved, or reserved but for functions and types. https://www.postgresql.org/docs/current/sql-keywords-appendix.html */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character
   check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema
   current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract
   false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int integer
   intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
   json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
   natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
   precision primary real references returning right row select session_user setof similar smallint some substring symmetric
   system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar
   variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
   xmlroot xmlserialize xmltable`.split(/\s+/),
);
