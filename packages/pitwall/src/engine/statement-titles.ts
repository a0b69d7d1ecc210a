import type { Observation } from '../model/observation.ts';

/**
 * Texts of statements by the ids that indicators carry as labels, for a person who cannot read a fingerprint. Every integration
 * with a workload tells them as facts of kind `<integration>.statement`, without values: the key is the id, `text` what it is.
 */
export function statementTitles(
  observations: readonly Observation[],
): (target: string, statement: string) => string | null {
  const titles = new Map<string, string>();
  for (const { target, facts } of observations) {
    for (const { kind, key, value } of facts) {
      if (kind !== `${target.integration}.statement`) continue;
      const text = (value as { readonly text?: unknown } | null)?.text;
      if (typeof text === 'string' && text !== '') titles.set(JSON.stringify([target.id, key]), text);
    }
  }
  return (target, statement) => titles.get(JSON.stringify([target, statement])) ?? null;
}
