import type { Command } from '../command.ts';

export const command: Command = {
  name: 'schema',
  positionals: 'config|scenario|report',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Prints a JSON Schema: of pitwall.yaml or of scenario files, for editors that complete and check YAML, or of the Report, for programs that read it.',
  examples: [
    [
      'pitwall schema config > pitwall.schema.json',
      'in pitwall.yaml: # yaml-language-server: $schema=pitwall.schema.json',
    ],
    ['pitwall schema scenario > scenario.schema.json', 'the same for the files that pitwall load --scenario takes'],
    ['pitwall schema report', 'what --json and --out FILE.json contain'],
  ],
  options: {
    out: { value: 'FILE', short: 'o', multiple: true, help: 'also write to FILE' },
  },
};
