import type { ConfiguredTarget } from '../model/config.ts';
import type { AnyIntegration } from '../model/integration.ts';
import type { Problem } from './problem.ts';
import { instead, unknownName, validate } from './validate.ts';

/** The integrations that there are. Given by the caller: this stage knows none by name. */
export interface IntegrationRegistry {
  readonly ids: readonly string[];
  load(id: string): Promise<AnyIntegration>;
}

/** A target whose options passed, with the integration that checked them. */
export interface CheckedTarget {
  readonly configured: ConfiguredTarget;
  readonly integration: AnyIntegration;
}

/** Checks one entry under `targets:`; null after adding what is wrong to `problems`. `raw` is the entry as written. */
export async function checkTarget(
  id: string,
  resolved: unknown,
  raw: unknown,
  registry: IntegrationRegistry,
  problems: Problem[],
): Promise<CheckedTarget | null> {
  const { integration: name = id, ...options } = asRecord(resolved);
  const { integration: _, ...rawOptions } = asRecord(raw);
  const path = ['targets', id];
  if (typeof name !== 'string') return null;
  if (!registry.ids.includes(name)) {
    const named = asRecord(raw).integration !== undefined;
    problems.push({
      path: named ? [...path, 'integration'] : path,
      at: named ? 'value' : 'key',
      problem: named
        ? unknownName('integration', name, registry.ids)
        : `it needs an integration:, because "${name}" is not one ${instead(name, registry.ids)}`,
    });
    return null;
  }
  const integration = await registry.load(name);
  const checked = validate(integration.options, options, rawOptions, path, problems);
  if (checked === undefined) return null;
  return { integration, configured: { id, integration: name, options: checked, rawOptions } };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
