import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'rollback',
  positionals: 'CHANGE|all',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Takes back a change that was kept, by its id from `pitwall history` (or as the plan calls it, `c2`, where only one kept change has that name), or all of them in reverse order. One that was taken back before is no failure. What a person has changed since is not overwritten: it is shown as a conflict and left alone.',
  examples: [
    ['pitwall rollback p1a2b3-c2', 'one change'],
    ['pitwall rollback all', 'everything that Pitwall ever kept here'],
  ],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'allow stopping the service for a moment where that is needed' },
  },
};
