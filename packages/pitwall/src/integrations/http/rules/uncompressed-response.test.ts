import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseFact } from '../response-fact.ts';
import { evaluate, response } from './test-view.ts';
import rule from './uncompressed-response.ts';

function only(differences: Partial<ResponseFact>, thresholds?: Record<string, number>) {
  return evaluate(rule, [response(differences)], thresholds);
}

test('fires on a big text response that came as it is, with the measured saving', () => {
  const result = only({});
  assert.ok('found' in result);
  const [finding] = result.found;
  assert.equal(finding?.subject, 'GET /');
  assert.equal(finding?.severity, 'warning');
  assert.equal(finding?.impact?.expectedRatio, 0.1);
  assert.deepEqual(
    finding?.evidence.slice(0, 2).map(({ value }) => value),
    [50_000, 5_000],
  );
  assert.match(finding?.advice?.code ?? '', /gzip on;[\s\S]*gzip_types application\/json;[\s\S]*compression/);
});

test('is only worth a note when the response fits into the first round trip anyway', () => {
  const result = only({ transferredBytes: 8000, gzip: { inputBytes: 8000, outputBytes: 800 } });
  assert.ok('found' in result);
  assert.equal(result.found[0]?.severity, 'info');
});

test('does not name text/html in gzip_types, where nginx would warn', () => {
  const result = only({ headers: { 'content-type': 'text/html' } });
  assert.ok('found' in result);
  assert.doesNotMatch(result.found[0]?.advice?.code ?? '', /gzip_types/);
});

test('a hostile Content-Type does not get into the advice', () => {
  const result = only({ headers: { 'content-type': 'text/x;} evil { on' } });
  assert.ok('found' in result);
  assert.doesNotMatch(result.found[0]?.advice?.code ?? '', /evil/);
  assert.ok('notApplicable' in only({ headers: { 'content-type': 'text/x}evil{' } }));
});

test('is silent on small, incompressible and compressed responses', () => {
  assert.ok('clear' in only({ transferredBytes: 1000, gzip: { inputBytes: 1000, outputBytes: 200 } }));
  assert.ok('clear' in only({ gzip: { inputBytes: 50_000, outputBytes: 45_000 } }));
  const headers = { 'content-type': 'application/json', 'content-encoding': 'br' };
  assert.ok('clear' in only({ headers, gzip: null }));
});

test('thresholds can be configured', () => {
  const small = { transferredBytes: 1000, gzip: { inputBytes: 1000, outputBytes: 200 } };
  assert.ok('found' in only(small, { minimumBytes: 500 }));
  assert.ok('clear' in only({}, { minimumSaving: 0.95 }));
});

test('does not apply to what is compressed inside, to errors, HEAD, streams, no-transform, and who did not ask', () => {
  const type = (value: string): Partial<ResponseFact> => ({ headers: { 'content-type': value } });
  for (const differences of [
    type('image/jpeg'),
    type('font/woff2'),
    type('video/mp4'),
    type('application/zip'),
    type('text/event-stream'),
    { headers: {} },
    { headers: { 'content-type': 'text/css', 'cache-control': 'public, no-transform' } },
    { status: 404 },
    { method: 'HEAD', gzip: null },
    { acceptEncoding: 'identity' },
    { acceptEncoding: 'gzip;q=0, br' },
    { acceptEncoding: '' },
  ]) {
    assert.ok('notApplicable' in only(differences), JSON.stringify(differences));
  }
});

test('applies to the text-like types that are not text/*', () => {
  for (const type of [
    'image/svg+xml',
    'application/javascript',
    'application/problem+json',
    'application/wasm',
    'font/ttf',
  ]) {
    assert.ok('found' in only({ headers: { 'content-type': type } }), type);
  }
});

test('reports each endpoint of its own', () => {
  const result = evaluate(rule, [response({ path: '/a' }), response({ path: '/b' })]);
  assert.ok('found' in result);
  assert.deepEqual(
    result.found.map(({ subject }) => subject),
    ['GET /a', 'GET /b'],
  );
});
