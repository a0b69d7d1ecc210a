import type { Indicator, Unit } from '../model/indicator.ts';
import type { Confidence, Finding, Severity } from '../model/rule.ts';
import { labelsInclude } from '../stats/labels.ts';

/** Points of a finding by severity: what is critical comes before what merely pays, unless it pays very well. [judgement] */
const SEVERITY: Readonly<Record<Severity, number>> = { critical: 50, warning: 25, info: 10 };
/** A finding we are not sure of is worth its points times the chance that it is true. [judgement] */
const CONFIDENCE: Readonly<Record<Confidence, number>> = { high: 1, medium: 0.7, low: 0.4 };
/** Points for getting rid of all that the run's most expensive indicator costs. */
const SAVING = 45;
/** Share of the run's cost assumed for a saving whose indicator was not measured. [judgement] */
const UNMEASURED_SHARE = 0.25;
/**
 * Work that waits is lost, a resource that is busy may just be well used: between equals, stall (PSI, `.pressure`) comes before
 * utilisation. Source: B. Gregg, "The USE method" and PSI's own documentation
 * (https://docs.kernel.org/accounting/psi.html); DESIGN: bottlenecks are ranked by attributed time, stall, demand.
 */
const STALL = 5;
const BUSY = 2;

/**
 * Scores findings, 0–100, larger is more worthwhile, in the order given:
 *
 *     confidence × (severity + 45 × saving × share + stall)
 *
 * `saving` is what the rule expects to gain, 1 − expectedRatio (0–1). `share` is the attributed cost of the indicator it names,
 * value × count (for a duration: the seconds that requests or queries spent in it), over the largest attributed cost in that unit
 * among all findings: half of a query that runs all the time is worth more than all of one that runs once.
 */
export function scoreFindings(findings: readonly Finding[], indicators: readonly Indicator[]): number[] {
  const costs = findings.map((finding) => attributed(finding, indicators));
  const largest = new Map<Unit, number>();
  for (const cost of costs) if (cost) largest.set(cost.unit, Math.max(largest.get(cost.unit) ?? 0, cost.amount));
  return findings.map((finding, i) => {
    const cost = costs[i];
    const most = cost ? largest.get(cost.unit)! : 0;
    const share = cost && most > 0 ? cost.amount / most : UNMEASURED_SHARE;
    const saving = Math.min(1, Math.max(0, 1 - (finding.impact?.expectedRatio ?? 1)));
    const points = SEVERITY[finding.severity] + SAVING * saving * share + stall(finding);
    return Math.round(CONFIDENCE[finding.confidence] * points * 10) / 10;
  });
}

function attributed(
  { impact, target }: Finding,
  indicators: readonly Indicator[],
): { unit: Unit; amount: number } | null {
  if (!impact) return null;
  // The impact may be seen elsewhere than where the fault is (a query's endpoint): this target's own indicator goes first.
  const matching = indicators.filter(
    (indicator) =>
      indicator.name === impact.indicator && indicator.value !== null && labelsInclude(indicator.labels, impact.labels),
  );
  const own = matching.filter((indicator) => indicator.target === target);
  const chosen = own.length > 0 ? own : matching;
  if (chosen.length === 0) return null;
  const amount = chosen.reduce((sum, { value, count }) => sum + Math.abs(value ?? 0) * Math.max(1, count), 0);
  return { unit: chosen[0]!.unit, amount };
}

function stall({ impact }: Finding): number {
  if (!impact) return 0;
  if (/\.pressure(\.|$)/.test(impact.indicator)) return STALL;
  return /\.utilization(\.|$)/.test(impact.indicator) ? BUSY : 0;
}
