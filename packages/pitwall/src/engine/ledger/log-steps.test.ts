import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadEndpoint } from '../../model/load.ts';
import type { Scenario, Step } from '../../model/scenario.ts';
import { seededRandom } from '../../stats/random.ts';
import { stepFinder } from './log-steps.ts';

const endpoint = (method: string, path: string, headers: Record<string, string> = {}): LoadEndpoint => ({
  name: `${method} ${path}`,
  method,
  path,
  headers,
  weight: 1,
});
const scenario = (steps: readonly Partial<Step>[], headers: Record<string, string> = {}): Scenario =>
  ({
    headers,
    flows: [
      {
        name: 'flow',
        weight: 1,
        steps: steps.map((step, i) => ({ name: `step ${i}`, method: 'GET', headers: {}, ...step })),
      },
    ],
  }) as unknown as Scenario;

test('endpoints by method and path with query', () => {
  const { find, groups, agents } = stepFinder({
    endpoints: [endpoint('GET', '/a?x=1'), endpoint('GET', '/b'), endpoint('post', '/b')],
  });
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['GET /a?x=1', 'GET /b', 'post /b'],
  );
  assert.deepEqual(
    [
      find('GET', '/a?x=1'),
      find('GET', '/b'),
      find('POST', '/b'),
      find('GET', '/a?x=2'),
      find('GET', '/c'),
      find('PUT', '/b'),
    ],
    [0, 1, 2, -1, -1, -1],
  );
  assert.deepEqual(agents, new Set(['pitwall']));
});

test('a log without queries: by path, where that is enough', () => {
  const { find } = stepFinder({
    endpoints: [endpoint('GET', '/a?x=1'), endpoint('GET', '/b?x=1'), endpoint('GET', '/b?x=2')],
  });
  assert.deepEqual([find('GET', '/a'), find('GET', '/b')], [0, -1]);
});

test('steps that look the same to the server are one', () => {
  const { groups, find } = stepFinder({
    endpoints: [],
    scenario: scenario([{ path: '/a' }, { path: '/b' }, { path: '/a', name: 'again' }]),
  });
  assert.deepEqual(
    groups.map(({ steps, name }) => [steps, name]),
    [
      [[0, 2], 'step 0 + again'],
      [[1], 'step 1'],
    ],
  );
  assert.equal(find('GET', '/a'), 0);
});

test('paths with values in them, exact ones before them', () => {
  const { find } = stepFinder({
    endpoints: [],
    scenario: scenario([
      { path: '/orders/{{id}}' },
      { path: '/orders/latest' },
      { path: '/orders/{{id}}/lines?page={{$randomInt(1,9)}}' },
      { path: '/files/{{path|raw}}' },
      { path: "/braces/{{'{{'}}x" },
      { path: '/dots.json/{{id}}' },
    ]),
  });
  const cases: readonly (readonly [target: string, step: number])[] = [
    ['/orders/17', 0],
    ['/orders/a%2Fb', 0],
    ['/orders/latest', 1],
    ['/orders/17/lines?page=4', 2],
    ['/orders/17/lines', -1],
    ['/orders/1/2', -1],
    ['/files/a/b/c?d=e', 3],
    ['/braces/{{x', 4],
    ['/dotsxjson/1', -1],
    ['/dots.json/1', 5],
  ];
  for (const [target, step] of cases) assert.equal(find('GET', target), step, target);
});

test('what requests call themselves: as the steps, or the scenario, say', () => {
  const agents = (steps: readonly Partial<Step>[], headers: Record<string, string> = {}) =>
    stepFinder({ endpoints: [], scenario: scenario(steps, headers) }).agents;
  assert.deepEqual(agents([{ path: '/' }], { 'user-agent': 'Shop/1.0' }), new Set(['shop/1.0']));
  assert.deepEqual(
    agents([{ path: '/', headers: { 'User-Agent': 'One' } }, { path: '/b' }]),
    new Set(['one', 'pitwall']),
  );
  assert.equal(agents([{ path: '/', headers: { 'User-Agent': 'user {{$user}}' } }]), null);
});

test('what clients put into a log is read in time that grows with its length alone', () => {
  const { find } = stepFinder({
    endpoints: [],
    scenario: scenario([
      { path: '/{{a}}-{{b}}-{{c}}-{{d}}' },
      { path: '/{{a|raw}}-{{b|raw}}-{{c|raw}}x' },
      { path: '/{{a}}{{b}}{{c}}{{d|raw}}{{e}}y' },
    ]),
  });
  const started = performance.now();
  for (const text of ['-', 'a', '-/', '--------a']) {
    assert.equal(find('GET', `/${text.repeat(8000 / text.length)}/z`), -1);
  }
  // The first did not end in a minute: expressions that try one way after the other need the length to the power of the values.
  assert.ok(performance.now() - started < 2000);
  assert.equal(find('GET', `/${'-'.repeat(8000)}x`), 0);
  assert.equal(find('GET', `/${'-'.repeat(9000)}x`), -1, 'longer than servers take');
});

test('paths are found as by a regular expression', () => {
  const random = seededRandom(11);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const pieces = ['a', 'b', 'ab', '/', '/a', '?', '{{v}}', '{{v}}', '{{v|raw}}'];
  let found = 0;
  for (let round = 0; round < 3000; round++) {
    const parts = ['{{v}}', ...Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(pieces))];
    const target = `/${Array.from({ length: Math.floor(random() * 8) }, () => pick(['a', 'b', '/', '?', 'aab'])).join('')}`;
    const expression = parts.map((part) => {
      if (part === '{{v}}') return '[^/?&=#]*';
      return part === '{{v|raw}}' ? '.*' : RegExp.escape(part);
    });
    const expected = new RegExp(`^/${expression.join('')}$`).test(target);
    const path = `/${parts.join('')}`;
    const { find } = stepFinder({ endpoints: [], scenario: scenario([{ path }]) });
    assert.equal(find('GET', target) === 0, expected, `${path} and ${target}`);
    if (expected) found++;
  }
  assert.ok(found > 200, `${found} of them match`);
});
