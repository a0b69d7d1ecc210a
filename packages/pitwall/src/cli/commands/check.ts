import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'check',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'One assessment: measures every target of the configuration, judges the numbers against the objectives, runs the rules and says what to do. Reads only: what rules are not sure of is tried out on a copy.',
  examples: [
    ['pitwall check', 'assess what pitwall.yaml describes'],
    ['pitwall check --url http://127.0.0.1:8080 --sqlite app.db', 'without a configuration file'],
    ['pitwall check --json | jq .verdicts', 'the Report as JSON'],
    ['pitwall check --out report.html --strict', 'write a page, and fail also on warnings'],
    ['pitwall check --baseline v1', 'compare with the saved run v1; exit 1 when it got worse'],
    ['pitwall check --save-observation o.json', 'keep what was seen, to judge it again elsewhere'],
    ['pitwall check --from-observation o.json', 'judge and diagnose it again, without the target'],
  ],
  options: {
    ...TARGET_OPTIONS,
    window: { value: 'DURATION', help: 'over which rates are taken (default 2s)' },
    'no-confirm': { help: 'try nothing out on copies; findings stay unconfirmed' },
    strict: { help: 'exit 1 also when an objective is only in warning' },
    details: { help: 'also list every rule that found nothing, and why' },
    'save-observation': { value: 'FILE', help: 'write all that was seen to FILE' },
    'from-observation': { value: 'FILE', help: 'judge FILE instead of measuring' },
    baseline: { value: 'NAME', help: 'compare with this saved run; exit 1 when worse' },
    tolerance: { value: 'RATIO', help: 'with --baseline: changes up to this are the same (default 5%)' },
    'save-baseline': { value: 'NAME', help: 'give this run a name in the store' },
  },
};
