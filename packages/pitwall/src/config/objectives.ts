import type { IndicatorDefinition, Limits, Objective } from '../model/indicator.ts';
import { describeUnit, parseQuantity } from '../model/units.ts';
import { describeFound, type Problem } from './problem.ts';
import type { Sections } from './schema.ts';
import type { CheckedTarget } from './targets.ts';
import { unknownName } from './validate.ts';

const LIMITS = ['target', 'warning', 'critical'] as const;

type WrittenObjective = NonNullable<Sections['objectives']>[number];

/**
 * Objectives with their limits in the unit of their indicator. Indicators and targets are looked up, and limits have to be
 * in order. `known` is false when some target could not be checked: what it would have brought is then not called unknown.
 */
export function checkObjectives(
  written: readonly WrittenObjective[],
  targets: readonly CheckedTarget[],
  known: boolean,
  problems: Problem[],
): readonly Objective[] {
  return written.flatMap((objective, index) => {
    const path = ['objectives', index];
    const on =
      objective.on === undefined ? targets : targets.filter(({ configured }) => configured.id === objective.on);
    if (on.length === 0) {
      const ids = targets.map(({ configured }) => configured.id);
      if (known)
        problems.push({ path: [...path, 'on'], at: 'value', problem: unknownName('target', objective.on ?? '', ids) });
      return [];
    }
    const definitions = on.flatMap(({ integration }) => integration.indicators);
    const definition = definitions.find(({ name }) => name === objective.indicator);
    if (!definition) {
      const names = [...new Set(definitions.map(({ name }) => name))];
      const problem = unknownName('indicator', objective.indicator, names);
      if (known) problems.push({ path: [...path, 'indicator'], at: 'value', problem });
      return [];
    }
    const limits = checkLimits(objective, definition, path, problems);
    if (!limits) return [];
    return {
      indicator: objective.indicator,
      ...(objective.labels && { labels: objective.labels }),
      ...(objective.on !== undefined && { on: objective.on }),
      ...limits,
      source: 'config',
    };
  });
}

function checkLimits(
  written: WrittenObjective,
  { unit, direction }: IndicatorDefinition,
  path: readonly (string | number)[],
  problems: Problem[],
): Limits | null {
  const limits: { -readonly [Key in keyof Limits]: number } = {};
  let previous: { name: string; value: number } | null = null;
  const before = problems.length;
  for (const name of LIMITS) {
    const given = written[name];
    if (given === undefined) continue;
    const value = typeof given === 'number' ? given : parseQuantity(given, unit);
    const add = (problem: string) => problems.push({ path: [...path, name], at: 'value', problem });
    if (value === null) {
      add(`expected ${describeUnit(unit)}, found ${describeFound(given)}`);
      continue;
    }
    limits[name] = value;
    const wrongWay = direction === 'higher-is-better' ? 'above' : 'below';
    if (
      previous &&
      direction !== 'neutral' &&
      (wrongWay === 'above' ? value > previous.value : value < previous.value)
    ) {
      add(
        `it is ${wrongWay} ${previous.name}: ${direction.replaceAll('-', ' ')} here, so ${name} has to be the worse of the two`,
      );
    }
    previous = { name, value };
  }
  return problems.length === before ? limits : null;
}
