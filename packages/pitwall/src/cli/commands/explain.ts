import type { Command } from '../command.ts';

export const command: Command = {
  name: 'explain',
  positionals: 'RULE',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Prints what a rule looks for, why that is bad, when it does not apply, how it is confirmed, and its sources.',
  examples: [['pitwall explain sqlite/missing-index', 'one rule; `pitwall list` names them all']],
  options: {},
};
