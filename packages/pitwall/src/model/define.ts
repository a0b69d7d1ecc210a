/**
 * The functions that integrations are written with. They return their argument: all they do is let TypeScript infer the
 * connection and option types, and give every unit the same shape to grep for.
 */

import type { IndicatorDefinition } from './indicator.ts';
import type { Collector, Confirmation, Integration, Tunable } from './integration.ts';
import type { Rule } from './rule.ts';

export function defineIntegration<Options, Connection>(
  integration: Integration<Options, Connection>,
): Integration<Options, Connection> {
  return integration;
}

export function defineCollector<Connection>(collector: Collector<Connection>): Collector<Connection> {
  return collector;
}

export function defineConfirmation<Connection>(confirmation: Confirmation<Connection>): Confirmation<Connection> {
  return confirmation;
}

export function defineIndicators(indicators: readonly IndicatorDefinition[]): readonly IndicatorDefinition[] {
  return indicators;
}

export function defineRule(rule: Rule): Rule {
  return rule;
}

export function defineTunable<Connection>(tunable: Tunable<Connection>): Tunable<Connection> {
  return tunable;
}
