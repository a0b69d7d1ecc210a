import { type Command, SAVED_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'dismiss',
  positionals: 'RECOMMENDATION',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Says that a recommendation is not wanted, by its id from `pitwall check` (or the beginning of it): it is then left out of plans and told quietly, with the reason, until there is new evidence: its statements weigh twice as much, its table has doubled or halved, another statement would gain, the engine has a new major version, or 90 days have passed. Changes nothing but this memory.',
  examples: [
    ['pitwall dismiss r-0a1b2c3d4e --because "the table is being retired"', 'no more of it'],
    ['pitwall dismiss r-0a1b2c3d4e --undismiss', 'propose it again, also when it was tried without gain'],
  ],
  options: {
    ...SAVED_OPTIONS,
    because: { value: 'TEXT', help: 'why, for whoever asks later' },
    undismiss: { help: 'the other way round: propose it again' },
  },
};
