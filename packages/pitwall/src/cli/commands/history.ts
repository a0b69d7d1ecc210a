import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'history',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description: 'Lists the changes in the journal (what became of each, and why) and the latest saved runs.',
  examples: [
    ['pitwall history', 'changes and runs, newest first'],
    ['pitwall history --json | jq .changes', 'the journal as JSON'],
  ],
  options: { ...TARGET_OPTIONS },
};
