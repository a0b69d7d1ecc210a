// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportNotes } from './notes.ts';
import { isSecretName, looksPersonal, looksSecret, SecretPlaceholders } from './secrets.ts';

test('names of secrets, and names that only look alike', () => {
  for (const name of [
    'password',
    'X-Api-Key',
    'api_key',
    'access_token',
    'client.secret',
    'CSRF-Token',
    'key',
    'sig',
    'X-Amz-Signature',
    'PHPSESSID',
    'user[password]',
  ]) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of [
    'page',
    'q',
    'keyword',
    'monkey',
    'author',
    'side',
    'passenger',
    'design',
    'pinned',
    'keys',
    'x-request-id',
  ]) {
    assert.ok(!isSecretName(name), name);
  }
});

test('values that are secrets whatever they are called', () => {
  assert.ok(looksSecret('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln'));
  assert.ok(looksSecret('ghp_0123456789abcdef'));
  assert.ok(looksSecret('sk_live_0123456789'));
  assert.ok(looksSecret('-----BEGIN RSA PRIVATE KEY-----'));
  assert.ok(!looksSecret('eyJ'));
  assert.ok(!looksSecret('ghp_'));
  assert.ok(looksPersonal('ann@example.org'));
  assert.ok(!looksPersonal('ann'));
});

test('hostile values cost no time', () => {
  const started = performance.now();
  for (const text of [`eyJ${'a'.repeat(1e6)}`, 'a@'.repeat(1e5), `-----BEGIN ${'A '.repeat(1e5)}`, 'a'.repeat(1e6)]) {
    looksSecret(text);
    looksPersonal(text);
    isSecretName(text);
  }
  assert.ok(performance.now() - started < 3000);
});

test('each secret becomes an environment variable of its own, and the same one again', () => {
  const notes = new ImportNotes();
  const secrets = new SecretPlaceholders(notes);
  assert.equal(secrets.reference('x-api-key', 'a', 'header x-api-key'), '${env:X_API_KEY}');
  assert.equal(secrets.reference('X-Api-Key', 'a', 'header x-api-key'), '${env:X_API_KEY}');
  assert.equal(secrets.reference('x-api-key', 'b', 'header x-api-key'), '${env:X_API_KEY_2}');
  assert.equal(secrets.reference('42%', 'c', 'field'), '${env:SECRET_42}');
  assert.equal(secrets.authorization('Bearer abc', 'header'), 'Bearer ${env:BEARER_TOKEN}');
  assert.equal(secrets.authorization('Basic abc', 'header'), 'Basic ${env:BASIC_CREDENTIALS}');
  assert.equal(secrets.authorization('opaque', 'header'), '${env:AUTHORIZATION}');
  assert.deepEqual(
    secrets.all.map(({ env }) => env),
    ['X_API_KEY', 'X_API_KEY_2', 'SECRET_42', 'BEARER_TOKEN', 'BASIC_CREDENTIALS', 'AUTHORIZATION'],
  );
  assert.doesNotMatch(JSON.stringify(notes.leftOut), /abc|opaque/);
});
