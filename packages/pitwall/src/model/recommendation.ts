import type { ChangeDraft } from './change.ts';
import type { Advice, Confidence, Severity } from './rule.ts';

export type RecommendationStatus = 'open' | 'applied' | 'kept' | 'rolled-back' | 'failed' | 'dismissed';

/** What was done about the same advice before. */
export interface PastAdvice {
  /** ISO 8601. */
  readonly at: string;
  readonly decision: 'kept' | 'rolled-back' | 'conflict' | 'dismissed';
  /** For people, without an end: `tried on 2026-11-20: 0.98× (0.95–1.02), taken back`. */
  readonly text: string;
  /** Why it is proposed again, as sentences without an end. Empty: nothing has changed. */
  readonly newEvidence: readonly string[];
}

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
  /** `rolled-back` and `dismissed`: closed, and not proposed until there is new evidence. */
  readonly status: RecommendationStatus;
  /** Absent: it is new, or what was done is not known any more. */
  readonly past?: PastAdvice;
}
