// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportNotes } from './notes.ts';
import { Recording } from './recording.ts';
import { redactedText } from './redact-text.ts';

const redacted = (text: string) => redactedText(text, new Recording(new ImportNotes()));

test('what looks like a secret in a text of any kind is taken out, and nothing else', () => {
  assert.equal(
    redacted('{"user":"ann","password": "a\\"b","x":1,'),
    '{"user":"ann","password": "${env:PASSWORD}","x":1,',
  );
  assert.equal(redacted('user=ann;token=abc;page=2'), 'user=ann;token=${env:TOKEN};page=2');
  assert.equal(
    redacted('<a><apiKey>k1</apiKey><name>n</name></a>'),
    '<a><apiKey>${env:APIKEY}</apiKey><name>n</name></a>',
  );
  assert.equal(redacted('see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln now'), 'see ${env:TOKEN} now');
  assert.equal(redacted('cost: $eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln'), "cost: {{'$'}}${env:TOKEN}");
  assert.equal(redacted('{{x}} ${y} page=1'), "{{'{{'}}x}} $${y} page=1");
  assert.equal(redacted(`"password":"${'x'.repeat(5000)}" y`), '"password":"${env:PASSWORD}" y');
});

test('hostile texts cost no time', () => {
  const started = performance.now();
  for (const text of [
    '"a":"'.repeat(50_000),
    `"a":"${'\\"'.repeat(100_000)}`,
    'eyJ-'.repeat(60_000),
    'a.'.repeat(120_000),
    '<a>'.repeat(80_000),
    'token='.repeat(40_000),
  ])
    redacted(text);
  assert.ok(performance.now() - started < 3000, String(performance.now() - started));
});
