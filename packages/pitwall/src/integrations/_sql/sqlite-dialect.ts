import type { KnownTable, StatementDialect } from './statement/dialect.ts';

/** Functions that give the same for the same arguments. https://sqlite.org/deterministic.html */
const DETERMINISTIC =
  /^(abs|char|coalesce|hex|ifnull|iif|instr|json_array_length|json_extract|json_type|length|lower|ltrim|nullif|octet_length|printf|format|replace|round|rtrim|sign|substr|substring|trim|typeof|unhex|unicode|upper|ceil|ceiling|floor|mod|trunc)$/;
/** Deterministic unless they are asked about now, or about the zone of this machine. */
const DATES = /^(date|time|datetime|julianday|unixepoch|strftime)$/;
const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '||', '->', '->>', '&', '|', '<<', '>>', '~']);

/** Keywords that may not be a name as they are. https://sqlite.org/lang_keywords.html: quoting one too many does no harm. */
const KEYWORDS =
  /^(add|all|alter|and|as|autoincrement|between|case|check|collate|commit|constraint|create|cross|current_(date|time|timestamp)|default|deferrable|delete|distinct|drop|else|escape|except|exists|foreign|from|full|group|having|in|index|indexed|inner|insert|intersect|into|is|isnull|join|left|limit|natural|not|nothing|notnull|null|on|or|order|outer|primary|references|returning|right|select|set|table|then|to|transaction|true|false|union|unique|update|using|values|when|where|window)$/i;

/** What SQLite means by names and operators. `find`: tables by their name in lower case. */
export function sqliteDialect(find: (name: string) => KnownTable | null): StatementDialect {
  return {
    fold: (name) => name.toLowerCase(),
    quote: (name) =>
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.test(name) ? name : `"${name.replaceAll('"', '""')}"`,
    find(path) {
      // Attached databases have tables of their own.
      if (path.length > 1 && path.at(-2)!.toLowerCase() !== 'main') return null;
      return find(path.at(-1)!);
    },
    isSystemColumn: (name) => /^(rowid|oid|_rowid_)$/.test(name),
    // WHERE active reads every row, index or not.
    booleans: false,
    // LIKE ignores case by default, so that an index does not serve it.
    isPrefix: ({ operator, pattern, escaped }) =>
      operator === 'glob' && !escaped && pattern.kind === 'literal' && /^'[^*?[']/.test(pattern.text),
    immutable(what, args) {
      if (what.kind === 'operator') return OPERATORS.has(what.operator) ? { type: null } : null;
      if (what.kind === 'cast') return { type: what.to };
      if (DETERMINISTIC.test(what.name)) return { type: null };
      if (/^(min|max)$/.test(what.name)) return args.length > 1 ? { type: null } : null;
      const volatile = what.constants.some((text) => text !== null && /now|local|utc|auto/i.test(text));
      return DATES.test(what.name) && args.length > 0 && !volatile ? { type: null } : null;
    },
    isRelabel: () => false,
    cast: (text, type) => `CAST(${text} AS ${type})`,
    call: (name, args) => `${name}(${args.join(', ')})`,
  };
}
