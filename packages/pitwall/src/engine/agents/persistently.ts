import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '../../fleet/database.ts';
import type { Timing } from '../../fleet/timing.ts';

/** Tries again while the store is away, as long as agents wait for their coordinator: two leases. */
export async function persistently<T>(work: () => Promise<T>, { lease, heartbeat }: Timing): Promise<T> {
  const until = performance.now() + 2 * lease * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || performance.now() > until) throw error;
      await sleep(heartbeat * 1000);
    }
  }
}
