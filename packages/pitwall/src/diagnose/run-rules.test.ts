import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Indicator } from '../model/indicator.ts';
import type { Fact, Observation } from '../model/observation.ts';
import type { FindingDraft, Rule, RuleMeta, RuleView } from '../model/rule.ts';
import type { Target } from '../model/target.ts';
import { runRules } from './run-rules.ts';

const target: Target = { id: 'db', integration: 'sqlite', title: 'a.db' };

const meta = (rest: Partial<RuleMeta> = {}): RuleMeta => ({
  title: '',
  why: '',
  sources: [],
  needs: {},
  doesNotApplyWhen: '',
  confirmedBy: '',
  thresholds: { minimumRows: { value: 100, unit: 'rows', source: 'test' } },
  ...rest,
});

const rule = (evaluate: (view: RuleView) => ReturnType<Rule['evaluate']>, rest: Partial<RuleMeta> = {}): Rule => ({
  id: 'sqlite/test',
  meta: meta(rest),
  evaluate,
});

const observe = (rest: Partial<Observation> = {}, of = target): Observation => ({
  target: of,
  collector: 'sqlite/schema',
  startedAt: 0,
  finishedAt: 1,
  samples: [],
  facts: [],
  gaps: [],
  cost: { wallSeconds: 0, cpuSeconds: 0 },
  ...rest,
});

const fact = (kind: string, key = 'k'): Fact => ({ kind, key, value: 1 });
const finding: FindingDraft = { subject: 's', summary: 'bad', severity: 'warning', confidence: 'high', evidence: [] };

const run = (
  one: Rule,
  observations: readonly Observation[] = [observe()],
  more: { indicators?: Indicator[]; thresholds?: Record<string, number> } = {},
) =>
  runRules({
    targets: [target],
    rules: new Map([['sqlite', [one]]]),
    observations,
    indicators: more.indicators ?? [],
    thresholds: more.thresholds ?? {},
  });

test('findings get their rule and target; clear and not-applicable keep their reason', () => {
  const result = run(rule(() => ({ found: [finding, finding] })));
  assert.deepEqual(result.findings[0], { ...finding, rule: 'sqlite/test', target: 'db' });
  assert.deepEqual(result.outcomes, [
    { rule: 'sqlite/test', target: 'db', status: 'found', because: 'bad (and 1 more)' },
  ]);
  const status = (one: Rule) => run(one).outcomes.map((outcome) => [outcome.status, outcome.because]);
  assert.deepEqual(status(rule(() => ({ clear: 'all well' }))), [['clear', 'all well']]);
  assert.deepEqual(status(rule(() => ({ notApplicable: 'no' }))), [['not-applicable', 'no']]);
  assert.deepEqual(status(rule(() => ({ notYet: 'too young' }))), [['not-yet', 'too young']]);
  assert.deepEqual(status(rule(() => ({ found: [] }))), [['clear', 'nothing found']]);
});

test('missing needs: no-data that names them and why; the rule does not run', () => {
  let ran = false;
  const needy = rule(
    () => {
      ran = true;
      return { clear: '' };
    },
    { needs: { facts: ['sqlite.table', 'load.endpoint'], indicators: ['x.p95'] } },
  );
  const because = (observations: Observation[], indicators: Indicator[] = []) => {
    const [outcome] = run(needy, observations, { indicators }).outcomes;
    assert.equal(outcome?.status, 'no-data');
    return outcome?.because ?? '';
  };
  assert.equal(
    because([observe({ failure: { code: 'X', message: 'the file is locked.' } })]),
    'sqlite.table is missing: sqlite/schema: the file is locked; ' +
      'load.endpoint is missing: sqlite/schema: the file is locked; x.p95 is missing: sqlite/schema: the file is locked',
  );
  assert.match(
    because([observe({ gaps: [{ what: 'sqlite.table', why: 'too many' }] })]),
    /^sqlite.table is missing: too many; /,
  );
  const nothing: Indicator = {
    target: 'db',
    name: 'x.p95',
    labels: {},
    unit: 's',
    direction: 'neutral',
    value: null,
    count: 0,
    because: 'no queries configured',
  };
  assert.match(because([observe()], [nothing]), /x.p95 is missing: no queries configured$/);
  // Of another database's tables this one's rule learns nothing; of the load on the web target it does.
  const other = observe({ facts: [fact('sqlite.table')] }, { ...target, id: 'other' });
  const web = observe({ facts: [fact('load.endpoint')] }, { id: 'web', integration: 'http', title: '' });
  assert.match(because([other, web], [{ ...nothing, value: 1 }]), /^sqlite.table is missing: [^;]*$/);
  assert.equal(ran, false);
});

test('a rule sees its own target; facts of others through allFacts, undeclared ones not at all', () => {
  const other = { ...target, id: 'other' };
  const observations = [
    observe({ facts: [fact('sqlite.table', 'own')] }),
    observe({ facts: [fact('sqlite.table', 'other')] }, other),
  ];
  const keys = rule(
    (view) => ({
      clear: [view.facts('sqlite.table'), view.allFacts('sqlite.table')]
        .map((facts) => facts.map(({ key }) => key))
        .join(' | '),
    }),
    {
      needs: { facts: ['sqlite.table'] },
    },
  );
  assert.equal(run(keys, observations).outcomes[0]?.because, 'own | own,other');
  const used = rule((view) => ({ clear: `${view.facts('sqlite.trial').length}` }), {
    uses: { facts: ['sqlite.trial'] },
  });
  assert.equal(run(used).outcomes[0]?.because, '0');
  const [undeclared] = run(rule((view) => ({ clear: `${view.facts('sqlite.index').length}` }))).outcomes;
  assert.equal(undeclared?.status, 'error');
  assert.match(
    undeclared?.because ?? '',
    /sqlite\/test reads facts of kind sqlite.index, which its meta declares neither/,
  );
});

test('a rule that throws is an error with its reason and the others still run', () => {
  const { outcomes } = runRules({
    targets: [target],
    rules: new Map([
      [
        'sqlite',
        [rule(() => assert.fail('oh\u001b[2J no.')), { ...rule(() => ({ clear: 'fine' })), id: 'sqlite/next' }],
      ],
    ]),
    observations: [observe()],
    indicators: [],
    thresholds: {},
  });
  assert.deepEqual(
    outcomes.map(({ status, because }) => [status, because]),
    [
      ['error', 'oh [2J no'],
      ['clear', 'fine'],
    ],
  );
});

test('thresholds: the default, the override, and an error for an undeclared one', () => {
  const reading = (name: string) => rule((view) => ({ clear: `${view.threshold(name)}` }));
  const because = (name: string, thresholds = {}) =>
    run(reading(name), [observe()], { thresholds }).outcomes[0]!.because;
  assert.equal(because('minimumRows'), '100');
  assert.equal(because('minimumRows', { 'sqlite/test.minimumRows': 0 }), '0');
  assert.equal(because('minimumRows', { 'sqlite/other.minimumRows': 7 }), '100');
  assert.match(because('nope'), /threshold nope/);
  assert.match(because('toString'), /threshold toString/);
});

test('confirmations are asked for once, and not again when a fact answers', () => {
  const asking = rule(
    () => ({
      found: [1, 2].map(() => ({ ...finding, confirm: { probe: 'sqlite/index-trial', key: 'orders', input: null } })),
    }),
    { needs: { facts: ['sqlite.table'] } },
  );
  const before = [observe({ facts: [fact('sqlite.table', 'orders')] })];
  assert.deepEqual(run(asking, before).confirmRequests, [
    { target, request: { probe: 'sqlite/index-trial', key: 'orders', input: null } },
  ]);
  const answered = [...before, observe({ facts: [fact('sqlite.index-trial', 'orders')] })];
  assert.deepEqual(run(asking, answered).confirmRequests, []);
});
