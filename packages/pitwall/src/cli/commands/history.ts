import { type Command, SAVED_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'history',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Lists the changes in the journal (what became of each, and why) and the latest saved runs. With --indicator it draws one indicator over the saved runs and marks where it changed: change points that chance does not explain (E-divisive, permutation test, p < 0.05).',
  examples: [
    ['pitwall history', 'changes and runs, newest first'],
    ['pitwall history --json | jq .changes', 'the journal as JSON'],
    ['pitwall history --indicator load.response.duration.p95', 'p95 of every endpoint, run by run, with change points'],
    [
      "pitwall history --indicator load.service.duration.p99 --label 'endpoint=GET /'",
      'p99 of one endpoint; --out p99.html draws it on a page',
    ],
  ],
  options: {
    ...SAVED_OPTIONS,
    out: {
      value: 'FILE',
      short: 'o',
      multiple: true,
      help: 'with --indicator: also write to FILE: .json, .md or .html',
    },
    indicator: { value: 'NAME', help: 'draw this indicator over the saved runs (pitwall list names them)' },
    label: { value: 'KEY=VALUE', multiple: true, help: 'with --indicator: only series with this label' },
    target: { value: 'ID', help: 'with --indicator: only of this target' },
    last: { value: 'N', help: 'with --indicator: look at the newest N runs (default 200)' },
  },
};
