import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scenario, Step, StepBody } from '../../model/scenario.ts';
import { compileScenario, scenarioProblem } from './compile.ts';
import { withCookies } from './request.ts';
import { ScenarioMistake, TemplateProblem } from './template.ts';
import { flow, scenario, scopeWith, step } from './testing.ts';

/** The request of a scenario's only step, with its body as text. */
async function requestOf(more: Partial<Step>, values: Record<string, string> = {}, around: Partial<Scenario> = {}) {
  const feeders = [{ name: 'f', order: 'random', rows: [{ id: '', token: '', n: '' }] }] as const;
  const { steps } = await compileScenario(scenario({ feeders, flows: [flow([step(more)])], ...around }), 1);
  const request = steps[0]!.build(scopeWith(values));
  return { ...request, body: request.body && Buffer.from(request.body).toString() };
}

describe('requests', () => {
  it('that never vary are made once', async () => {
    const fixed = step({
      method: 'post',
      path: '/a?lang={{lang}}',
      body: { kind: 'json', value: { a: ['{{lang}}'] } },
    });
    const { steps } = await compileScenario(scenario({ variables: { lang: 'en' }, flows: [flow([fixed])] }), 1);
    const [one] = steps;
    assert.deepEqual(one!.fixed, {
      method: 'POST',
      path: '/a?lang=en',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from('{"a":["en"]}'),
      capture: false,
    });
    assert.equal(one!.build(scopeWith()), one!.fixed);
  });

  it('are filled in for each user', async () => {
    const request = await requestOf(
      { path: '/d/{{id}}?u={{$user}}', headers: { Authorization: 'Bearer {{token}}' } },
      { id: 'a/b', token: 't' },
    );
    assert.equal(request.path, '/d/a%2Fb?u=1');
    assert.deepEqual(request.headers, { Authorization: 'Bearer t' });
  });

  it('take headers of the step, then of its body, then of the scenario, in any case', async () => {
    const headers = { 'content-type': 'text/x', Accept: 'a/b', 'X-A': '1' };
    const of = async (more: Partial<Step>) => (await requestOf(more, {}, { headers })).headers;
    assert.deepEqual(await of({}), headers);
    assert.deepEqual(await of({ headers: { accept: '*/*' }, body: { kind: 'form', fields: { a: '1' } } }), {
      'Content-Type': 'application/x-www-form-urlencoded',
      accept: '*/*',
      'X-A': '1',
    });
    const own = await of({ headers: { 'CONTENT-TYPE': 'application/x.y+json' }, body: { kind: 'json', value: 1 } });
    assert.equal(own['CONTENT-TYPE'], 'application/x.y+json');
    const text: StepBody = { kind: 'text', text: 'x', contentType: null };
    assert.equal((await of({ body: text }))['content-type'], 'text/x');
    const parts = [{ name: 'a', value: '1', base64: false, fileName: null, contentType: null }];
    const multipart = await of({ headers: { 'Content-Type': 'nonsense' }, body: { kind: 'multipart', parts } });
    assert.match(multipart['Content-Type']!, /^multipart\/form-data; boundary=----pitwall-[\da-f]{32}$/);
  });

  it('cannot be split by a value', async () => {
    await assert.rejects(requestOf({ headers: { 'X-T': '{{token}}' } }, { token: 'a\r\nX-Evil: 1' }), TemplateProblem);
    const { path } = await requestOf({ path: '/{{id}}' }, { id: ' HTTP/1.1\r\nX: y\r\n\r\n' });
    assert.equal(path, '/%20HTTP%2F1.1%0D%0AX%3A%20y%0D%0A%0D%0A');
    await assert.rejects(requestOf({ path: '{{id|raw}}' }, { id: 'http://other.test/' }), /does not begin with \//);
  });

  it('add the cookies of the jar to those that they have', () => {
    const request = { method: 'GET', path: '/', headers: { cookie: 'a=1' }, body: null, capture: false };
    assert.deepEqual(withCookies(request, 'b=2').headers, { cookie: 'a=1; b=2' });
    assert.deepEqual(withCookies({ ...request, headers: {} }, 'b=2').headers, { Cookie: 'b=2' });
    assert.equal(withCookies(request, ''), request);
  });
});

describe('bodies', () => {
  const body = async (kind: StepBody, values: Record<string, string> = {}) =>
    (await requestOf({ body: kind }, values)).body;

  it('JSON stays JSON, whatever the values are', async () => {
    const value = {
      'k"': ['{{id}}', 1.5, true, null, { n: '{{n|number}}', j: '{{ n | json }}', t: 'n: {{n}}' }],
      e: [],
      o: {},
    };
    const text = await body({ kind: 'json', value }, { id: '"},"admin":true,{"', n: '7' });
    assert.deepEqual(JSON.parse(text!), {
      'k"': ['"},"admin":true,{"', 1.5, true, null, { n: 7, j: 7, t: 'n: 7' }],
      e: [],
      o: {},
    });
    assert.equal(await body({ kind: 'json', value: 'x' }), '"x"');
    await assert.rejects(body({ kind: 'json', value: ['{{n|number}}'] }, { n: '1]' }), TemplateProblem);
  });

  it('a built-in value that is a number is one in JSON where it is the whole text, unless it is wanted as text', async () => {
    const value = {
      drawn: '{{$randomInt(5,5)}}',
      below: '{{ $randomInt(-5,-5) }}',
      who: ['{{$user}}', '{{$iteration}}'],
      written: '{{$user|text}}',
      part: 'user {{$user}}',
      twice: '{{$user}}{{$user}}',
      seconds: '{{$timestamp}}',
      milliseconds: '{{$timestampMs}}',
      drawnText: '{{$randomText(4)}}',
      when: '{{$isoTimestamp}}',
      fed: '{{n}}',
    };
    const { seconds, milliseconds, drawnText, when, ...rest } = JSON.parse(
      (await body({ kind: 'json', value }, { n: '007' }))!,
    );
    assert.deepEqual(rest, {
      drawn: 5,
      below: -5,
      who: [1, 0],
      written: '1',
      part: 'user 1',
      twice: '11',
      fed: '007',
    });
    assert.deepEqual(
      [seconds, milliseconds, drawnText, when].map((each) => typeof each),
      ['number', 'number', 'string', 'string'],
    );
    assert.equal(await body({ kind: 'json', value: '{{$user}}' }), '1');
    assert.equal(await body({ kind: 'form', fields: { u: '{{$user|text}}' } }), 'u=1');
  });

  it('forms as browsers write them', async () => {
    const fields = { 'a b': 'x&y', id: '{{id}}', '': '' };
    const text = await body({ kind: 'form', fields }, { id: 'é+1=2' });
    assert.equal(text, 'a+b=x%26y&id=%C3%A9%2B1%3D2&=');
    assert.deepEqual(
      [...new URLSearchParams(text!)],
      [
        ['a b', 'x&y'],
        ['id', 'é+1=2'],
        ['', ''],
      ],
    );
  });

  it('text with its values as they are; bytes untouched', async () => {
    assert.equal(
      await body({ kind: 'text', text: '<a>{{id}}</a>', contentType: 'text/xml' }, { id: '<é>' }),
      '<a><é></a>',
    );
    const bytes: StepBody = { kind: 'bytes', base64: '/wA=', contentType: null };
    const { steps } = await compileScenario(scenario({ flows: [flow([step({ body: bytes })])] }), 1);
    assert.deepEqual(steps[0]!.fixed!.body, Buffer.from([0xff, 0]));
  });
});

describe('compileScenario', () => {
  const shop = scenario({
    cookies: true,
    feeders: [
      { name: 'users', order: 'unique', rows: [{ user: 'u', password: 'p' }] },
      { name: 'pages', order: 'random', rows: [{ page: '1' }] },
      { name: 'unused', order: 'once', rows: [{ x: '1' }] },
    ],
    oncePerUser: [
      step({ name: 'in', path: '/in/{{user}}', extract: [{ as: 'token', from: 'header', name: 'x-token' }] }),
    ],
    flows: [
      flow([
        step({ name: 'list', path: '/?p={{page}}' }),
        step({ name: 'one', checks: [{ kind: 'status', name: 's', in: [404] }] }),
      ]),
      flow(
        [
          step({
            name: 'me',
            headers: { T: '{{token}}' },
            thinkTime: { distribution: 'constant', mean: 2 },
            expected: 0.5,
          }),
        ],
        {
          name: 'me',
          weight: 3,
        },
      ),
    ],
    cleanUp: [step({ name: 'out', path: '/out/{{token}}' })],
  });

  it('numbers the steps of the flows first, and knows which feeders each flow uses', async () => {
    const { steps, flows, oncePerUser, cleanUp } = await compileScenario(shop, 1);
    assert.deepEqual(
      steps.map(({ index, name, flow: of }) => [index, name, of]),
      [
        [0, 'list', 'flow'],
        [1, 'one', 'flow'],
        [2, 'me', 'me'],
        [3, 'in', null],
        [4, 'out', null],
      ],
    );
    assert.deepEqual(
      [...flows, oncePerUser, cleanUp].map((part) => [part.steps.map(({ name }) => name), part.feeders]),
      [
        [['list', 'one'], [1]],
        [['me'], []],
        [['in'], [0]],
        [['out'], []],
      ],
    );
    assert.deepEqual(
      flows.map(({ name, weight }) => [name, weight]),
      [
        ['flow', 1],
        ['me', 3],
      ],
    );
    assert.deepEqual(
      steps.map(({ checksStatus }) => checksStatus),
      [false, true, false, false, false],
    );
    assert.deepEqual(steps[2]!.think, { distribution: 'constant', mean: 2 });
    assert.equal(steps[2]!.expected, 0.5);
    assert.ok(
      steps.every(({ capture }) => capture),
      'cookies are in every answer',
    );
  });

  it('keeps answers only for steps that look at them', async () => {
    const capture = async (more: Partial<Step>) =>
      (await compileScenario(scenario({ flows: [flow([step(more)])] }), 1)).steps[0]!.capture;
    assert.equal(await capture({}), false);
    assert.equal(await capture({ checks: [{ kind: 'latency', name: 'l', max: 1 }] }), false);
    assert.equal(await capture({ checks: [{ kind: 'body', name: 'b', matches: 'x' }] }), true);
    assert.equal(await capture({ extract: [{ as: 'a', from: 'header', name: 'b' }] }), true);
  });

  it('names the step and the place of what cannot be compiled', async () => {
    const problem = (more: Partial<Step>) => scenarioProblem(scenario({ flows: [flow([step(more)])] }));
    assert.equal(await problem({}), null);
    assert.equal(await problem({ path: '/{{id}}' }), 'step step: the path: {{id}} has no value here (none is known)');
    assert.match((await problem({ path: 'x' }))!, /^step step: the path: expected a path that begins/);
    assert.match((await problem({ headers: { A: '{{' } }))!, /^step step: the header A: there is no }} after/);
    assert.match((await problem({ headers: { 'A B': '{{$uuid}}' } }))!, /^step step: A B is not a header name/);
    assert.match((await problem({ headers: { 'Content-Length': '1' } }))!, /set by Pitwall itself/);
    assert.match((await problem({ method: 'G T' }))!, /not a method/);
    const kept = scenario({ flows: [flow([step({ headers: { Connection: '{{$uuid}}' } })])] });
    assert.equal(await scenarioProblem(kept), null);
    assert.match((await scenarioProblem(kept, 'http2'))!, /Connection does not exist in HTTP\/2/);
    assert.match(
      (await problem({ body: { kind: 'json', value: ['{{$x}}'] } }))!,
      /^step step: the body: there is no built-in/,
    );
    assert.match(
      (await problem({ extract: [{ as: 'a', from: 'jsonpath', path: '$.a[' }] }))!,
      /^step step: extract a: unclosed bracketed selection/,
    );
    await assert.rejects(compileScenario(scenario({ flows: [flow([step({ path: '' })])] }), 1), ScenarioMistake);
  });

  it('lets a step see what was extracted before it, and not after', async () => {
    const takes = step({ name: 'takes', extract: [{ as: 'id', from: 'header', name: 'x' }] });
    const uses = step({ name: 'uses', path: '/{{id}}' });
    assert.equal(await scenarioProblem(scenario({ flows: [flow([takes, uses])], cleanUp: [uses] })), null);
    assert.match(
      (await scenarioProblem(scenario({ flows: [flow([uses, takes])] })))!,
      /^step uses: the path: \{\{id\}\} has no/,
    );
    assert.match((await scenarioProblem(scenario({ flows: [flow([takes]), flow([uses])] })))!, /^step uses/);
  });
});
