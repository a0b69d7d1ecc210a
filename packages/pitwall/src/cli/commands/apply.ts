import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'apply',
  positionals: 'PLAN.json',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'For each change: reads the original, refuses when it is no longer what the plan saw, writes intent and original to the journal (fsync), changes, reads it again, checks that the service is healthy, measures blocks before and after, and keeps the change only if what it was made for improved and nothing got worse. Otherwise it is taken back. Ctrl-C takes back the change in progress; after a crash, the next run or `pitwall recover` does.',
  examples: [
    ['pitwall apply plan.json --dry-run', 'what would be done, and how it would be undone'],
    ['pitwall apply plan.json', 'apply and prove; exit 4 when any was refused or taken back'],
    ['pitwall apply plan.json --allow-restart', 'also what needs the service stopped for a moment'],
  ],
  options: {
    ...TARGET_OPTIONS,
    'dry-run': { help: 'show what would be done; change nothing' },
    'allow-restart': { help: 'allow changes that need the service stopped for a moment' },
  },
};
