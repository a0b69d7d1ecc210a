import { changeKey, recommendationId } from '../diagnose/identity.ts';
import type { ChangeDraft, Outcome } from '../model/change.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { Store } from '../model/store.ts';

/** Remembers what became of a change, under the id that a recommendation of this change alone has. */
export async function rememberOutcome(store: Store, { change, decision, because }: Outcome): Promise<void> {
  await store.setRecommendationStatus(
    identityOf(change.target, change),
    decision === 'kept' ? 'kept' : 'rolled-back',
    because,
  );
}

/**
 * Recommendations with what earlier runs did about them. A change that was kept and is recommended again is open: its rule
 * has found the state anew (statistics grow stale, an index can be dropped by somebody).
 */
export function withStatus(recommendations: readonly Recommendation[], store: Store): Promise<Recommendation[]> {
  return Promise.all(
    recommendations.map(async (recommendation) => {
      const ids = [
        recommendation.id,
        ...recommendation.changes.map((change) => identityOf(recommendation.target, change)),
      ];
      const statuses = await Promise.all(ids.map((id) => store.recommendationStatus(id)));
      const status = statuses.find((known) => known !== null && known !== 'kept' && known !== 'open');
      return status ? { ...recommendation, status } : recommendation;
    }),
  );
}

function identityOf(target: string, change: ChangeDraft): string {
  return recommendationId(changeKey(target, change));
}
