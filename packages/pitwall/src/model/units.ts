import type { Unit } from './indicator.ts';

/**
 * Numbers as people write them: `500ms`, `64MiB`, `80%`. Inside everything is SI: seconds, bytes, ratios 0–1.
 * All functions return null for text that is not such a number; none of them guesses a unit that is not there.
 */

/** Divisors for parts of a second (200 / 1000 is exactly 0.2; 200 × 0.001 is not), factors for the rest. */
const BELOW_SECOND: Readonly<Record<string, number>> = { ns: 1e9, us: 1e6, µs: 1e6, μs: 1e6, ms: 1e3 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const NUMBER = String.raw`(?:\d+(?:\.\d+)?|\.\d+)`;
/** Both Unicode micro signs: U+00B5 (keyboards) and U+03BC (Greek letter, what NFKC makes of it). */
const DURATION_PART = new RegExp(String.raw`(${NUMBER})\s*(ns|us|[µμ]s|ms|s|m|h|d)\s*`, 'y');
const SIZE = new RegExp(String.raw`^(${NUMBER})\s*([kmgt]?i?b)$`, 'i');
const RATIO = new RegExp(String.raw`^(${NUMBER})\s*(%?)$`);
const PLAIN = new RegExp(String.raw`^-?${NUMBER}(?:e[+-]?\d{1,3})?$`, 'i');

/** No number anyone means is longer; keeps hostile text from costing time. */
const MAX_LENGTH = 64;

/** `500ms`, `2s`, `1m30s`, `1.5h`, `0` → seconds, ≥ 0. Units ns, us/µs, ms, s, m, h, d; combined ones go from large to small. */
export function parseDuration(text: string): number | null {
  const trimmed = clean(text);
  if (trimmed === '0') return 0;
  if (trimmed === '') return null;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  DURATION_PART.lastIndex = 0;
  while (DURATION_PART.lastIndex < trimmed.length) {
    const match = DURATION_PART.exec(trimmed);
    if (!match) return null;
    const value = Number(match[1]);
    const unit = match[2]!;
    const divisor = BELOW_SECOND[unit];
    const scale = divisor ? 1 / divisor : SECONDS[unit]!;
    if (scale >= previous) return null;
    previous = scale;
    total += divisor ? value / divisor : value * scale;
  }
  return Number.isFinite(total) ? total : null;
}

/** `512B`, `64kB`, `64MiB`, `1.5GiB`, `0` → whole bytes, ≥ 0. Case does not matter; `k` is 1000, `Ki` is 1024. */
export function parseSize(text: string): number | null {
  const trimmed = clean(text);
  if (trimmed === '0') return 0;
  const match = SIZE.exec(trimmed);
  const factor = match ? BYTES[match[2]!.toLowerCase()] : undefined;
  if (!match || factor === undefined) return null;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** `80%` → 0.8, `0.8` → 0.8. Not limited to 1: a tolerance or a growth may be more than the whole. */
export function parseRatio(text: string): number | null {
  const match = RATIO.exec(clean(text));
  if (!match) return null;
  const value = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return Number.isFinite(value) ? value : null;
}

/** A number in an indicator's unit: `200ms` for `s`, `64MiB` for `By`, `80%` for `1`, `150/s` for `1/s`, `12` for `{count}`. */
export function parseQuantity(text: string, unit: Unit): number | null {
  switch (unit) {
    case 's':
      return parseDuration(text);
    case 'By':
      return parseSize(text);
    case '1':
      return parseRatio(text);
    case '{count}':
      return parsePlain(text);
    case '1/s':
      return parsePlain(withoutPerSecond(text));
    case 'By/s':
      return parseSize(withoutPerSecond(text));
  }
}

/** What a person may write for a unit, to end the sentence "expected …". */
export function describeUnit(unit: Unit): string {
  switch (unit) {
    case 's':
      return 'a duration such as 500ms or 2s';
    case 'By':
      return 'a size such as 64MiB or 10kB';
    case '1':
      return 'a ratio such as 80% or 0.8';
    case '{count}':
      return 'a number';
    case '1/s':
      return 'a rate such as 150 or 150/s';
    case 'By/s':
      return 'a data rate such as 10MB/s';
  }
}

function parsePlain(text: string): number | null {
  const trimmed = clean(text);
  if (!PLAIN.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

function withoutPerSecond(text: string): string {
  return text.trim().replace(/\s*\/\s*s$/, '');
}

function clean(text: string): string {
  return text.length > MAX_LENGTH ? '' : text.trim();
}
