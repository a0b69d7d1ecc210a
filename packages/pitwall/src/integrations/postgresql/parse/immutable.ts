/**
 * What an index may be made of: functions, operators and casts of PostgreSQL that are IMMUTABLE for these types, by
 * pg_proc.provolatile and pg_cast of versions 13 to 18. What is not listed is not used.
 */
type Types = readonly (string | null)[];
type Result = { readonly type: string | null } | null;

const TEXT = /^(text|character varying(\(\d+\))?|character(\(\d+\))?|citext|name|unknown)$/;
const NUMBER = /^(smallint|integer|bigint|numeric(\([\d,]+\))?|real|double precision|number)$/;
const JSON_TYPE = /^jsonb?$/;
/** Without a time zone: what it means does not depend on who asks. */
const PLAIN_TIME = /^(timestamp(\(\d\))? without time zone|time(\(\d\))? without time zone|interval)$/;
const ZONED = /^timestamp(\(\d\))? with time zone$/;

const TEXT_TO_TEXT =
  /^(lower|upper|initcap|reverse|md5|btrim|ltrim|rtrim|replace|translate|split_part|substring|substr|left|right|lpad|rpad|repeat|regexp_replace)$/;
const TEXT_TO_INTEGER = /^(length|char_length|character_length|octet_length|bit_length|ascii|strpos|position)$/;
const NUMERIC = /^(abs|floor|ceil|ceiling|round|trunc|sign|mod|sqrt|power|exp|ln)$/;
const SAME = /^(coalesce|nullif|greatest|least)$/;

export function immutableCall(name: string, args: Types, constants: readonly (string | null)[]): Result {
  const every = (pattern: RegExp) => args.length > 0 && args.every((type) => type !== null && pattern.test(type));
  const textThenNumbers = args.every((type) => type !== null && (TEXT.test(type) || NUMBER.test(type)));
  if (TEXT_TO_TEXT.test(name)) return isText(args[0]) && textThenNumbers ? { type: 'text' } : null;
  if (TEXT_TO_INTEGER.test(name)) return every(TEXT) ? { type: 'integer' } : null;
  if (NUMERIC.test(name)) return every(NUMBER) ? { type: NUMBER.test(args[0] ?? '') ? args[0]! : 'numeric' } : null;
  // The values are compared: text against text, number against number, so that no cast comes in.
  if (SAME.test(name)) {
    const kind = [TEXT, NUMBER, PLAIN_TIME].find((pattern) => every(pattern));
    return kind === undefined ? null : { type: args.find((type) => type !== 'unknown' && type !== 'number') ?? null };
  }
  if (/^jsonb?_extract_path(_text)?$/.test(name)) {
    if (!JSON_TYPE.test(args[0] ?? '') || !args.slice(1).every(isText)) return null;
    return { type: name.endsWith('_text') ? 'text' : (args[0] ?? null) };
  }
  if (/^jsonb?_(typeof|array_length)$/.test(name)) {
    return JSON_TYPE.test(args[0] ?? '') ? { type: name.endsWith('typeof') ? 'text' : 'integer' } : null;
  }
  if (name === 'date_trunc') {
    return args.length === 2 && constants[0] !== null && PLAIN_TIME.test(args[1] ?? '') ? { type: args[1]! } : null;
  }
  if (name === 'extract' || name === 'date_part') {
    if (constants[0] === null || !(PLAIN_TIME.test(args[1] ?? '') || args[1] === 'date')) return null;
    return { type: name === 'extract' ? 'numeric' : 'double precision' };
  }
  if (name === 'timezone' && args.length === 2 && constants[0] !== null && args[0] === 'unknown') {
    if (ZONED.test(args[1] ?? '')) return { type: 'timestamp without time zone' };
    return /^timestamp(\(\d\))? without/.test(args[1] ?? '') ? { type: 'timestamp with time zone' } : null;
  }
  return null;
}

export function immutableOperator(operator: string, args: Types): Result {
  const every = (pattern: RegExp) => args.every((type) => type !== null && pattern.test(type));
  if (/^(->|#>)$/.test(operator)) return JSON_TYPE.test(args[0] ?? '') ? { type: args[0]! } : null;
  if (/^(->>|#>>)$/.test(operator)) return /^(jsonb?|hstore)$/.test(args[0] ?? '') ? { type: 'text' } : null;
  if (operator === '||') return every(TEXT) && args.some((type) => type !== 'unknown') ? { type: 'text' } : null;
  if (/^[-+*/%]$/.test(operator)) {
    return every(NUMBER) ? { type: args.find((type) => type !== 'number') ?? 'numeric' } : null;
  }
  return null;
}

/** Text that becomes one of these is read alike in every session; dates and times are not (DateStyle, TimeZone). */
const READ_ALIKE = /^(smallint|integer|bigint|numeric(\([\d,]+\))?|real|double precision|boolean|uuid|jsonb?)$/;
const WRITTEN_ALIKE = /^(smallint|integer|bigint|numeric(\([\d,]+\))?|boolean|uuid|jsonb?)$/;

export function immutableCast(from: string | null, to: string): boolean {
  if (from === null) return false;
  if (TEXT.test(to)) return TEXT.test(from) || WRITTEN_ALIKE.test(from);
  if (TEXT.test(from)) return READ_ALIKE.test(to);
  if (NUMBER.test(from)) return NUMBER.test(to) || (from === 'integer' && to === 'boolean');
  if (JSON_TYPE.test(from)) return NUMBER.test(to) || to === 'boolean' || JSON_TYPE.test(to);
  if (from === 'boolean') return to === 'integer';
  if (/^timestamp(\(\d\))? without/.test(from)) return to === 'date' || /^time(stamp)?(\(\d\))? without/.test(to);
  return from === 'date' && /^timestamp(\(\d\))? without/.test(to);
}

function isText(type: string | null | undefined): boolean {
  return type !== null && type !== undefined && TEXT.test(type);
}
