import type { ChangeDraft } from './change.ts';
import type { Advice, Confidence, Severity } from './rule.ts';

export type RecommendationStatus = 'open' | 'applied' | 'kept' | 'rolled-back' | 'failed' | 'dismissed';

/** What to do about findings: changes Pitwall can make, or advice for a person. */
export interface Recommendation {
  /** Stable over runs: derived from rule, target and subject. */
  readonly id: string;
  readonly target: string;
  readonly title: string;
  readonly rules: readonly string[];
  readonly subjects: readonly string[];
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Larger is more worthwhile; how it is computed is in diagnose/rank.ts. */
  readonly score: number;
  readonly changes: readonly ChangeDraft[];
  readonly advice?: Advice;
  readonly status: RecommendationStatus;
}
