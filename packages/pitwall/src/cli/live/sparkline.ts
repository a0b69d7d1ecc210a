const BARS = '▁▂▃▄▅▆▇█';

/**
 * One character a value, from zero to the highest (or to `top`, where that is higher); a space where there is none. At most the
 * last `width` of them.
 */
export function sparkline(values: readonly (number | null)[], width: number, top = 0): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const most = Math.max(top, ...shown.filter((value) => value !== null && Number.isFinite(value)).map(Number));
  return shown
    .map((value) => {
      if (value === null || !Number.isFinite(value) || value < 0) return ' ';
      const step = most > 0 ? Math.round((value / most) * (BARS.length - 1)) : 0;
      return BARS[step];
    })
    .join('');
}
