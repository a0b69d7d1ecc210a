import { reasonOf } from '../errors.ts';
import type { Indicator } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import type { ConfirmRequest, Finding, Rule, RuleOutcome } from '../model/rule.ts';
import type { Target } from '../model/target.ts';
import { missingNeeds, viewOf } from './view.ts';

export interface RunRulesInput {
  readonly targets: readonly Target[];
  /** By integration id; every target gets the rules of its integration. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly observations: readonly Observation[];
  readonly indicators: readonly Indicator[];
  /** `rule-id.threshold` → value, from the configuration. Names that no rule declares have no effect here. */
  readonly thresholds: Readonly<Record<string, number>>;
}

export interface RunRulesResult {
  readonly findings: readonly Finding[];
  /** One for each rule and target, in the order they ran. */
  readonly outcomes: readonly RuleOutcome[];
  /** What rules want tried and no fact answers yet. Confirm, add the facts, run again. */
  readonly confirmRequests: readonly { readonly target: Target; readonly request: ConfirmRequest }[];
}

/**
 * Runs every rule on every target of its integration. A rule sees only what it declared; if what it needs was not measured,
 * its outcome is `no-data` and says what is missing and why; if it throws, `error` with the reason. Neither ends the run.
 */
export function runRules(input: RunRulesInput): RunRulesResult {
  const findings: Finding[] = [];
  const outcomes: RuleOutcome[] = [];
  for (const target of input.targets) {
    for (const rule of input.rules.get(target.integration) ?? []) {
      const { outcome, found } = runRule(rule, target, input);
      outcomes.push(outcome);
      findings.push(...found);
    }
  }
  return { findings, outcomes, confirmRequests: openRequests(findings, input) };
}

function runRule(
  rule: Rule,
  target: Target,
  input: RunRulesInput,
): { outcome: RuleOutcome; found: readonly Finding[] } {
  const end = (status: RuleOutcome['status'], because: string, found: readonly Finding[] = []) => ({
    outcome: { rule: rule.id, target: target.id, status, because },
    found,
  });
  const missing = missingNeeds(rule, target, input);
  if (missing.length > 0) return end('no-data', missing.join('; '));
  try {
    const result = rule.evaluate(viewOf(rule, target, input));
    if ('clear' in result) return end('clear', result.clear);
    if ('notApplicable' in result) return end('not-applicable', result.notApplicable);
    if ('notYet' in result) return end('not-yet', result.notYet);
    if (result.found.length === 0) return end('clear', 'nothing found');
    const found = result.found.map((draft): Finding => ({ ...draft, rule: rule.id, target: target.id }));
    const others = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
    return end('found', `${found[0]!.summary}${others}`, found);
  } catch (error) {
    return end('error', reasonOf(error));
  }
}

/**
 * A request is answered when a fact about its target carries its key, in one of the integration's kinds. Kinds that the rule
 * needs are no answers: those facts were there before it asked.
 */
function openRequests(findings: readonly Finding[], input: RunRulesInput): RunRulesResult['confirmRequests'] {
  const needed = new Map([...input.rules.values()].flat().map((rule) => [rule.id, rule.meta.needs.facts ?? []]));
  const open = new Map<string, { target: Target; request: ConfirmRequest }>();
  for (const { rule, target: id, confirm } of findings) {
    const target = input.targets.find((candidate) => candidate.id === id);
    if (!confirm || !target) continue;
    const kinds = `${confirm.probe.split('/')[0]}.`;
    const answered = input.observations.some(
      (observation) =>
        observation.target.id === target.id &&
        observation.facts.some(
          ({ kind, key }) => key === confirm.key && kind.startsWith(kinds) && !needed.get(rule)?.includes(kind),
        ),
    );
    const question = JSON.stringify([target.id, confirm.probe, confirm.key]);
    if (!answered && !open.has(question)) open.set(question, { target, request: confirm });
  }
  return [...open.values()];
}
