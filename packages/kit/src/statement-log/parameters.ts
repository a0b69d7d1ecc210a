import type { Settings, SqlValue } from './options.ts';

/** Characters of a set as JSON, and values in it: a larger one is not worth its place. */
const LONGEST = 4000;
const MOST = 200;

type Plain = string | number | boolean | null;

/**
 * A call's parameters as JSON: a list, or an object of the named ones without their signs. Null where they cannot be told: bytes,
 * names and places mixed, too long, or `redact` failed. Never throws.
 */
export function parametersJson(args: readonly unknown[], redact: Settings['redact'], text: string): string | null {
  if (redact === true) return null;
  try {
    const json = JSON.stringify(set(args, redact === false ? null : redact, text));
    return json.length > LONGEST ? null : json;
  } catch {
    return null;
  }
}

type Redact = Exclude<Settings['redact'], boolean>;

function set(args: readonly unknown[], redact: Redact | null, text: string): Plain[] | Record<string, Plain> {
  const [first] = args;
  if (args.length === 1 && isNamed(first)) {
    const entries = Object.entries(first);
    if (entries.length > MOST) throw new RangeError('too many');
    return Object.fromEntries(
      entries.map(([name, value]) => {
        const bare = name.replace(/^[:@$]/, '');
        return [bare, plain(redact ? redact(value as SqlValue, { parameter: bare, text }) : value)];
      }),
    );
  }
  // better-sqlite3 takes lists of values, too.
  const values = args.flatMap((arg) => (Array.isArray(arg) ? arg : [arg]));
  if (values.length > MOST) throw new RangeError('too many');
  return values.map((value, i) => plain(redact ? redact(value, { parameter: i + 1, text }) : value));
}

function isNamed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function plain(value: unknown): Plain {
  switch (typeof value) {
    case 'string':
      if (value.length > LONGEST) throw new RangeError('too long');
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError('JSON has no such number');
      return value;
    case 'bigint':
      // A column of integers takes such a text for the number.
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    default:
      if (value === null) return null;
      throw new TypeError('bytes, or names and places mixed');
  }
}
