import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { current, Endpoint } from './endpoint.ts';
import { EndpointTree } from './endpoint-tree.ts';
import { type CleanTarget, cleanTarget } from './target.ts';

function treeOf() {
  const tree = new EndpointTree(seededRandom(1));
  const add = (path: string, status = 200, method = 'GET') => {
    const target = cleanTarget(path) as CleanTarget;
    return tree.add(method, target, { text: target.text, status, bytes: 10, duration: 0.01 });
  };
  const shown = () =>
    tree
      .templates()
      .map(
        ({ segments, endpoint }) =>
          `${endpoint.count} ${endpoint.method} /${segments.map((each) => each ?? '*').join('/')}${endpoint.keys.length > 0 ? `?${endpoint.keys.join('&')}` : ''}`,
      );
  return { tree, add, shown };
}

test('ids share a template; methods and query keys tell templates apart', () => {
  const { add, shown } = treeOf();
  for (const path of [
    '/users/1',
    '/users/2',
    '/users/2/orders/7',
    '/users/me',
    '/s?q=a',
    '/s?q=b',
    '/s?q=a&page=1',
    '/s?page=2&q=c',
  ])
    add(path);
  add('/users/3', 200, 'HEAD');
  assert.deepEqual(shown().sort(), [
    '1 GET /users/*/orders/*',
    '1 GET /users/me',
    '1 HEAD /users/*',
    '2 GET /s?page&q',
    '2 GET /s?q',
    '2 GET /users/*',
  ]);
});

test('a path that never succeeded is no endpoint; failures of one that did are counted with it', () => {
  const { add, shown } = treeOf();
  assert.equal(add('/wp-login.php', 404), 'never-succeeded');
  add('/a');
  add('/a', 500);
  assert.deepEqual(shown(), ['2 GET /a']);
});

test('many names side by side are values; what is asked for often stays a name', () => {
  const { tree, add, shown } = treeOf();
  for (let i = 0; i < 100; i++) add('/blog/about');
  const early = add('/blog/how-to-0-brew') as Endpoint;
  for (let i = 1; i < 500; i++) add(`/blog/how-to-${i}-brew`);
  assert.deepEqual(shown(), ['500 GET /blog/*', '100 GET /blog/about']);
  assert.equal(current(early).count, 500);
  assert.equal(tree.find('GET', cleanTarget('/blog/never-seen') as CleanTarget), current(early));
  assert.equal(tree.find('GET', cleanTarget('/other') as CleanTarget), null);
});

test('branches that become one keep all their counts', () => {
  const { add, shown } = treeOf();
  for (let i = 0; i < 200; i++) {
    add(`/shop/item-name-${i}-x/reviews?page=1`);
    add(`/shop/item-name-${i}-x/photos/${i}`);
    add(`/shop/item-name-${i}-x`);
  }
  assert.deepEqual(shown().sort(), ['200 GET /shop/*', '200 GET /shop/*/photos/*', '200 GET /shop/*/reviews?page']);
});

test('a log that was written to fill memory does not', () => {
  const { add, shown } = treeOf();
  const random = seededRandom(3);
  const word = () => `w${Math.floor(random() * 1e9).toString(36)}x`;
  for (let i = 0; i < 30_000; i++) add(`/${word()}/${word()}/${word()}/${word()}?${word()}=1`);
  assert.ok(shown().length <= 2000, String(shown().length));
});

test('names that objects have are names like any other', () => {
  const { add, shown } = treeOf();
  for (const path of ['/__proto__/constructor', '/constructor', '/a?__proto__=1', '/hasOwnProperty']) add(path);
  assert.equal(shown().length, 4);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('the sample of an endpoint is uniform, also after two have become one', () => {
  const random = seededRandom(5);
  const make = (from: number, to: number) => {
    const endpoint = new Endpoint('GET', []);
    for (let i = from; i < to; i++) endpoint.add({ text: String(i), status: 200, bytes: null, duration: null }, random);
    return endpoint;
  };
  let fromFirst = 0;
  for (let round = 0; round < 50; round++) {
    const small = make(0, 1000);
    small.absorb(make(1000, 4000), random);
    assert.equal(small.sample.length, 100);
    assert.equal(small.count, 4000);
    fromFirst += small.sample.filter((text) => Number(text) < 1000).length;
  }
  // A quarter of 5000, within five standard deviations.
  assert.ok(Math.abs(fromFirst - 1250) < 5 * Math.sqrt(5000 * 0.25 * 0.75), String(fromFirst));
});
