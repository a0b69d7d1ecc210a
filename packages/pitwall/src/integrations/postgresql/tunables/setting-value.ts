/** A setting's value as a number of its unit; what has no number stands for itself. */
interface SettingType {
  /** pg_settings.vartype */
  readonly type: string;
  /** pg_settings.unit: `8kB`, `ms` …; null: none. */
  readonly unit: string | null;
}

/** Bytes, and milliseconds. https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
const MEMORY: Readonly<Record<string, number>> = { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const TIME: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The same text for equal values: `128MB` and `16384` of a setting in blocks of 8 kB are both `16384`; `on`, `yes` and `1` are
 * `on`. Null when the text is no value of that type.
 */
export function canonicalValue(text: string, { type, unit }: SettingType): string | null {
  const trimmed = text.trim();
  if (type === 'bool') return boolOf(trimmed);
  if (type === 'enum') return boolOf(trimmed) ?? trimmed.toLowerCase();
  if (type !== 'integer' && type !== 'real') return text;
  const match = /^([-+]?(?:0x[0-9a-f]+|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+))\s*([a-z]*)$/i.exec(trimmed);
  if (!match) return null;
  const factor = factorOf(match[2]!, unit);
  if (factor === null) return null;
  const value = Number(match[1]) * factor;
  if (!Number.isFinite(value)) return null;
  // The server rounds to the unit, but for real numbers.
  return String(type === 'integer' ? Math.round(value) : Number(value.toPrecision(12)));
}

/** Long forms and their beginnings, as the server takes them: `t`, `tr` … and `of`, but not `o`. */
function boolOf(text: string): 'on' | 'off' | null {
  const lower = text.toLowerCase();
  if (lower === '1' || lower === 'on') return 'on';
  if (lower === '0' || lower === 'off' || lower === 'of') return 'off';
  if (lower !== '' && ('true'.startsWith(lower) || 'yes'.startsWith(lower))) return 'on';
  if (lower !== '' && ('false'.startsWith(lower) || 'no'.startsWith(lower))) return 'off';
  return null;
}

/** How many of the setting's unit one of the written unit is; null when it does not fit. */
function factorOf(written: string, unit: string | null): number | null {
  if (written === '') return 1;
  if (unit === null) return null;
  const [, count, base] = /^(\d*)([a-zA-Z]+)$/.exec(unit) ?? [];
  const scale = [MEMORY, TIME].find((units) => base !== undefined && base in units);
  if (scale === undefined || !(written in scale)) return null;
  return scale[written]! / (scale[base!]! * (count === '' ? 1 : Number(count)));
}
