/** Numbers in comments and reports, for people. */

/** `1.5 s`, `250 ms`, `80 µs`. */
export function secondsText(seconds: number): string {
  if (seconds >= 100) return `${Math.round(seconds)} s`;
  if (seconds >= 1) return `${short(seconds)} s`;
  if (seconds >= 0.001) return `${short(seconds * 1e3)} ms`;
  if (seconds === 0) return '0 s';
  return `${short(seconds * 1e6)} µs`;
}

/** As a scenario file takes it: `1.5s`, `250ms`. Whole milliseconds, at least one. */
export function durationText(seconds: number): string {
  const ms = Math.max(1, Math.round(seconds * 1000));
  return ms % 1000 === 0 || ms >= 10_000 ? `${ms / 1000}s` : `${ms}ms`;
}

export function bytesText(bytes: number): string {
  if (bytes >= 1024 ** 2) return `${short(bytes / 1024 ** 2)} MiB`;
  if (bytes >= 1024) return `${short(bytes / 1024)} KiB`;
  return `${Math.round(bytes)} B`;
}

/** `41.2 %`, `0.03 %`. */
export function shareText(share: number): string {
  return `${short(share * 100)} %`;
}

/** Three digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `2026-11-21 02:45:53 UTC`. */
export function timeText(unixSeconds: number): string {
  const ms = unixSeconds * 1000;
  if (!(Math.abs(ms) < 8e15)) return 'an unknown time';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `1 request`, `3 requests`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}
