import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TemplateContext } from '../../model/template.ts';
import { seededRandom } from '../../stats/random.ts';
import { type Scope, UserScope } from './scope.ts';
import { compileTemplate, MissingValue, type Names, ScenarioMistake, TemplateProblem } from './template.ts';

const NAMES: Names = {
  known: new Set(['v', 'lang', 'page', 'First Name']),
  variables: { lang: 'de "at"', page: '1' },
  extracted: new Set(['v', 'page']),
};

function scopeWith(values: Record<string, string>): Scope {
  const scope = new UserScope(6, 1);
  Object.assign(scope.values, values);
  return scope;
}

const render = (text: string, context: TemplateContext, v?: string) =>
  compileTemplate(text, context, NAMES).render(scopeWith(v === undefined ? {} : { v }));

describe('values are written as their place needs them', () => {
  const hostile = 'a/b?c=d&e%\r\n"é日\ud800';
  const cases: Readonly<Record<string, readonly [text: string, context: TemplateContext, expected: string]>> = {
    'in a path': ['/x/{{v}}', 'path', '/x/a%2Fb%3Fc%3Dd%26e%25%0D%0A%22%C3%A9%E6%97%A5%EF%BF%BD'],
    'in a form field': ['x {{v}}', 'form', 'x+a%2Fb%3Fc%3Dd%26e%25%0D%0A%22%C3%A9%E6%97%A5%EF%BF%BD'],
    'in a JSON text': ['"{{v}}', 'json', '\\"a/b?c=d&e%\\r\\n\\"é日\\ud800'],
    'in a text': ['[{{v}}]', 'text', `[${hostile}]`],
  };
  for (const [where, [text, context, expected]] of Object.entries(cases)) {
    it(where, () => assert.equal(render(text, context, hostile), expected));
  }

  it('in a header: never with a line break or what is beyond Latin-1', () => {
    assert.equal(render('Bearer {{v}}', 'header', 'é~\t'), 'Bearer é~\t');
    for (const v of ['a\r\nX: y', 'a\n', '\0', '日'])
      assert.throws(() => render('{{v}}', 'header', v), TemplateProblem, JSON.stringify(v));
  });

  it('form fields as browsers write them', () => {
    assert.equal(render('{{v}}', 'form', "a b*-._~!'()"), 'a+b*-._%7E%21%27%28%29');
  });
});

it('no value whatever leaves its place', () => {
  const random = seededRandom(5);
  const alphabet = [
    '\r',
    '\n',
    '\0',
    ' ',
    '/',
    '?',
    '#',
    '%',
    '"',
    '\\',
    '&',
    '=',
    '{{',
    '}}',
    'é',
    '日',
    '\ud800',
    '\u2028',
    'a',
  ];
  const draw = () => alphabet[Math.floor(random() * alphabet.length)]!;
  for (let i = 0; i < 3000; i++) {
    const v = Array.from({ length: 8 }, draw).join('');
    assert.match(render('/{{v}}/x?y={{v}}', 'path', v), /^\/[^/?#]*\/x\?y=[^&=#]*$/);
    assert.match(render('/{{v}}', 'path', v), /^[\x21-\x7e]+$/);
    assert.match(render('{{v}}', 'form', v), /^[A-Za-z0-9*._%+-]*$/);
    assert.equal(JSON.parse(`["${render('{{v}}', 'json', v)}"]`)[0], v);
    try {
      assert.doesNotMatch(render('{{v}}', 'header', v), /[^\t\x20-\x7e\x80-\xff]/);
    } catch (error) {
      assert.ok(error instanceof TemplateProblem);
    }
  }
});

describe('forms', () => {
  it('a number stands for itself, and nothing else does', () => {
    for (const v of ['0', '-1.5', '1e3']) assert.equal(render('{{v|number}}', 'json', v), v);
    for (const v of ['', '01', '1,"admin":true', 'NaN', '0x1', ' 1'])
      assert.throws(() => render('{{v|number}}', 'json', v), /the value of \{\{v\|number\}\} is not a number/, v);
  });

  it('JSON text stands for itself when it is whole', () => {
    assert.equal(render('{"a":{{v|json}}}', 'text', '[1, "x"]'), '{"a":[1, "x"]}');
    for (const v of ['', '1,2', '{"a":1},"b":2'])
      assert.throws(() => render('{{v|json}}', 'json', v), /is not JSON/, v);
  });

  it('raw is not encoded, and still cannot leave its path', () => {
    assert.equal(render('{{v|raw}}', 'path', '/a/b?c=%20d'), '/a/b?c=%20d');
    for (const v of ['/a b', '/a\r\nHost: x', '/é', '/a#b'])
      assert.throws(() => render('/x{{v|raw}}', 'path', v), TemplateProblem, v);
    assert.equal(render('{{v|raw}}', 'form', 'a=b&c'), 'a=b&c');
  });
});

describe('names', () => {
  it('variables that nothing sets are filled in once', () => {
    const template = compileTemplate('/x?lang={{lang}}', 'path', NAMES);
    assert.equal(template.isConstant, true);
    assert.equal(template.render(scopeWith({ lang: 'ignored' })), '/x?lang=de%20%22at%22');
    assert.equal(compileTemplate('', 'text', NAMES).isConstant, true);
    assert.equal(compileTemplate("{{'{{'}}", 'text', NAMES).render(scopeWith({})), '{{');
  });

  it('variables that are extracted are the value until then', () => {
    assert.equal(compileTemplate('{{page}}', 'text', NAMES).isConstant, false);
    assert.equal(render('{{page}}', 'text'), '1');
    assert.equal(compileTemplate('{{page}}', 'text', NAMES).render(scopeWith({ page: '2' })), '2');
  });

  it('without a value are a problem of the step, also when an object would have one', () => {
    assert.throws(() => render('{{v}}', 'text'), new MissingValue('v'));
    assert.equal(new MissingValue('v').message, '{{v}} has no value yet');
    assert.ok(new MissingValue('v') instanceof TemplateProblem);
    const names = { known: new Set(['constructor', '__proto__']), variables: {}, extracted: new Set<string>() };
    for (const name of names.known)
      assert.throws(() => compileTemplate(`{{${name}}}`, 'text', names).render(scopeWith({})), TemplateProblem);
  });

  it('that are unknown, and variables that cannot be written there, are a mistake of the scenario', () => {
    assert.throws(() => render('{{vv}}', 'text'), /did you mean "v"/);
    const names = { known: new Set(['a']), variables: { a: 'x\ny' }, extracted: new Set<string>() };
    assert.throws(() => compileTemplate('{{a}}', 'header', names), ScenarioMistake);
  });
});

describe('built-in values', () => {
  it('of the user and the time', () => {
    const scope: Scope = {
      ...scopeWith({}),
      values: {},
      user: 7,
      iteration: 3,
      now: () => 1_700_000_000_123.9,
      uuid: () => 'u',
    };
    const of = (name: string) => compileTemplate(`{{${name}}}`, 'text', NAMES).render(scope);
    assert.deepEqual(['$user', '$iteration', '$timestamp', '$timestampMs', '$isoTimestamp', '$uuid'].map(of), [
      '7',
      '3',
      '1700000000',
      '1700000000123',
      '2023-11-14T22:13:20.123Z',
      'u',
    ]);
  });

  it('$uuid differs each time, users count from 1', () => {
    const scope = new UserScope(0, 1);
    const template = compileTemplate('{{$uuid}}', 'text', NAMES);
    assert.match(template.render(scope), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    assert.notEqual(template.render(scope), template.render(scope));
    assert.equal(compileTemplate('{{$user}}', 'text', NAMES).render(scope), '1');
  });

  it('random ones repeat with the seed, differ between users, and keep their range', () => {
    const draw = (user: number, seed: number, name: string) => {
      const scope = new UserScope(user, seed);
      const template = compileTemplate(`{{${name}}}`, 'text', NAMES);
      return Array.from({ length: 500 }, () => template.render(scope));
    };
    assert.deepEqual(draw(3, 1, '$randomInt(1,6)'), draw(3, 1, '$randomInt(1,6)'));
    assert.notDeepEqual(draw(3, 1, '$randomInt(1,6)'), draw(4, 1, '$randomInt(1,6)'));
    assert.notDeepEqual(draw(3, 1, '$randomInt(1,6)'), draw(3, 2, '$randomInt(1,6)'));
    assert.deepEqual([...new Set(draw(0, 1, '$randomInt(-2,2)'))].sort(), ['-1', '-2', '0', '1', '2']);
    const wide = draw(0, 1, '$randomInt(0,9007199254740990)').map(Number);
    assert.ok(wide.every(Number.isSafeInteger) && wide.some((n) => n > 2 ** 52) && wide.some((n) => n % 2 === 1));
    assert.ok(draw(0, 1, '$randomText(12)').every((text) => /^[a-z0-9]{12}$/.test(text)));
  });
});
