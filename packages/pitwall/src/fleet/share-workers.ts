/**
 * Deals `total` workers out to machines that give at most `capacities` of them: as evenly as the capacities allow, each at
 * least one. The shares add up to `total` exactly. Null when they cannot: more workers than all give together, or fewer than
 * machines.
 */
export function shareWorkers(total: number, capacities: readonly number[]): number[] | null {
  const sum = capacities.reduce((all, each) => all + each, 0);
  if (total > sum || total < capacities.length) return null;
  const shares = capacities.map(() => 0);
  for (let left = total; left > 0; ) {
    const open = shares.map((_, i) => i).filter((i) => shares[i]! < capacities[i]!);
    // As much to each as the smallest rest allows; the last, uneven remainder goes to the first ones.
    const step = Math.min(Math.floor(left / open.length), ...open.map((i) => capacities[i]! - shares[i]!));
    for (const i of step === 0 ? open.slice(0, left) : open) shares[i]! += Math.max(1, step);
    left -= step === 0 ? left : step * open.length;
  }
  return shares;
}
