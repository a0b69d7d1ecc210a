import { configJsonSchema } from '../config/json-schema.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { loadAllIntegrations } from '../integrations/registry.ts';
import { reportJsonSchema } from '../report/schema.ts';
import type { Run } from './command.ts';
import { print } from './context.ts';

export const run: Run = async (invocation) => {
  const which = invocation.positionals[0];
  if (which !== 'config' && which !== 'report') {
    throw new PitwallError('USAGE', { what: `There is no schema ${which}: config or report.`, command: 'schema' });
  }
  const schema = which === 'config' ? configJsonSchema(await loadAllIntegrations()) : reportJsonSchema();
  print(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.ok;
};
