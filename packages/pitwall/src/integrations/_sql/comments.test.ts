import assert from 'node:assert/strict';
import test from 'node:test';
import { tagsOf } from './comments.ts';

test('sqlcommenter, with what its specification says of encoding', () => {
  const found = tagsOf([
    "/*action='%2Fparam*d',controller='index',framework='spring',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',tracestate='congo%3Dt61rcWkgMzE%2Crojo%3D00f067aa0ba902b7'*/",
  ]);
  assert.equal(found.traceparent, '00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01');
  assert.equal(found.endpoint, 'index#/param*d');
  assert.equal(found.tags.tracestate, 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7');
  assert.deepEqual(tagsOf(["/* name%3D = 'it\\'s%20%27here%27, a=b' , empty='' */"]).tags, {
    'name=': "it's 'here', a=b",
    empty: '',
  });
  assert.equal(tagsOf(["-- route='/polls/%3Aid',method='get'"]).endpoint, 'GET /polls/:id');
  assert.equal(tagsOf(["/*http.route='/a',http.request.method='POST'*/"]).endpoint, 'POST /a');
});

test('marginalia and query log tags', () => {
  const { endpoint, tags } = tagsOf(["/*application:Shop,controller:orders,action:show,line:/app/x.rb:12:in `show'*/"]);
  assert.equal(endpoint, 'orders#show');
  assert.equal(tags.line, "/app/x.rb:12:in `show'");
  assert.equal(tagsOf(['/*job:SendMail*/']).endpoint, 'SendMail');
});

test('the first comment that says something wins, others add to it', () => {
  const { endpoint, tags } = tagsOf(['-- a plain remark', "/*route='/a'*/", "/*route='/b',db='x'*/"]);
  assert.equal(endpoint, '/a');
  assert.deepEqual(tags, { route: '/a', db: 'x' });
});

test('remarks, hints and broken encoding are no tags', () => {
  for (const comment of [
    '/* TODO: fix this, then: go */',
    '/*+ SeqScan(a) */',
    '/**/',
    '--',
    '/* a=b */',
    "/* it's 'quoted' */",
  ]) {
    assert.deepEqual(tagsOf([comment]), { endpoint: null, traceparent: null, tags: {} }, comment);
  }
  assert.deepEqual(tagsOf(["/*a='%zz%',b='%41'*/"]).tags, { a: '%zz%', b: 'A' });
  assert.equal(tagsOf(["/*traceparent='00-00000000000000000000000000000000-c532cb4098ac3dd2-01'*/"]).traceparent, null);
  assert.equal(tagsOf(["/*traceparent='x'*/"]).traceparent, null);
});

test('hostile comments are bounded, and read at once', () => {
  const startedAt = performance.now();
  const many = tagsOf([`/*${Array.from({ length: 500 }, (_, i) => `k${i}='v'`).join(',')}*/`]);
  assert.equal(Object.keys(many.tags).length, 32);
  assert.equal(tagsOf([`/*a='${'x'.repeat(5000)}'*/`]).tags.a!.length, 512);
  assert.ok(Object.hasOwn(tagsOf(["/*__proto__='x'*/"]).tags, '__proto__'));
  for (const unit of ["a='b',", 'a:b,', 'a=', "a='\\", ' ,', "'", 'a:', '\\\\']) tagsOf([`/*${unit.repeat(200_000)}`]);
  assert.ok(performance.now() - startedAt < 1000);
});
