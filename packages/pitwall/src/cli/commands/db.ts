import { type Command, type OptionSpec, TARGET_OPTIONS } from '../command.ts';

/** Which databases. */
const WHICH: Readonly<Record<string, OptionSpec>> = {
  ...TARGET_OPTIONS,
  postgresql: { value: 'URL', help: 'this PostgreSQL database, without a configuration file' },
  statements: {
    value: 'FILE',
    multiple: true,
    help: 'a file of SQL statements to tune for, beside those that the database knows of (and `statementFiles` of the configuration)',
  },
  target: { value: 'ID', help: 'only this database of the configuration' },
  'max-load': {
    value: 'RATIO',
    help: 'most of the time that analysis may keep one connection of the server at work (default 50%)',
  },
  details: { help: 'everything in full' },
};

/** Which statements, counted since when. */
const COUNTED: Readonly<Record<string, OptionSpec>> = {
  since: { value: 'last|start', help: 'count statements since the last look, or since the counters began (default)' },
  window: { value: 'DURATION', help: 'watch for so long, and count only that' },
  limit: { value: 'N', help: 'statements that are shown (default 10)' },
};

const SEARCH: Readonly<Record<string, OptionSpec>> = {
  'no-measure': { help: 'only ask the planner; build and time nothing on a copy' },
  seed: { value: 'N', help: 'of the search (default 1): the same seed, the same answer' },
};

const indexes: Command = {
  name: 'db indexes',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  summary: 'which indexes the whole workload should have',
  description:
    'Searches the indexes that serve the whole workload best within a budget, and says what each gains and what it costs those that write. Makes none: each is asked of the planner, and tried out on a copy where there may be one.',
  examples: [
    ['pitwall db indexes', 'indexes for the whole workload, with what each gains and costs'],
    ['pitwall db indexes --budget 500MB --out indexes.html', 'within so many bytes; a page with the budget sweep'],
    ['pitwall db indexes --window 60s', 'for what runs in the next minute alone'],
  ],
  options: {
    budget: { value: 'SIZE', help: 'most bytes of new indexes (default: a share of what the tables take)' },
    ...SEARCH,
    ...COUNTED,
    ...WHICH,
  },
};

const explain: Command = {
  name: 'db explain',
  positionals: '"SQL"',
  minPositionals: 1,
  maxPositionals: 1,
  summary: 'the plan of one statement, and what index would help it',
  description:
    'Shows the plan of one statement, and which index would help it. Values are left out of what is shown unless --details asks for them, and nothing of it is kept.',
  examples: [
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
    param: { value: 'VALUE', multiple: true, help: 'value of $1, ?; again for the next one' },
    run: { help: 'also run it, read-only and with a time limit' },
    'no-indexes': { help: 'only the plan' },
    ...SEARCH,
    ...WHICH,
  },
};

export const command: Command = {
  name: 'db',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 2,
  description:
    'Looks at the databases of the configuration: the statements that take the time and who calls them, sizes, cache and connections, and what the rules say. Reads only; indexes are tried out on copies.',
  examples: [
    ['pitwall db', 'statements, sizes, connections and findings of every database'],
    ['pitwall db --postgresql postgres://me@db/shop', 'without a configuration file'],
    ['pitwall db --watch', 'what runs, live: differences of the counters every few seconds'],
    ['pitwall db indexes', 'indexes for the whole workload, with what each gains and costs'],
  ],
  options: {
    ...COUNTED,
    'no-confirm': { help: 'try nothing out on copies; findings stay unconfirmed' },
    watch: { help: 'show what runs, again and again, until Ctrl-C' },
    interval: { value: 'DURATION', help: 'with --watch: how often (default 5s)' },
    ...WHICH,
  },
  forms: [indexes, explain],
};
