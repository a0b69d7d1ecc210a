import { type Command, SAVED_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'compare',
  positionals: 'A B',
  minPositionals: 2,
  maxPositionals: 2,
  description:
    'Compares two saved runs, B with A: for each indicator better, worse, same or inconclusive, with an interval and the smallest change that would have been seen. A and B are run ids (or their beginnings), names of baselines, latest, or JSON files of reports. The load is compared block by block, never request by request; how much runs differ when nothing is changed comes from a calibration (pitwall load --calibrate) where there is one. Exit 1 when B is worse.',
  examples: [
    ['pitwall compare v1 latest', 'the newest run with the baseline v1'],
    ['pitwall compare 20261120-2315 20261121-0902', 'two runs by the beginning of their ids'],
    ['pitwall compare before.json after.json --out diff.html', 'reports from anywhere, as a page with a picture'],
    ['pitwall compare v1 latest --json | jq .comparison.verdict', 'for a script'],
  ],
  options: {
    ...SAVED_OPTIONS,
    out: { value: 'FILE', short: 'o', multiple: true, help: 'also write to FILE: .json, .md or .html' },
    tolerance: { value: 'RATIO', help: 'changes up to this are the same (default 5%)' },
    anyway: { help: 'compare also runs that were made under different loads' },
    details: { help: 'show every indicator' },
  },
};
