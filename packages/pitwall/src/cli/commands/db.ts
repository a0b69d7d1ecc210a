import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'db',
  positionals: '[indexes | explain "SQL"]',
  minPositionals: 0,
  maxPositionals: 2,
  description:
    'Looks at the databases of the configuration: the statements that take the time and who calls them, what the rules say, the plan of one statement, and which indexes the whole workload should have. Reads only; indexes are tried out on copies.',
  examples: [
    ['pitwall db', 'statements and findings of every database'],
    ['pitwall db --postgresql postgres://me@db/shop', 'without a configuration file'],
    ['pitwall db --watch', 'what runs, live: differences of the counters every few seconds'],
    ['pitwall db indexes', 'indexes for the whole workload, with what each gains and costs'],
    ['pitwall db indexes --budget 500MB --out indexes.html', 'within so many bytes; a page with the budget sweep'],
    [
      'pitwall db explain "SELECT * FROM orders WHERE customer_id = $1" --param 7',
      'the plan, and what index would help',
    ],
    [
      'pitwall db explain --run "SELECT count(*) FROM orders"',
      'run it too, read-only: rows and times beside the estimates',
    ],
  ],
  options: {
    ...TARGET_OPTIONS,
    postgresql: { value: 'URL', help: 'this PostgreSQL database, without a configuration file' },
    statements: {
      value: 'FILE',
      multiple: true,
      help: 'with --postgresql or --sqlite: a file of SQL statements to tune for',
    },
    target: { value: 'ID', help: 'only this database of the configuration' },
    since: { value: 'last|start', help: 'count statements since the last look, or since the counters began (default)' },
    window: { value: 'DURATION', help: 'watch for so long, and count only that' },
    'max-load': {
      value: 'RATIO',
      help: 'most of the time that analysis may keep one connection of the server at work (default 50%)',
    },
    limit: { value: 'N', help: 'statements that are shown (default 10)' },
    details: { help: 'everything in full' },
    'no-confirm': { help: 'try nothing out on copies; findings stay unconfirmed' },
    watch: { heading: 'Live view (pitwall db)', help: 'show what runs, again and again, until Ctrl-C' },
    interval: { value: 'DURATION', help: 'with --watch: how often (default 5s)' },
    budget: {
      heading: 'Indexes (db indexes)',
      value: 'SIZE',
      help: 'most bytes of new indexes (default: a share of what the tables take)',
    },
    'no-measure': { help: 'only ask the planner; build and time nothing on a copy' },
    seed: { value: 'N', help: 'of the search (default 1): the same seed, the same answer' },
    param: {
      heading: 'One statement (db explain)',
      value: 'VALUE',
      multiple: true,
      help: 'value of $1, ?; again for the next one',
    },
    run: { help: 'also run it, read-only and with a time limit' },
    'no-indexes': { help: 'only the plan' },
  },
};
