import { printable } from '../errors.ts';
import type { Indicator } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import type { Rule, RuleView } from '../model/rule.ts';
import type { Target } from '../model/target.ts';

interface Seen {
  readonly observations: readonly Observation[];
  readonly indicators: readonly Indicator[];
  readonly thresholds: Readonly<Record<string, number>>;
}

/**
 * What a rule may see of a target. Asking for a kind of fact, or a threshold, that its meta does not declare throws: otherwise
 * the documentation generated from meta would be wrong, and missing data would pass for a clean bill of health.
 */
export function viewOf(rule: Rule, target: Target, { observations, indicators, thresholds }: Seen): RuleView {
  const declared = new Set([...(rule.meta.needs.facts ?? []), ...(rule.meta.uses?.facts ?? [])]);
  const declaredOnly = (kind: string): void => {
    if (!declared.has(kind)) {
      throw new Error(
        `rule ${rule.id} reads facts of kind ${kind}, which its meta declares neither in needs nor in uses`,
      );
    }
  };
  const factsOf = (from: readonly Observation[], kind: string) =>
    from.flatMap(({ facts }) => facts.filter((fact) => fact.kind === kind));
  return {
    target,
    facts(kind) {
      declaredOnly(kind);
      return factsOf(own(observations, target), kind);
    },
    allFacts(kind) {
      declaredOnly(kind);
      return factsOf(observations, kind);
    },
    indicators(name) {
      return indicators.filter((indicator) => indicator.target === target.id && indicator.name === name);
    },
    threshold(name) {
      const threshold = Object.hasOwn(rule.meta.thresholds, name) ? rule.meta.thresholds[name] : undefined;
      if (!threshold) throw new Error(`rule ${rule.id} reads the threshold ${name}, which its meta does not declare`);
      const key = `${rule.id}.${name}`;
      return (Object.hasOwn(thresholds, key) ? thresholds[key] : undefined) ?? threshold.value;
    },
  };
}

/** One sentence for each need of a rule that the run did not meet, with the reason where one is known. */
export function missingNeeds(rule: Rule, target: Target, { observations, indicators }: Seen): string[] {
  const seen = own(observations, target);
  const facts = (rule.meta.needs.facts ?? []).filter((kind) => {
    // A kind of the target's own integration has to be about this target; others (`load.endpoint`) come from elsewhere.
    const from = kind.startsWith(`${target.integration}.`) ? seen : observations;
    return !from.some((observation) => observation.facts.some((fact) => fact.kind === kind));
  });
  const missing = (rule.meta.needs.indicators ?? []).flatMap((name) => {
    const named = indicators.filter((indicator) => indicator.target === target.id && indicator.name === name);
    if (named.some(({ value }) => value !== null)) return [];
    const because = named.find((indicator) => indicator.because !== undefined)?.because;
    return [printable(`${name} is missing: ${because ?? whyMissing(name, seen)}`)];
  });
  return [...facts.map((kind) => printable(`${kind} is missing: ${whyMissing(kind, seen)}`)), ...missing];
}

function whyMissing(name: string, seen: readonly Observation[]): string {
  const gap = seen
    .flatMap(({ gaps }) => gaps)
    .find(({ what }) => what === name || name.startsWith(`${what}.`) || what.startsWith(`${name}.`));
  if (gap) return gap.why;
  const failures = seen.flatMap(({ collector, failure }) => (failure ? [{ collector, message: failure.message }] : []));
  if (failures.length === 0) return 'nothing in this run reported it';
  return failures
    .map(({ collector, message }) => (message.includes(collector) ? message : `${collector}: ${message}`))
    .map((reason) => reason.replace(/\.$/, ''))
    .join(', ');
}

function own(observations: readonly Observation[], target: Target): Observation[] {
  return observations.filter((observation) => observation.target.id === target.id);
}
