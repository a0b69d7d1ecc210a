import { configJsonSchema } from '../config/json-schema.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { loadAllIntegrations } from '../integrations/registry.ts';
import { reportJsonSchema } from '../report/schema.ts';
import type { Command } from './command.ts';

export const command: Command = {
  name: 'schema',
  summary: 'JSON Schema of the configuration or the report',
  positionals: 'config|report',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Prints a JSON Schema: of pitwall.yaml, for editors that complete and check YAML, or of the Report, for programs that read it.',
  examples: [
    [
      'pitwall schema config > pitwall.schema.json',
      'then in pitwall.yaml: # yaml-language-server: $schema=pitwall.schema.json',
    ],
    ['pitwall schema report', 'what --json and --out FILE.json contain'],
  ],
  options: {},
  async run(invocation) {
    const which = invocation.positionals[0];
    if (which !== 'config' && which !== 'report') {
      throw new PitwallError('USAGE', { what: `There is no schema ${which}: config or report.`, command: 'schema' });
    }
    const schema = which === 'config' ? configJsonSchema(await loadAllIntegrations()) : reportJsonSchema();
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return EXIT.ok;
  },
};
