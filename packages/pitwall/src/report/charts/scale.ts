/**
 * Positions along the horizontal axis are per cent of the chart's width and vertical ones are pixels: so a chart fits any
 * screen and its text keeps its size, without a script and without a second drawing.
 */
const FROM = 2;
const TO = 98;

export interface Scale {
  /** Position of a value; values outside the domain are drawn at its edge. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

function scale(position: (value: number) => number, ticks: readonly number[]): Scale {
  return {
    at: (value) => {
      const share = position(value);
      return round(FROM + (TO - FROM) * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)));
    },
    ticks,
  };
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const STEPS = [1, 2, 5];

/** 1, 2, 5 of every decade that reaches from below `low` to above `high`. */
function decades(low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const step of STEPS) all.push(Number((step * 10 ** exponent).toPrecision(1)));
  }
  const first = Math.max(
    0,
    all.findLastIndex((value) => value <= low * 1.000001),
  );
  const last = all.findIndex((value) => value >= high * 0.999999);
  return all.slice(first, last === -1 ? undefined : last + 1);
}

/** At most `most` of them; whole decades are kept first. */
function thin(ticks: readonly number[], most: number): readonly number[] {
  if (ticks.length <= most) return ticks;
  const whole = ticks.filter((value) => Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9));
  if (whole.length < 2) return [ticks[0]!, ticks.at(-1)!];
  const every = Math.ceil(whole.length / most);
  return whole.filter((_, i) => i % every === 0);
}

/** What a logarithmic axis can show: positive, and within what durations and ratios can be. */
function drawable(values: readonly number[]): readonly number[] {
  return values
    .filter((value) => value > 0 && Number.isFinite(value))
    .map((value) => Math.min(1e9, Math.max(1e-9, value)));
}

/** Logarithmic, over values > 0, widened to round numbers; others are ignored. Without any: 1 ms to 1 s. */
export function logScale(values: readonly number[], mostTicks = 6): Scale {
  const usable = drawable(values);
  const low = usable.length > 0 ? Math.min(...usable) : 0.001;
  const high = usable.length > 0 ? Math.max(...usable) : 1;
  let ticks = decades(low, high);
  if (ticks.length < 2) ticks = decades(low / 2, high * 2);
  const [start, end] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)];
  return scale((value) => (value > 0 ? (Math.log(value) - start) / (end - start) : 0), thin(ticks, mostTicks));
}

/** Logarithmic around 1, for ratios: 1 is always on it, and it ends at the outermost value with a little room. */
export function ratioScale(values: readonly number[]): Scale {
  const usable = drawable(values);
  const low = Math.min(0.9, ...usable) * 0.94;
  const high = Math.max(1.1, ...usable) * 1.06;
  const [start, end] = [Math.log(low), Math.log(high)];
  const candidates = [
    0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 5, 10, 20, 50,
    100, 1_000, 10_000,
  ];
  const inside = candidates.filter((value) => value >= low && value <= high);
  return scale((value) => (value > 0 ? (Math.log(value) - start) / (end - start) : 0), spaced(inside, start, end));
}

/** Those that keep a distance of at least a seventh of the axis from each other; 1 always stays. */
function spaced(ticks: readonly number[], start: number, end: number): readonly number[] {
  const kept = [1];
  const far = (value: number): boolean =>
    kept.every((other) => Math.abs(Math.log(value) - Math.log(other)) >= (end - start) / 7);
  for (const value of ticks.toSorted((a, b) => roundness(a) - roundness(b))) if (far(value)) kept.push(value);
  return kept.toSorted((a, b) => a - b);
}

/** Powers of ten first, then 2 and 5, then the rest. */
function roundness(value: number): number {
  const digit = Number(value.toExponential(0).slice(0, 1));
  const exact = Math.abs(Number(value.toPrecision(1)) - value) < 1e-9;
  return exact ? (digit === 1 ? 0 : digit === 2 || digit === 5 ? 1 : 2) : 3;
}

/** From 0 to the next round number. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= value * 0.999999) ?? 10;
  return factor * unit;
}
