import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseFact } from '../response-fact.ts';
import { evaluate, response } from './test-view.ts';
import rule from './uncacheable-static-asset.ts';

const CSS = { 'content-type': 'text/css' };

function asset(headers: Record<string, string>, differences: Partial<ResponseFact> = {}) {
  return evaluate(rule, [response({ path: '/static/site.css?v=2', headers: { ...CSS, ...headers }, ...differences })]);
}

test('fires on a style sheet with neither lifetime nor validator', () => {
  const result = asset({});
  assert.ok('found' in result);
  const [finding] = result.found;
  assert.equal(finding?.subject, 'GET /static/site.css?v=2');
  assert.match(finding?.advice?.code ?? '', /expires 1h;[\s\S]*maxAge: '1h'/);
  assert.doesNotMatch(finding?.advice?.code ?? '', /immutable/);
});

test('a name with a hash in it may be kept for a year', () => {
  for (const path of ['/assets/index-BxK3d9_a.css', '/app.3f9a1c2b.css']) {
    const result = asset({}, { path });
    assert.ok('found' in result);
    assert.match(result.found[0]?.advice?.code ?? '', /max-age=31536000, immutable/);
  }
  const plain = asset({}, { path: '/font-awesome5pro.css' });
  assert.ok('found' in plain);
  assert.doesNotMatch(plain.found[0]?.advice?.code ?? '', /immutable/);
});

test('never advises `public`: a response for one user must not land in a shared cache', () => {
  for (const path of ['/a.css', '/a.3f9a1c2b.css']) {
    const result = asset({}, { path });
    assert.ok('found' in result);
    assert.doesNotMatch(JSON.stringify(result.found[0]?.advice), /\bpublic\b(?!')/);
  }
});

test('no-cache without a validator is fetched whole each time as well; so are lifetimes that are over', () => {
  for (const headers of [
    { 'cache-control': 'no-cache' },
    { 'cache-control': 'max-age=0' },
    { expires: '0' },
    { expires: '-1' },
  ]) {
    assert.ok('found' in asset(headers), JSON.stringify(headers));
  }
});

test('is silent when there is a validator or a lifetime', () => {
  for (const headers of [
    { etag: '"abc"' },
    { 'last-modified': 'Fri, 20 Nov 2026 00:00:00 GMT' },
    { 'cache-control': 'max-age=3600' },
    { 'cache-control': 'private, max-age="60"' },
    { expires: 'Fri, 20 Nov 2026 00:00:00 GMT' },
    { 'cache-control': 'no-cache', etag: 'W/"1"' },
  ]) {
    assert.ok('clear' in asset(headers as Record<string, string>), JSON.stringify(headers));
  }
});

test('does not apply to no-store, which is on purpose', () => {
  assert.ok('notApplicable' in asset({ 'cache-control': 'no-store' }));
});

test('does not apply to responses for one user', () => {
  for (const result of [
    asset({}, { authenticated: true }),
    asset({}, { setsCookie: true }),
    asset({ vary: 'Accept-Encoding, Cookie' }),
    asset({ vary: '*' }),
  ]) {
    assert.ok('notApplicable' in result);
    assert.match(result.notApplicable, /one user/);
  }
});

test('does not apply to what is not a static file', () => {
  for (const differences of [
    { path: '/api/devices' },
    { path: '/report.js', headers: { 'content-type': 'application/json' } },
    { path: '/api/style', headers: CSS },
    { status: 404 },
    { status: 304 },
    { method: 'HEAD' },
  ]) {
    assert.ok('notApplicable' in asset({}, differences), JSON.stringify(differences));
  }
});
