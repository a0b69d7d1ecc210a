import { z } from 'zod';
import type { Limits, Unit } from '../../model/indicator.ts';
import type { AnyIntegration } from '../../model/integration.ts';
import type { Json } from '../../model/json.ts';

/** An option as its schema describes it. */
export interface SchemaOption {
  readonly name: string;
  readonly description: string;
  /** Absent when there is none. */
  readonly default?: Json;
}

interface PropertySchema {
  readonly description?: string;
  readonly default?: Json;
}

/** The options of an object schema, from the JSON Schema of what may be written: the same source as the documentation. */
export function optionsOf(schema: z.ZodType): SchemaOption[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    readonly properties?: Readonly<Record<string, PropertySchema>>;
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    description: property.description ?? '',
    ...(property.default !== undefined && { default: property.default }),
  }));
}

export interface DefaultLimits extends Limits {
  readonly indicator: string;
  readonly unit: Unit;
  readonly source: string;
}

/** Limits that hold when the configuration has none, in the order of the integrations. */
export function defaultLimits(integrations: readonly AnyIntegration[]): DefaultLimits[] {
  return integrations.flatMap(({ indicators }) =>
    indicators.flatMap(({ name, unit, defaultObjective }) =>
      defaultObjective ? [{ indicator: name, unit, ...defaultObjective }] : [],
    ),
  );
}
