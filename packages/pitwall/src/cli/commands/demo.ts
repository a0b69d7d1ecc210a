import type { Command } from '../command.ts';

export const command: Command = {
  name: 'demo',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Generates the example service (a vending fleet: HTTP and a SQLite database of a million rows, with the usual faults left in), starts it on a free loopback port, loads it, checks it, plans, applies, proves, keeps what helped and takes back what did not, by the same rules as on any service. Takes about two minutes, stops the service, and leaves a report. Ctrl-C at any moment takes everything back.',
  examples: [
    ['pitwall demo', 'in a temporary folder'],
    ['pitwall demo --directory /tmp/vending', 'in that folder; database, plans and configuration stay there'],
  ],
  options: {
    directory: { value: 'DIR', help: 'work in DIR and leave the database there (default: temporary)' },
  },
};
