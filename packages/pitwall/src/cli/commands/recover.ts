import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'recover',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'After a crash, a kill or a power cut during `apply`: takes back every change that the journal knows as begun and not proved, newest first, until the target is exactly what it was. `apply` and `rollback` do this by themselves before anything else.',
  examples: [['pitwall recover', 'take back what was left; exit 4 when something is in the way']],
  options: {
    ...TARGET_OPTIONS,
    'allow-restart': { help: 'allow stopping the service for a moment where that is needed' },
  },
};
