import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'plan',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Runs a check and turns what it recommends into a plan: each change with what it does, how it is taken back, what it is predicted to gain, its risk, and whether anything has to be restarted. Changes nothing. The file is JSON, meant to be read and edited: delete the changes you do not want.',
  examples: [
    ['pitwall plan', 'show the plan'],
    ['pitwall plan -o plan.json', 'and write it, for `pitwall apply plan.json`'],
    [
      'pitwall plan --allow-restart -o plan.json',
      'with changes that need a restart, or the service stopped for a moment',
    ],
  ],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'include changes that need the service stopped for a moment' },
    limit: { value: 'N', help: 'only the N most worthwhile recommendations' },
  },
};
