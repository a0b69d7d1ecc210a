import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkTemplate, parseTemplate, type TemplateContext } from './template.ts';

describe('parseTemplate', () => {
  const cases: Readonly<Record<string, unknown>> = {
    '': [],
    plain: [{ kind: 'text', text: 'plain' }],
    '{"a":{"b":1}}': [{ kind: 'text', text: '{"a":{"b":1}}' }],
    '/d/{{ id }}': [
      { kind: 'text', text: '/d/' },
      { kind: 'value', name: 'id', form: null },
    ],
    '{{First Name}}{{user.id|number}}': [
      { kind: 'value', name: 'First Name', form: null },
      { kind: 'value', name: 'user.id', form: 'number' },
    ],
    '{"n":{"m":{{n|json}}}}': [
      { kind: 'text', text: '{"n":{"m":' },
      { kind: 'value', name: 'n', form: 'json' },
      { kind: 'text', text: '}}' },
    ],
    '{{$uuid}}-{{ $randomInt( -3 , 7 ) }}-{{$user()}}': [
      { kind: 'builtin', name: '$uuid', arguments: [] },
      { kind: 'text', text: '-' },
      { kind: 'builtin', name: '$randomInt', arguments: [-3, 7] },
      { kind: 'text', text: '-' },
      { kind: 'builtin', name: '$user', arguments: [] },
    ],
    '{{ $user | text }}': [{ kind: 'builtin', name: '$user', arguments: [], asText: true }],
    "a{{'{{'}}b{{ 'x}}' }}": [{ kind: 'text', text: 'a{{bx}}' }],
    '{{__proto__}}': [{ kind: 'value', name: '__proto__', form: null }],
  };
  for (const [text, parts] of Object.entries(cases)) {
    it(JSON.stringify(text), () => assert.deepEqual(parseTemplate(text), parts));
  }

  const mistakes: Readonly<Record<string, string>> = {
    '/a/{{id': 'there is no }} after "{{id"',
    '{{}}': '"{{}}" names nothing',
    '{{ | json }}': '"{{ | json }}" names nothing',
    '{{a{b}}': '"{{a{b}}": "a{b" cannot be a name',
    "{{it's}} {{'a}}": '"{{\'a}}": "\'a" cannot be a name',
    '{{n|numbr}}': '"{{n|numbr}}": there is no form "numbr" (did you mean "number"?)',
    '{{n|number|json}}': '"{{n|number|json}}": there is no form "number|json" (known: number, json, raw)',
    '{{$uid}}': 'there is no built-in value "$uid" (did you mean "$uuid"?)',
    '{{$toString}}':
      'there is no built-in value "$toString" (known: $uuid, $randomInt, $randomText, $user, $iteration, $timestamp, $timestampMs, $isoTimestamp)',
    '{{$uuid|json}}': '"{{$uuid|json}}": this built-in value has no form: leave out what follows the bar',
    '{{$uuid|text}}': '"{{$uuid|text}}": this built-in value has no form: leave out what follows the bar',
    '{{$user|number}}':
      '"{{$user|number}}": this built-in value has no form but "text", which makes a JSON string of it: leave out what follows the bar',
    '{{$uuid(1)}}': '"{{$uuid(1)}}": expected $uuid alone',
    '{{$randomInt}}': '"{{$randomInt}}": expected $randomInt(smallest, largest)',
    '{{$randomInt(9,1)}}': '"{{$randomInt(9,1)}}": expected the smaller number first, and a range below 2^53',
    '{{$randomInt(a,1)}}': '"{{$randomInt(a,1)}}": expected whole numbers from -9007199254740991 to 9007199254740991',
    '{{$randomText(0)}}': '"{{$randomText(0)}}": expected whole numbers from 1 to 100000',
    '{{$randomInt(1,2}}': '"{{$randomInt(1,2}}": expected a built-in value such as $uuid or $randomInt(1,100)',
  };
  for (const [text, problem] of Object.entries(mistakes)) {
    it(`refuses ${text}`, () => assert.deepEqual(parseTemplate(text), { problem }));
  }
});

describe('checkTemplate', () => {
  const problem = (text: string, context: TemplateContext, known: readonly string[] | null = ['id', 'token']) => {
    const checked = checkTemplate(text, context, known && new Set(known));
    return 'problem' in checked ? checked.problem : null;
  };

  it('looks up names, unless none is given', () => {
    assert.equal(problem('{{id}}', 'text'), null);
    assert.equal(problem('{{tokn}}', 'text'), '{{tokn}} has no value here (did you mean "token"?)');
    assert.equal(problem('{{x}}', 'text'), '{{x}} has no value here (known: id, token)');
    assert.equal(problem('{{x}}', 'text', []), '{{x}} has no value here (none is known)');
    assert.equal(problem('{{x}}', 'text', null), null);
  });

  it('takes paths from the root, without what would end a request line', () => {
    for (const path of ['/', '/a?b={{id}}', '{{id|raw}}', '{{id|raw}}/x'])
      assert.equal(problem(path, 'path'), null, path);
    for (const path of ['', 'a', '{{id}}', '/a b', '/a\r\nX: y', '/é', '/a#b', 'http://h/', '{{$uuid}}']) {
      assert.match(problem(path, 'path')!, /^expected a path that begins with \//, path);
    }
  });

  it('refuses line breaks in headers without repeating what may be a secret', () => {
    assert.equal(problem('é {{id}}', 'header'), null);
    const words = problem('Bearer s3cret\r\nX: y', 'header')!;
    assert.equal(words, 'it contains characters that a header cannot have');
  });

  it('knows where a form has a meaning', () => {
    assert.equal(problem('{{id|number}}', 'json'), null);
    assert.match(problem('n {{id|number}}', 'json')!, /has to be the whole text/);
    assert.equal(problem('{"n":{{id|json}}}', 'text'), null);
    assert.match(problem('/{{id|json}}', 'path')!, /"json" can only be used in a JSON body and in text/);
    assert.match(problem('{{id|raw}}', 'header')!, /"raw" can only be used in a path and in form fields/);
  });
});
