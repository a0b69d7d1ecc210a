import { recommend } from '../diagnose/recommend.ts';
import { runRules } from '../diagnose/run-rules.ts';
import { deriveIndicators } from '../judge/indicators.ts';
import { judge } from '../judge/verdicts.ts';
import type { Indicator, Objective, Verdict } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { ConfirmRequest, Finding, RuleOutcome } from '../model/rule.ts';
import type { Target } from '../model/target.ts';
import type { Catalogue } from './session.ts';

export interface Assessment {
  readonly indicators: readonly Indicator[];
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleOutcome[];
  readonly recommendations: readonly Recommendation[];
  /** What rules want tried out before they are sure. */
  readonly confirmRequests: readonly { readonly target: Target; readonly request: ConfirmRequest }[];
}

/** Observations → indicators → verdicts, findings, recommendations. Pure: the same for a live run and for a saved one. */
export function assess(input: {
  readonly targets: readonly Target[];
  readonly observations: readonly Observation[];
  readonly catalogue: Catalogue;
  readonly objectives: readonly Objective[];
  readonly thresholds: Readonly<Record<string, number>>;
}): Assessment {
  const { targets, observations, catalogue, objectives, thresholds } = input;
  const indicators = deriveIndicators(observations, catalogue.definitions);
  const verdicts = judge(indicators, objectives, catalogue.definitions, observations);
  const diagnosis = runRules({ targets, rules: catalogue.rules, observations, indicators, thresholds });
  return {
    indicators,
    verdicts,
    findings: diagnosis.findings,
    rules: diagnosis.outcomes,
    recommendations: recommend(diagnosis.findings, indicators),
    confirmRequests: diagnosis.confirmRequests,
  };
}

/** For reports of what is no assessment: nothing was judged, nothing diagnosed. */
export const NOTHING_ASSESSED = {
  indicators: [],
  verdicts: [],
  findings: [],
  rules: [],
  recommendations: [],
  confirmRequests: [],
} as const satisfies Assessment;
