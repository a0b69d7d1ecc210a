import type { Command } from '../command.ts';

export const command: Command = {
  name: 'init',
  positionals: 'URL',
  minPositionals: 1,
  maxPositionals: 1,
  description:
    'Looks at the service behind a URL: its answers, and, when it runs on this host, the process that listens, its unit, and the SQLite databases it holds open. Writes a configuration with a comment at every value that was guessed. Sends a few GET requests; changes nothing.',
  examples: [
    ['pitwall init http://127.0.0.1:8080', 'writes pitwall.yaml'],
    ['pitwall init http://127.0.0.1:8080 --print', 'only shows it'],
    ['pitwall check', 'then: assess what it describes'],
  ],
  options: {
    force: { help: 'replace the file if it exists' },
    print: { help: 'print to stdout instead of writing' },
  },
  without: { out: 'the configuration that it writes goes to the file that --config names' },
};
