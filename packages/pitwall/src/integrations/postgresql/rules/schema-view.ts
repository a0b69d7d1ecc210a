import type { Evidence, FindingDraft, RuleResult, RuleView, Threshold } from '../../../model/rule.ts';
import { ageText, DAY } from '../../_sql/rules/age.ts';
import { factsOf } from '../facts/define.ts';
import type { CountersFact, SchemaFact, Topic } from '../facts/schema.ts';

export { ageText, unusedFor } from '../../_sql/rules/age.ts';

/** Findings of one rule that are told: with hundreds of tenants in schemas of their own the same is found in each. */
const MOST_FINDINGS = 50;

export const usualDay: Threshold = {
  value: DAY,
  unit: 's',
  source:
    'postgresqltuner warns when a server has been up for less than a day: its counters have not seen a usual day yet.',
};

/** That facts of a topic were read, or null when not: then the lack of them says nothing. */
export function wasRead(view: RuleView, topic: Topic): SchemaFact | null {
  return factsOf(view, 'postgresql.schema').get(topic) ?? null;
}

export function notRead(topic: Topic): { readonly notApplicable: string } {
  return { notApplicable: `the ${topic} could not be read in this run` };
}

export function countersOf(view: RuleView): CountersFact | null {
  return factsOf(view, 'postgresql.counters').get('') ?? null;
}

/** Why counters are too young for a question that needs `least` seconds of them, as a sentence; null when they are not. */
export function tooYoung(view: RuleView, least: number): string | null {
  const age = countersOf(view)?.age ?? null;
  if (age === null) return 'how old the counters are is not known';
  if (age >= least) return null;
  return `the counters are ${ageText(age)} old, and to judge by them takes ${ageText(least)}`;
}

/** The rule's answer when `tooYoung`: it waits, unless nobody will ever know how old the counters are. */
export function notYet(view: RuleView, young: string): RuleResult {
  return (countersOf(view)?.age ?? null) === null ? { notApplicable: young } : { notYet: young };
}

/** The most important first; what is beyond the limit is said in the evidence of the last. */
export function mostImportant(
  found: readonly { readonly weight: number; readonly finding: FindingDraft }[],
): FindingDraft[] {
  const sorted = [...found].sort((a, b) => b.weight - a.weight).map(({ finding }) => finding);
  if (sorted.length <= MOST_FINDINGS) return sorted;
  const told = sorted.slice(0, MOST_FINDINGS);
  const last = told.pop()!;
  const more: Evidence = { label: 'more of the same, not listed', value: sorted.length - MOST_FINDINGS };
  return [...told, { ...last, evidence: [...last.evidence, more] }];
}

/** `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

/** `12,345,678`. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-GB');
}

export function shareText(share: number): string {
  return `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
}
