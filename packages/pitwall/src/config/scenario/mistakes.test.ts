import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { marked, messages } from './testing.ts';

/** A scenario whose only step has these keys beside its request. */
const step = (keys: string, request = 'get: /') => `steps:\n  - { ${request}, ${keys} }\n`;

const PATH =
  'expected a path that begins with / (the target has host and port), in percent-encoded ASCII without spaces and "#"';

/** Name of the mistake → the file with a § before each place that is to be named, and what is said of each. */
const MISTAKES: Readonly<Record<string, readonly [text: string, ...expected: readonly string[]]>> = {
  'an empty file': ['§', 'the file: expected flows: … or steps: ….'],
  'a list': ['§- get: /\n', 'the file: expected flows: … or steps: ….'],
  'nothing to do': ['§name: x\n', 'the file: it has nothing to do: give flows, or steps.'],
  'flows and steps': [
    'flows: [{ steps: [{ get: / }] }]\n§steps: [{ get: /x }]\n',
    'steps: the steps are in flows already: leave out one of the two.',
  ],
  'an unknown key at the top': [
    '§stpes: []\nsteps: [{ get: / }]\n',
    'stpes: there is no key "stpes" here (did you mean "steps"?).',
  ],
  'an unknown key of a step': [
    step('§checks: { status: 200 }'),
    'steps[0].checks: there is no key "checks" here (did you mean "check"?).',
  ],
  'an unknown key of a check': [
    step('check: { §statsu: 200 }'),
    'steps[0].check.statsu: there is no key "statsu" here (did you mean "status"?).',
  ],
  'flows as a map': ['flows: §{ a: 1 }\n', 'flows: expected a list, found a map.'],
  'a flow without steps': [
    'flows: [{ name: a, steps: §[] }]\n',
    'flows[0].steps: expected a list of at least 1, found a list.',
  ],
  'a weight of nothing': [
    'flows: [{ weight: §0, steps: [{ get: / }] }]\n',
    'flows[0].weight: expected more than 0, found 0.',
  ],
  'two flows of one name': [
    'flows:\n  - { name: a, steps: [{ get: /x }] }\n  - { name: §a, steps: [{ get: /y }] }\n',
    'flows[1].name: a second flow is called "a": give them different names.',
  ],
  'a step that is text': ['steps: [§/]\n', 'steps[0]: expected a map, found "/".'],
  'a step without a request': [
    'steps: [§{ name: a }]\n',
    'steps[0]: it has no request: expected a key such as get: /path.',
  ],
  'a method without a path': [
    'steps: [§{ method: post }]\n',
    'steps[0]: it has no request: expected a key such as post: /path.',
  ],
  'two requests in one step': [
    'steps: [{ get: /, §post: /x }]\n',
    'steps[0].post: a step is one request, and this one has get already.',
  ],
  'a method that is said twice': [
    'steps: [{ get: /, §method: get }]\n',
    'steps[0].method: get says it already: leave out one of the two.',
  ],
  'a method that there is not': [
    'steps: [{ method: §fetch, path: / }]\n',
    'steps[0].method: expected GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE, found "fetch".',
  ],
  'a whole URL': ['steps: [{ get: §http://h/x }]\n', `steps[0].get: ${PATH}.`],
  'a path with a space': ['steps: [{ get: §/a b }]\n', `steps[0].get: ${PATH}.`],
  'a path with a fragment': ['steps: [{ method: get, path: §/a#b }]\n', `steps[0].path: ${PATH}.`],
  'a path that begins with a value': [`steps: [{ get: §"{{$uuid}}" }]\n`, `steps[0].get: ${PATH}.`],
  'two steps of one name': [
    'steps: [{ get: /a }, { name: b, get: /b }, §{ get: /a }]\n',
    'steps[2]: a second step is called "GET /a": give them different names.',
  ],
  'a template that is not closed': [
    step('json: { a: [§"x {{id"] }', 'post: /'),
    'steps[0].json.a[0]: there is no }} after "{{id".',
  ],
  'a value that nothing sets': [
    `variables: { token: x }\n${step('headers: { X-T: §"{{tokne}}" }')}`,
    'steps[0].headers.X-T: {{tokne}} has no value here (did you mean "token"?).',
  ],
  'a value that is only set later': [
    'steps:\n  - get: §/{{id}}\n  - { name: b, get: /, extract: { id: $.id } }\n',
    'steps[0].get: {{id}} has no value here: it is extracted by the step b of the flow flow, which does not come before.',
  ],
  'a value that another flow sets': [
    'flows:\n  - { name: a, steps: [{ get: /, extract: { id: $.id } }] }\n  - { name: b, steps: [{ get: §"/{{id}}" }] }\n',
    'flows[1].steps[0].get: {{id}} has no value here: it is extracted by the step GET / of the flow a, which does not come before.',
  ],
  'a built-in value that there is not': [
    step('headers: { X-Id: §"{{$uid}}" }'),
    'steps[0].headers.X-Id: there is no built-in value "$uid" (did you mean "$uuid"?).',
  ],
  'a built-in value with wrong arguments': [
    'steps: [{ get: §"/{{$randomInt(9,1)}}" }]\n',
    'steps[0].get: "{{$randomInt(9,1)}}": expected the smaller number first, and a range below 2^53.',
  ],
  'a form that there is not': [
    `variables: { n: 1 }\n${step('json: { n: §"{{n|int}}" }', 'post: /')}`,
    'steps[0].json.n: "{{n|int}}": there is no form "int" (known: number, json, raw).',
  ],
  'a form where it has no meaning': [
    `variables: { n: 1 }\n${step('form: { n: §"{{n|json}}" }', 'post: /')}`,
    'steps[0].form.n: {{n|json}}: the form "json" can only be used in a JSON body and in text.',
  ],
  'a bare value inside a text': [
    `variables: { n: 1 }\n${step('json: { n: §"n {{n|number}}" }', 'post: /')}`,
    'steps[0].json.n: {{n|number}} has to be the whole text: it is written without quotes.',
  ],
  'a value in a key': [
    step('json: { §"{{n}}": 1 }', 'post: /'),
    'steps[0].json.{{n}}: values are filled in in texts, not in keys.',
  ],
  'a number that JSON has not': [step('json: [§.inf]', 'post: /'), 'steps[0].json[0]: JSON has no such number.'],
  'two bodies': [
    step('json: 1, §form: { a: 1 }', 'post: /'),
    'steps[0].form: a request has one body, and this one has json already.',
  ],
  'a body with text and file': [
    step('body: §{ text: a, file: b }', 'post: /'),
    'steps[0].body: expected either text or file.',
  ],
  'a body from a file that is not there': [
    step('body: { file: §none.bin }', 'post: /'),
    'steps[0].body.file: "none.bin" cannot be read: there is no such file.',
  ],
  'a part without a value': [
    step('multipart: { a: §{} }', 'post: /'),
    'steps[0].multipart.a: expected either value or file.',
  ],
  'the content type of a multipart body': [
    step('multipart: { a: 1 }, headers: { §content-type: x/y }', 'post: /'),
    'steps[0].headers.content-type: a multipart body brings its own, with the boundary.',
  ],
  'a header name with a space': [
    step('headers: { §"X Y": 1 }'),
    'steps[0].headers["X Y"]: this cannot be the name of a header.',
  ],
  'a header that would become two': [
    step('headers: { X: §"a\\r\\nY: b" }'),
    'steps[0].headers.X: it contains characters that a header cannot have.',
  ],
  'a shared header with a value that nothing sets': [
    `headers: { A: §"{{t}}" }\n${step('tags: {}')}`,
    'headers.A: {{t}} has no value here (none is known).',
  ],
  'a JSONPath that is none': [
    step('extract: { id: §"$.a[" }'),
    'steps[0].extract.id: it is not a JSONPath: unclosed bracketed selection, at character 5.',
  ],
  'a JSONPath that is none, in a check': [
    step('check: { jsonpath: { §a.b: exists } }'),
    "steps[0].check.jsonpath[\"a.b\"]: it is not a JSONPath: expected '$', found 'a', at character 1.",
  ],
  'an extraction that is some text': [
    step('extract: { id: §items.id }'),
    'steps[0].extract.id: expected a JSONPath that begins with $, or a map such as { header: Location }.',
  ],
  'an extraction from two places': [
    step('extract: { id: §{ header: A, cookie: b } }'),
    'steps[0].extract.id: expected one of jsonpath, regex, header and cookie.',
  ],
  'an extraction under a name that templates cannot use': [
    step('extract: { §"$id": $.id }'),
    'steps[0].extract.$id: a name is a letter and then up to 99 letters, digits, "_", "-" or ".".',
  ],
  'a regular expression that is none': [
    step('extract: { id: { regex: §"a(b" } }'),
    'steps[0].extract.id.regex: it is not a regular expression: unterminated group.',
  ],
  'a group that the regular expression has not': [
    step('extract: { id: { regex: §"a(b)", group: 2 } }'),
    'steps[0].extract.id.regex: it has no group 2, only 1.',
  ],
  'a group without a regular expression': [
    step('extract: { id: { header: A, §group: 1 } }'),
    'steps[0].extract.id.group: only a regex has groups.',
  ],
  'a status that there is not': [
    step('check: { status: [200, §99] }'),
    'steps[0].check.status[1]: expected at least 100, found 99.',
  ],
  'a status as a word': [
    step('check: { status: §ok }'),
    'steps[0].check.status: expected a status such as 200, or 2xx, found "ok".',
  ],
  'a check of JSON against a map': [
    step('check: { jsonpath: { $.a: §{ is: 1 } } }'),
    'steps[0].check.jsonpath["$.a"]: expected exists, a value, or { equals: value }.',
  ],
  'a size upside down': [
    step('check: { size: §{ min: 2kB, max: 1kB } }'),
    'steps[0].check.size: expected min to be at most max.',
  ],
  'a latency without a unit': [
    step('check: { latency: §"500" }'),
    'steps[0].check.latency: expected a duration such as 500ms or 2s, found "500".',
  ],
  'a think time of two kinds': [
    step('think: §{ constant: 1s, exponential: 2s }'),
    'steps[0].think: expected a duration, or one of constant, uniform, exponential and lognormal.',
  ],
  'a think time of no kind': [
    step('think: { §normal: 2s }'),
    'steps[0].think.normal: there is no key "normal" here (known: constant, uniform, exponential, lognormal).',
  ],
  'a uniform think time upside down': [
    step('think: { uniform: §[3s, 1s] }'),
    'steps[0].think.uniform: expected the shorter pause first.',
  ],
  'a spread that is no number': [
    step('think: { lognormal: { mean: 2s, sigma: §wide } }'),
    'steps[0].think.lognormal.sigma: expected a number, found "wide".',
  ],
  'a feeder whose file is not there': [
    `feeders: { users: { file: §none.csv } }\n${step('tags: {}')}`,
    'feeders.users.file: "none.csv" cannot be read: there is no such file.',
  ],
  'a feeder of an unknown format': [
    `feeders: { users: §users.xlsx }\n${step('tags: {}')}`,
    'feeders.users: the ending of "users.xlsx" does not tell its format: give format: csv or jsonl.',
  ],
  'a feeder in an unknown order': [
    `feeders: { users: { file: a.csv, order: §shuffled } }\n${step('tags: {}')}`,
    'feeders.users.order: expected one of sequential, random, unique, once, found "shuffled".',
  ],
  'a feeder without rows': [
    `feeders: { users: { rows: §[] } }\n${step('tags: {}')}`,
    'feeders.users.rows: it has no rows.',
  ],
  'a column that not every row has': [
    `feeders: { users: { rows: [{ a: 1, b: 2 }, { a: 3 }] } }\nsteps: [{ get: §"/{{b}}" }]\n`,
    'steps[0].get: {{b}} is not in every row of the feeder users: row 2 has none.',
  ],
  'a column with the name of a variable': [
    `variables: { a: 1 }\nfeeders: { §users: { rows: [{ a: 1 }] } }\n${step('tags: {}')}`,
    'feeders.users: its column a has the name of a variable: which value is meant would not be clear.',
  ],
  'two feeders with one column': [
    `feeders: { x: { rows: [{ a: 1 }] }, §y: { rows: [{ a: 1 }] } }\n${step('tags: {}')}`,
    'feeders.y: its column a has the name of a column of the feeder x: which value is meant would not be clear.',
  ],
  'an extraction with the name of a column': [
    `feeders: { x: { rows: [{ a: 1 }] } }\n${step('extract: { §a: $.a }')}`,
    'steps[0].extract.a: the feeder x has a column of that name: which value is meant would not be clear.',
  ],
  'a variable that is a list': [
    `variables: { a: §[1] }\n${step('tags: {}')}`,
    'variables.a: expected text, a number, true or false, found a list.',
  ],
  'abort rules that never end a run': [
    `abort: §{ danger: false }\n${step('tags: {}')}`,
    'abort: it would never end a run: give errors, p99 or danger: true.',
  ],
  'an error ratio of all': [
    `abort: { errors: §100% }\n${step('tags: {}')}`,
    'abort.errors: expected a ratio above 0 and below 100%, found "100%".',
  ],
};

describe('every mistake is named with line, column and key', () => {
  for (const [what, [text, ...expected]] of Object.entries(MISTAKES)) {
    it(what, async () => {
      const { plain, places } = marked(text);
      assert.equal(places.length, expected.length);
      assert.deepEqual(
        await messages(plain),
        expected.map((words, index) => `${places[index]}: ${words}`),
      );
    });
  }
});

describe('many mistakes', () => {
  it('are all said at once, in the order of the file', async () => {
    const { plain, places } = marked(`cookies: §maybe
flows:
  - steps:
      - { get: /a, §thnk: 1s }
      - { get: §"/{{unknown" }
      - { get: /c, extract: { id: §"$.[" }, check: { body: §"(" } }
  - steps:
      - { get: §b }
cleanUp: [{ §fetch: / }]
`);
    const keys = [
      'cookies',
      'flows[0].steps[0].thnk',
      'flows[0].steps[1].get',
      'flows[0].steps[2].extract.id',
      'flows[0].steps[2].check.body',
      'flows[1].steps[0].get',
      'cleanUp[0].fetch',
    ];
    assert.deepEqual(
      (await messages(plain)).map((line) => line.split(': ').slice(0, 2).join(': ')),
      keys.map((key, index) => `${places[index]}: ${key}`),
    );
  });

  it('do not make values unknown that a broken step would have brought', async () => {
    const lines = await messages('steps:\n  - { get: /a, extract: { id: $. } }\n  - get: /{{id}}\n  - get: "/{{"\n');
    assert.deepEqual(
      lines.map((line) => line.split(': ')[1]),
      ['steps[0].extract.id', 'steps[2].get'],
    );
  });
});
