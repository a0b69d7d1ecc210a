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

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
}

/**
 * The options of an object schema: names and descriptions from the JSON Schema of what may be written (the same source as
 * the documentation), defaults from what the schema makes of `given`.
 */
export function optionsOf(schema: z.ZodType, given: Json): SchemaOption[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ObjectSchema;
  const parsed = schema.safeParse(given).data as Readonly<Record<string, Json | undefined>> | undefined;
  return Object.entries(properties).map(([name, { description = '' }]) => {
    const value = parsed?.[name];
    return { name, description, ...(value !== undefined && { default: value }) };
  });
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
