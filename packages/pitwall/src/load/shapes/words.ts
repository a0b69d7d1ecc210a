/** 200, 0.5, 1,000,000: up to three digits after the point. */
const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 3 });

/** `30 s`, `1 m 30 s`, `2 h`, `500 ms`. */
export function seconds(value: number): string {
  if (value < 1) return value === 0 ? '0 s' : `${number(value * 1000)} ms`;
  const rounded = Math.round(value * 1000) / 1000;
  const parts: [number, string][] = [
    [Math.floor(rounded / 3600), 'h'],
    [Math.floor((rounded % 3600) / 60), 'm'],
    [rounded % 60, 's'],
  ];
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${number(amount)} ${unit}`)
    .join(' ');
}
