// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { seededRandom } from '../../stats/random.ts';
import type { DraftFlow, DraftStep, ScenarioDraft } from './draft.ts';
import { statusCheck } from './draft.ts';
import { accepted } from './fixtures/accept.ts';
import { literal } from './literal.ts';
import { renderScenario } from './render.ts';

const STEP: DraftStep = {
  name: 'GET /',
  method: 'GET',
  path: '/',
  headers: new Map(),
  body: null,
  think: null,
  extract: [],
  checks: [],
};

function draft(flows: readonly DraftFlow[], more: Partial<ScenarioDraft> = {}): ScenarioDraft {
  return {
    name: 'test',
    origin: null,
    variables: new Map(),
    cookies: false,
    headers: new Map(),
    feeders: [],
    preface: [],
    flows,
    ...more,
  };
}

test('everything that a draft can hold is read back as it was meant', async () => {
  const steps: readonly DraftStep[] = [
    {
      ...STEP,
      name: 'make',
      method: 'POST',
      path: '/items?x={{v}}',
      headers: new Map([['x-a', '{{v}}']]),
      body: { kind: 'json', value: { a: [1, null, literal('{{x}} ${y}')], b: '{{n|number}}', c: { d: true } } },
      think: { distribution: 'lognormal', mean: 2.5, sigma: 0.5 },
      extract: [
        { from: 'jsonpath', path: '$.id', as: 'id' },
        { from: 'regex', pattern: 'a="([^"]*)"', group: 1, as: 'token' },
        { from: 'header', name: 'location', as: 'where' },
      ],
      checks: [statusCheck([201])],
      comment: 'two\nlines',
    },
    {
      ...STEP,
      name: 'form',
      method: 'PUT',
      path: '/f/{{id}}',
      body: { kind: 'form', fields: { a: '1', b: '{{token}}' } },
      think: { distribution: 'constant', mean: 0.25 },
      checks: [statusCheck([200, 204])],
    },
    {
      ...STEP,
      name: 'text',
      method: 'PATCH',
      body: { kind: 'text', text: 'a\n\n b: [\t', contentType: 'text/x' },
      checks: [statusCheck(Array.from({ length: 100 }, (_, i) => 200 + i))],
    },
    {
      ...STEP,
      name: 'parts',
      method: 'POST',
      body: {
        kind: 'multipart',
        parts: [{ name: 'p', value: 'v', base64: false, fileName: 'f.txt', contentType: 'text/plain' }],
      },
    },
  ];
  const { scenario } = await accepted(
    draft([{ name: 'f', weight: 2.5, steps, comment: 'why' }], {
      variables: new Map([
        ['v', { value: literal('${no}') }],
        ['n', { value: '12345678901234567', comment: 'exact' }],
        ['s', { value: '${env:TOKEN}' }],
      ]),
      cookies: true,
      headers: new Map([['accept', '*/*']]),
      feeders: [{ name: 'rows', order: 'random', rows: [new Map([['c', '007']]), new Map([['c', '${x} {{y}} no']])] }],
    }),
  );
  assert.deepEqual(scenario.variables, { v: '${no}', n: '12345678901234567', s: 'secret of TOKEN' });
  assert.deepEqual(scenario.feeders, [{ name: 'rows', order: 'random', rows: [{ c: '007' }, { c: '${x} {{y}} no' }] }]);
  assert.equal(scenario.cookies, true);
  assert.equal(scenario.flows[0]!.weight, 2.5);
  const [make, form, text, parts] = scenario.flows[0]!.steps;
  assert.deepEqual(make!.body, {
    kind: 'json',
    value: { a: [1, null, "{{'{{'}}x}} ${y}"], b: '{{n|number}}', c: { d: true } },
  });
  assert.deepEqual(make!.thinkTime, { distribution: 'lognormal', mean: 2.5, sigma: 0.5 });
  assert.deepEqual(
    make!.extract.map(({ as }) => as),
    ['id', 'token', 'where'],
  );
  assert.deepEqual(form!.thinkTime, { distribution: 'constant', mean: 0.25 });
  assert.deepEqual(form!.body, { kind: 'form', fields: { a: '1', b: '{{token}}' } });
  assert.deepEqual(text!.body, { kind: 'text', text: 'a\n\n b: [\t', contentType: 'text/x' });
  assert.equal((text!.checks[0] as { in: readonly number[] }).in.length, 100);
  assert.equal(parts!.body!.kind, 'multipart');
});

test('no text breaks out of its place: values come back as they were, comments stay comments', async () => {
  const pieces = [
    '\n',
    '\r',
    '#',
    ': ',
    '- ',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '!!js',
    '{{',
    '}}',
    '${',
    '$',
    '%',
    '@',
    '`',
    '\u2028',
    '\u0085',
    '\u0000',
    '\u001b[31m',
    'é',
    '😀',
    '<<',
    '---\n',
    '...\n',
    '? ',
    '~',
    'null',
    '0x1F',
    ' ',
  ];
  const random = seededRandom(7);
  const hostile = () =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => pieces[Math.floor(random() * pieces.length)]).join('');
  for (let round = 0; round < 150; round++) {
    const [a, b, c, d] = [hostile(), hostile(), hostile(), hostile()];
    const flow = {
      name: `flow ${round}`,
      weight: 1,
      steps: [{ ...STEP, body: { kind: 'json', value: { text: literal(a) } } as const, comment: b }],
      comment: c,
    };
    const plan = draft([flow, { ...flow, name: 'off', disabled: true }], {
      preface: [d],
      variables: new Map([['v', { value: literal(b), comment: a }]]),
      feeders: [{ name: 'f', order: 'random', rows: [new Map([['c', c]])], comment: d }],
    });
    const { scenario } = await accepted(plan);
    assert.equal(scenario.flows.length, 1);
    assert.deepEqual(scenario.flows[0]!.steps[0]!.body, {
      kind: 'json',
      value: { text: a.replaceAll('{{', "{{'{{'}}") },
    });
    assert.deepEqual(scenario.feeders[0]!.rows, [{ c }]);
    assert.equal(scenario.variables.v, b.replaceAll('{{', "{{'{{'}}"));
  }
});

test('what is written as a comment is the same again without its #', () => {
  const flow: DraftFlow = {
    name: 'delete',
    weight: 1,
    steps: [
      { ...STEP, method: 'DELETE', name: 'DELETE /', body: { kind: 'text', text: 'x\n\ny\n', contentType: null } },
    ],
    disabled: true,
  };
  const yaml = renderScenario(draft([{ name: 'read', weight: 1, steps: [STEP] }, flow]), [], 'file');
  assert.equal((parseDocument(yaml).toJS() as { flows: unknown[] }).flows.length, 1);
  const uncommented = parseDocument(yaml.replace(/^( *)#/gm, '$1')).toJS() as { flows: Record<string, unknown>[] };
  assert.deepEqual(uncommented.flows[1], { name: 'delete', weight: 1, steps: [{ delete: '/', body: 'x\n\ny\n' }] });
});

test('what no reader would take is refused with a sentence', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `f${i}`, weight: 1, steps: [STEP] }));
  const refused = (plan: ScenarioDraft, says: RegExp) =>
    assert.throws(
      () => renderScenario(plan, [], 'big.har'),
      (error: Error) => says.test(error.message),
    );
  refused(draft(many(201)), /big\.har would be too large: 201 flows/);
  const rows = Array.from({ length: 200_000 }, () => new Map([['a', 'b']]));
  refused(draft(many(1), { feeders: [{ name: 'f', order: 'random', rows }] }), /400\d\d\d values/);
});
