import { PitwallError } from '../errors.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { Store } from '../model/store.ts';

/** Runs that are looked through, newest first. */
const RUNS = 200;

/**
 * The recommendation with this id, or with the only id that begins so, as the newest run that has it gave it.
 * @throws PitwallError RECOMMENDATION_UNKNOWN, RECOMMENDATION_AMBIGUOUS
 */
export async function recommendationIn(store: Store, wanted: string): Promise<Recommendation> {
  for (const { id: run } of await store.listRuns({ limit: RUNS })) {
    const report = await store.loadReport(run);
    const exact = report?.recommendations.find(({ id }) => id === wanted);
    if (exact) return exact;
    const found = report?.recommendations.filter(({ id }) => id.startsWith(wanted)) ?? [];
    if (found.length > 1) {
      throw new PitwallError('RECOMMENDATION_AMBIGUOUS', { wanted, found: found.map(({ id }) => id).join(', ') });
    }
    if (found[0]) return found[0];
  }
  throw new PitwallError('RECOMMENDATION_UNKNOWN', { wanted });
}
