import type { Command } from '../command.ts';

export const command: Command = {
  name: 'schema',
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
};
