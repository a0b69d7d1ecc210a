import type { Json } from '../../../model/json.ts';
import type { Fact } from '../../../model/observation.ts';
import type { RuleView } from '../../../model/rule.ts';
import type { AdviceFacts } from './advice.ts';
import type { EstimateFacts } from './estimates.ts';
import type { SchemaFacts } from './schema.ts';
import type { ServerFacts } from './server.ts';
import type { StatementFacts } from './statements.ts';

/** All facts of this integration: kind → what its value is. One file a topic says them. */
interface FactValues extends SchemaFacts, StatementFacts, ServerFacts, AdviceFacts, EstimateFacts {}

export function fact<K extends keyof FactValues & string>(kind: K, key: string, value: FactValues[K]): Fact {
  return { kind, key, value: value as unknown as Json };
}

/** Facts of a kind by their key, with the type that the collectors wrote. */
export function factsOf<K extends keyof FactValues & string>(
  view: Pick<RuleView, 'facts'>,
  kind: K,
): ReadonlyMap<string, FactValues[K]> {
  return new Map(view.facts(kind).map((entry) => [entry.key, entry.value as unknown as FactValues[K]]));
}
