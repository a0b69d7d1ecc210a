/** A time in which Pitwall itself put load on the service, for a trial. Epoch seconds. */
export interface OwnWindow {
  readonly from: number;
  readonly to: number;
}

/** What ran in such times and is left out of a workload. */
export interface OwnLoad {
  readonly calls: number;
  /** Of these calls. */
  readonly seconds: number;
  /** The times together: seconds. */
  readonly window: number;
}

/** In order, and none within another. */
export function inOrder(windows: readonly OwnWindow[]): readonly OwnWindow[] {
  const joined: OwnWindow[] = [];
  for (const window of windows.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && window.from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, window.to) };
    else joined.push(window);
  }
  return joined;
}

/** Whether one of the windows, which are `inOrder`, has that moment. Quick: it is asked for every line of a log. */
export function isWithin(windows: readonly OwnWindow[], at: number): boolean {
  let [low, high] = [0, windows.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const { from, to } = windows[middle]!;
    if (at < from) high = middle - 1;
    else if (at > to) low = middle + 1;
    else return true;
  }
  return false;
}

/** Seconds of a time that windows, which are `inOrder`, have of it. */
export function overlapOf(windows: readonly OwnWindow[], begin: number, end: number): number {
  return windows.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, end) - Math.max(from, begin)), 0);
}
