import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixturePath } from './fixtures/accept.ts';
import { sniff } from './sniff.ts';

const head = (text: string) => sniff(Buffer.from(text), null);

test('each captured file is known by its first bytes', () => {
  for (const [file, format] of [
    ['har/fixtures/chrome-devtools.har', 'har'],
    ['har/fixtures/chromium-visit.har', 'har'],
    ['openapi/fixtures/petstore-3.0.yaml', 'openapi'],
    ['openapi/fixtures/shop-3.1.json', 'openapi'],
    ['curl/fixtures/browsers.sh', 'curl'],
    ['access-log/fixtures/nginx-combined.log', 'access-log'],
    ['access-log/fixtures/nginx-json.log', 'access-log'],
    ['access-log/fixtures/apache-common.log', 'access-log'],
    ['access-log/fixtures/apache-vhost.log', 'access-log'],
    ['access-log/fixtures/caddy.log', 'access-log'],
  ] as const) {
    const bytes = readFileSync(fixturePath(file)).subarray(0, 64 * 1024);
    assert.equal(sniff(bytes, null), format, file);
  }
});

test('a byte order mark, blanks before it, and packing do not matter', () => {
  assert.equal(head('\ufeff{ "log" : {"version":"1.2"}}'), 'har');
  assert.equal(head('\n\n  # API\nopenapi: 3.0.0\n'), 'openapi');
  assert.equal(head('$ curl http://x/'), 'curl');
  assert.equal(head('TOKEN=a curl http://x/'), 'curl');
  assert.equal(sniff(gzipSync('anything'), null), 'access-log');
});

test('what is none of them is not guessed', () => {
  for (const text of [
    '',
    'hello\nworld\n',
    '{"a":1}',
    '- a\n- b\n',
    '<html></html>',
    'we use curl here',
    '\u0000\u0001',
  ]) {
    assert.equal(head(text), null, JSON.stringify(text));
  }
});

test('with a log format, lines of it are a log', () => {
  const format = '$time_iso8601|$request_method|$request_uri|$status';
  assert.equal(sniff(Buffer.from('2026-11-21T10:00:00+00:00|GET|/|200\n'), format), 'access-log');
  assert.equal(sniff(Buffer.from('nothing of it\n'), format), null);
});
