import type { SettingFact } from '../facts/server.ts';

/** Bytes and seconds. https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400 };

/** Of pg_settings.unit (`8kB`, `ms`): what amounts of it are in. */
export function settingUnit(unit: string | null): SettingFact['unit'] {
  const base = unit?.replace(/^\d+/, '') ?? '';
  return base in BYTES ? 'By' : base in SECONDS ? 's' : null;
}

/** A value of pg_settings as bytes, seconds or plain number; words as they are. −1 means something else than an amount, and stays. */
export function amountOf(
  value: string,
  { type, unit }: { readonly type: string; readonly unit: string | null },
): number | string {
  if (type !== 'integer' && type !== 'real') return value;
  const number = Number(value);
  if (unit === null || number === -1) return number;
  const [, count, base] = /^(\d*)(\D+)$/.exec(unit) ?? [];
  return number * Number(count === '' || count === undefined ? 1 : count) * (BYTES[base!] ?? SECONDS[base!] ?? 1);
}

/** `128MB`, as ALTER SYSTEM takes it: whole megabytes, rounded down; at least one. */
export function memoryText(bytes: number): string {
  const megabytes = Math.max(1, Math.floor(bytes / 2 ** 20));
  return megabytes >= 1024 && megabytes % 1024 === 0 ? `${megabytes / 1024}GB` : `${megabytes}MB`;
}

/** Two digits that matter: a start value of 1,987 MB would look as if it were known better than it is. */
export function roundMemory(bytes: number): number {
  const step = 2 ** Math.max(20, Math.floor(Math.log2(Math.max(1, bytes))) - 3);
  return Math.max(step, Math.floor(bytes / step) * step);
}
