import type { JsonObject } from '../../../model/json.ts';
import type { Rule, RuleResult } from '../../../model/rule.ts';
import type { ResponseFact } from '../response-fact.ts';

/** A response as the probe would record it: an uncompressed 200 to an anonymous GET, with these differences. */
export function response(differences: Partial<ResponseFact> = {}): ResponseFact {
  return {
    method: 'GET',
    path: '/',
    status: 200,
    protocol: 'HTTP/1.1',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    location: null,
    transferredBytes: 50_000,
    decodedBytes: 50_000,
    acceptEncoding: 'gzip, br, zstd',
    gzip: { inputBytes: 50_000, outputBytes: 5_000 },
    authenticated: false,
    setsCookie: false,
    ...differences,
  };
}

/** Evaluates a rule on these responses, with its own thresholds unless overridden. */
export function evaluate(
  rule: Rule,
  responses: readonly ResponseFact[],
  thresholds: Record<string, number> = {},
): RuleResult {
  const facts = responses.map((value) => ({
    kind: 'http.response',
    key: `${value.method} ${value.path}`,
    value: { ...value } satisfies JsonObject,
  }));
  return rule.evaluate({
    target: { id: 'web', integration: 'http', title: 'http://127.0.0.1' },
    facts: (kind) => facts.filter((fact) => fact.kind === kind),
    allFacts: () => [],
    indicators: () => [],
    threshold(name) {
      const value = thresholds[name] ?? rule.meta.thresholds[name]?.value;
      if (value === undefined) throw new Error(`undeclared threshold ${name}`);
      return value;
    },
  });
}
