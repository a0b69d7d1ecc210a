import type { Evidence, RuleView } from '../../model/rule.ts';

/** The value of an indicator that has no labels; null when it was not measured. */
export function measuredValue(view: RuleView, name: string): number | null {
  return view.indicators(name).find((indicator) => indicator.value !== null)?.value ?? null;
}

/** 0.853 → `85 %`; small shares keep a digit, so that 0.4 % does not read as none. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** Evidence from indicators, those that were not measured named as such: what is missing belongs to the evidence. */
export function evidenceOf(
  view: RuleView,
  wanted: readonly (readonly [label: string, indicator: string])[],
): Evidence[] {
  return wanted.map(([label, name]) => {
    const indicator = view.indicators(name).find((candidate) => candidate.value !== null);
    return indicator ? { label, value: indicator.value, unit: indicator.unit } : { label, value: 'not measured' };
  });
}
