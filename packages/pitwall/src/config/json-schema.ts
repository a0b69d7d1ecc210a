import { z } from 'zod';
import type { AnyIntegration } from '../model/integration.ts';
import { scenarioSchema } from './scenario/schema.ts';
import { fileSchema } from './schema.ts';

type Schema = Record<string, unknown>;

/**
 * JSON Schema of pitwall.yaml for editors (draft-07, which the YAML language servers know): what may be written, with the
 * options of each integration's targets. It is laxer than the validation: what depends on other keys is not in it.
 */
export function configJsonSchema(integrations: readonly AnyIntegration[]): object {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-07', unrepresentable: 'any' }) as Schema;
  const definitions: Record<string, Schema> = {};
  for (const integration of integrations) {
    definitions[`implied-${integration.id}`] = targetSchema(integration, false);
    definitions[`target-${integration.id}`] = targetSchema(integration, true);
  }
  const explicit = integrations.map(({ id }) => ({ $ref: `#/definitions/target-${id}` }));
  const targets = (schema.properties as Record<string, Schema>).targets!;
  return {
    ...schema,
    title: 'pitwall.yaml',
    properties: {
      ...(schema.properties as object),
      targets: {
        ...targets,
        minProperties: 1,
        properties: Object.fromEntries(
          integrations.map(({ id }) => [id, { anyOf: [{ $ref: `#/definitions/implied-${id}` }, ...explicit] }]),
        ),
        additionalProperties: { anyOf: explicit },
      },
    },
    definitions: { ...(schema.definitions as object | undefined), ...definitions },
  };
}

/**
 * JSON Schema of scenario files (draft-07), for editors. Laxer than the validation like the other one: that a step has one
 * request, that there are flows or steps, and what templates may name is not in it.
 */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-07', unrepresentable: 'any' });
  return { ...schema, title: 'A scenario of pitwall load' };
}

/** Options with the key `integration` added: needed where the target's id does not say it. */
function targetSchema({ id, title, description, options }: AnyIntegration, explicit: boolean): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(options, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
  }) as Schema & { properties?: Schema; required?: readonly string[] };
  const required = [...(schema.required ?? []), ...(explicit ? ['integration'] : [])];
  const own = { ...schema, title, description };
  const filled = {
    ...own,
    properties: { integration: { const: id, description: 'The integration that looks at it.' }, ...schema.properties },
    ...(required.length > 0 && { required }),
  };
  // `host:` with nothing behind it is an entry too, where nothing is required.
  return required.length > 0 ? filled : { anyOf: [filled, { type: 'null' }], title, description };
}
