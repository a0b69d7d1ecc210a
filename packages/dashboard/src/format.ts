import type { Unit } from '../../pitwall/src/model/indicator.ts';

/** Seconds and bytes in the largest unit that leaves at least 1. */
function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  const [size, unit] = steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1)!;
  return `${round(value / size)} ${unit}`;
}

function round(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

const SECONDS = [
  [172_800, 'days'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
] as const;
const BYTES = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
  [1, 'B'],
] as const;

/** A value in its unit; `—` where there is none, which is not zero. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '—';
  if (unit === 's') return value >= 172_800 ? `${Math.floor(value / 86_400)} days` : scaled(value, SECONDS);
  if (unit === 'By') return scaled(value, BYTES);
  if (unit === 'By/s') return `${scaled(value, BYTES)}/s`;
  if (unit === '1') return `${round(value * 100)} %`;
  return unit === '1/s' ? `${round(value)}/s` : round(value);
}

/** `0.43× (0.4–0.47)`: after/before with its interval. */
export function formatRatio(ratio: number | null, interval: readonly [number, number] | null): string {
  if (ratio === null) return '—';
  return interval === null ? `${round(ratio)}×` : `${round(ratio)}× (${round(interval[0])} to ${round(interval[1])})`;
}
