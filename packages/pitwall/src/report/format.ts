import type { Unit } from '../model/indicator.ts';
import type { Json } from '../model/json.ts';
import { clean } from './text.ts';

/** What stands where a number could not be had. Never zero. */
export const NOTHING = '—';
const MINUS = '−';

/** Three significant digits, no trailing zeros; from 100 on whole numbers with thousands separated by commas. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (size === 0) return '0';
  if (size >= 1e15) return sign + size.toExponential(2);
  if (size >= 99.95) return sign + String(Math.round(size)).replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 2 - Math.floor(Math.log10(size));
  const text = size.toFixed(Math.min(digits, 12)).replace(/\.?0+$/, '');
  return text === '0' ? `< ${sign}0.000000000001` : sign + text;
}

const DAY = 86_400;

/** Seconds as a person says them: `840 µs`, `12.3 ms`, `1.2 s`, `3 min 20 s`, `63 days`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? MINUS : '';
  if (size === 0) return '0 s';
  if (size < 999.5e-9) return `${sign}${formatNumber(size * 1e9)} ns`;
  if (size < 999.5e-6) return `${sign}${formatNumber(size * 1e6)} µs`;
  if (size < 0.9995) return `${sign}${formatNumber(size * 1e3)} ms`;
  if (size < 119.5) return `${sign}${formatNumber(size)} s`;
  if (size >= 2 * DAY) return `${sign}${formatNumber(Math.floor(size / DAY))} days`;
  const [unit, small, smallUnit] = size < 7_170 ? ([60, 1, 's'] as const) : ([3_600, 60, 'min'] as const);
  const whole = Math.round(size / small) * small;
  const rest = (whole % unit) / small;
  return `${sign}${Math.floor(whole / unit)} ${unit === 60 ? 'min' : 'h'}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`;
}

/** Bytes in binary units: `512 B`, `12.3 KiB`, `64 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return NOTHING;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatNumber(value)} ${units[unit]}`;
}

/** A ratio 0–1 as per cent. */
export function formatPercent(ratio: number): string {
  return Number.isFinite(ratio) ? `${formatNumber(ratio * 100)} %` : NOTHING;
}

/** A value in its unit, as a person reads it; `—` for null. */
export function formatValue(value: number | null, unit: Unit): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  switch (unit) {
    case 's':
      return formatDuration(value);
    case 'By':
      return formatBytes(value);
    case 'By/s':
      return `${formatBytes(value)}/s`;
    case '1':
      return formatPercent(value);
    case '1/s':
      return `${formatNumber(value)}/s`;
    case '{count}':
      return formatNumber(value);
  }
}

const UNITS: readonly string[] = ['s', 'By', '1', '{count}', '1/s', 'By/s'] satisfies readonly Unit[];

/** Evidence and states: numbers in their unit (any word may be one), everything else as one clean line. */
export function formatJson(value: Json, unit?: string): string {
  if (typeof value === 'number') {
    if (unit !== undefined && UNITS.includes(unit)) return formatValue(value, unit as Unit);
    const text = formatNumber(value);
    return unit ? `${text} ${clean(unit)}` : text;
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return NOTHING;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return clean(unit && typeof value === 'string' ? `${text} ${unit}` : text);
}

const WORDS: Readonly<Record<Unit, readonly [less: string, more: string]>> = {
  s: ['faster', 'slower'],
  By: ['smaller', 'larger'],
  '1': ['lower', 'higher'],
  '{count}': ['fewer', 'more'],
  '1/s': ['lower', 'higher'],
  'By/s': ['lower', 'higher'],
};

/** Size and word of a change: factors from 2 on as `2.3×`, below as per cent of the value before. */
function change(ratio: number, unit: Unit): { size: string; word: string } {
  const [less, more] = WORDS[unit];
  if (!Number.isFinite(ratio) || ratio < 0) return { size: NOTHING, word: '' };
  const word = ratio < 1 ? less : more;
  if (ratio === 0) return { size: '100 %', word };
  const factor = ratio < 1 ? 1 / ratio : ratio;
  if (factor >= 2) return { size: `${formatNumber(Number(factor.toPrecision(3)))}×`, word };
  const percent = Math.abs(ratio - 1) * 100;
  return { size: `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`, word };
}

/** `2.3× faster`, `18 % slower`, `no change`; `ratio` is after/before. A time that halves is `2× faster`. */
export function formatEffect(ratio: number | null, unit: Unit): string {
  if (ratio === null) return NOTHING;
  const { size, word } = change(ratio, unit);
  return size === '0 %' ? 'no change' : `${size} ${word}`.trim();
}

/** `12× less cost`: what a planner expects. Its cost is no time, and is never said to be. */
export function formatCost(ratio: number): string {
  const { size } = change(ratio, 's');
  return size === '0 %' ? 'no change' : `${size} ${ratio < 1 ? 'less' : 'more'} cost`;
}

/** The interval of a ratio in the same words: `2.1× to 2.6× faster`, or `4 % faster to 8 % slower` across 1. */
export function formatInterval(interval: readonly [number, number] | null, unit: Unit): string {
  if (interval === null) return NOTHING;
  const [low, high] = [change(interval[0], unit), change(interval[1], unit)];
  if (low.word !== high.word) return `${low.size} ${low.word} to ${high.size} ${high.word}`;
  // Smaller effect first, whichever way it points.
  const [from, to] = interval[1] <= 1 ? [high, low] : [low, high];
  return from.size === to.size ? `${from.size} ${from.word}` : `${from.size} to ${to.size} ${to.word}`;
}

/** `2026-11-20 23:41:27 UTC`; what is not a date is shown as it came. */
export function formatInstant(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? clean(iso) : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `3 rules`, `1 rule`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
