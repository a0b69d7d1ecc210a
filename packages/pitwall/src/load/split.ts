/** Splits a whole number into `parts` shares that differ by at most one and add up to it exactly. */
export function splitEvenly(total: number, parts: number): number[] {
  const share = Math.floor(total / parts);
  const larger = total - share * parts;
  return Array.from({ length: parts }, (_, i) => share + (i < larger ? 1 : 0));
}

/**
 * How many of the indices 0 … total − 1 belong to `worker` when they are dealt out in turn. Dealing in turn keeps every
 * worker's slice as regular as the whole plan, each a step behind the other, and loses none whatever the remainder.
 */
export function dealt(total: number, worker: number, workers: number): number {
  return total <= worker ? 0 : Math.floor((total - 1 - worker) / workers) + 1;
}
