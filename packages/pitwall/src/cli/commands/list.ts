import type { Command } from '../command.ts';

export const command: Command = {
  name: 'list',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description: 'Lists everything this Pitwall knows, read from the integrations themselves.',
  examples: [
    ['pitwall list', 'everything'],
    ['pitwall list --json | jq ".[].rules[].id"', 'as JSON'],
  ],
  options: {},
};
