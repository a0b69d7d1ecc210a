/**
 * The chance that a client has to wait for one of `size` connections when `held` are in use on average (Little's law: calls a second
 * × seconds that each holds a connection): Erlang's C formula, for calls that come at random. 1 where all are in use always.
 * A. K. Erlang, 1917; https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula
 */
export function waitChance(size: number, held: number): number {
  if (held <= 0) return 0;
  if (size <= held) return 1;
  // Erlang B by its recursion, which does not overflow.
  let lost = 1;
  for (let n = 1; n <= size; n++) lost = (held * lost) / (n + held * lost);
  return lost / (1 - (held / size) * (1 - lost));
}

/** Smallest number of connections with which at most that share of the calls waits for one. */
export function poolSizeFor(held: number, share: number): number {
  let size = Math.max(1, Math.ceil(held));
  while (waitChance(size, held) > share) size++;
  return size;
}
