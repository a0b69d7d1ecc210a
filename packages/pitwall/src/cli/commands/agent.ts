import type { Command } from '../command.ts';

export const command: Command = {
  name: 'agent',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Waits for shares of loads at a PostgreSQL store and carries them out, until Ctrl-C. `pitwall load --agents N --store URL` on any machine shares its load out to N agents, starts them at one instant and puts their results together. An agent decides itself what it may load: loopback, and the hosts named with --allow. It takes one share at a time; a store that goes away is waited for. Ctrl-C while it loads ends the load and hands in what was measured.',
  examples: [
    [
      'pitwall agent --store postgres://db.example/pitwall --allow shop.example',
      'user from PGUSER, password from PGPASSWORD',
    ],
    ['pitwall agent --store postgres://… --workers 4 --once', 'one share with at most four threads, then end'],
  ],
  options: {
    store: { value: 'URL', help: 'the PostgreSQL that coordinates (default: PITWALL_STORE)' },
    name: { value: 'NAME', help: 'what reports call it (default: host name and process id)' },
    workers: { value: 'N', help: 'worker threads that it gives, at most (default: one a core)' },
    allow: { value: 'HOST', multiple: true, help: 'may be loaded besides loopback; repeat for more' },
    once: { help: 'end after one share: exit 0 when it was done' },
  },
  without: {
    config: 'what is loaded comes with its share of a load, and what may be loaded from --allow',
    out: 'the report is written where `pitwall load --agents` runs',
  },
};
