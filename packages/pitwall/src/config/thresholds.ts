import type { AnyIntegration } from '../model/integration.ts';
import { parseDuration, parseQuantity, parseRatio, parseSize } from '../model/units.ts';
import { describeFound, type Problem } from './problem.ts';
import type { Sections } from './schema.ts';
import type { IntegrationRegistry } from './targets.ts';
import { unknownName } from './validate.ts';

/** `rules:` as `rule-id.threshold` → value, after looking up that the rules and thresholds exist. */
export async function checkThresholds(
  written: NonNullable<Sections['rules']>,
  registry: IntegrationRegistry,
  inUse: readonly AnyIntegration[],
  problems: Problem[],
): Promise<Readonly<Record<string, number>>> {
  const thresholds: Record<string, number> = {};
  for (const [id, values] of Object.entries(written)) {
    const named = id.split('/')[0]!;
    const integrations = registry.ids.includes(named) ? [await registry.load(named)] : inUse;
    const rules = integrations.flatMap((integration) => integration.rules);
    const rule = rules.find((each) => each.id === id);
    if (!rule) {
      const ids = rules.map((each) => each.id);
      problems.push({ path: ['rules', id], at: 'key', problem: unknownName('rule', id, ids) });
      continue;
    }
    for (const [name, given] of Object.entries(values)) {
      const path = ['rules', id, name];
      const declared = Object.hasOwn(rule.meta.thresholds, name) ? rule.meta.thresholds[name] : undefined;
      if (!declared) {
        const problem = unknownName('threshold', name, Object.keys(rule.meta.thresholds));
        problems.push({ path, at: 'key', problem });
        continue;
      }
      const value = typeof given === 'number' ? given : parse(given, declared.unit);
      if (value === null) {
        const problem = `expected a number in the unit "${declared.unit}", found ${describeFound(given)}`;
        problems.push({ path, at: 'value', problem });
      } else thresholds[`${id}.${name}`] = value;
    }
  }
  return thresholds;
}

/** Units of thresholds are words for people ("share of memory"): where they are not one of ours, the suffix decides. */
function parse(text: string, unit: string): number | null {
  switch (unit) {
    case 's':
    case 'By':
    case '1':
    case '1/s':
    case 'By/s':
      return parseQuantity(text, unit);
    default:
      return parseQuantity(text, '{count}') ?? parseRatio(text) ?? parseDuration(text) ?? parseSize(text);
  }
}
