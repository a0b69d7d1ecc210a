import { configJsonSchema, scenarioJsonSchema } from '../config/json-schema.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { loadAllIntegrations } from '../integrations/registry.ts';
import { closest } from '../model/closest.ts';
import { reportJsonSchema } from '../report/schema.ts';
import type { Run } from './command.ts';
import { allOf, print, texts, writeTextFile } from './context.ts';

const SCHEMAS: Readonly<Record<string, () => object | Promise<object>>> = {
  config: async () => configJsonSchema(await loadAllIntegrations()),
  scenario: scenarioJsonSchema,
  report: reportJsonSchema,
};

export const run: Run = async (invocation) => {
  const which = invocation.positionals[0]!;
  if (!Object.hasOwn(SCHEMAS, which)) {
    const meant = closest(which, Object.keys(SCHEMAS));
    const instead = meant === null ? 'there are config, scenario and report.' : `did you mean ${meant}?`;
    throw new PitwallError('USAGE', { what: `There is no schema ${which}: ${instead}`, command: 'schema' });
  }
  const schema = `${JSON.stringify(await SCHEMAS[which]!(), null, 2)}\n`;
  print(schema);
  await allOf(...texts(invocation, 'out').map((file) => async () => writeTextFile(file, schema)));
  return EXIT.ok;
};
