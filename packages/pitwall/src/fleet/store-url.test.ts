import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { parseStoreUrl } from './store-url.ts';

test('the name is for people: no password, no parameters', () => {
  const { name, secrets, connectionString } = parseStoreUrl(
    'postgres://me:p%40ss%2Fword@db.example:5433/loads?sslmode=no-verify',
  );
  assert.equal(name, 'postgres://me@db.example:5433/loads');
  assert.deepEqual(secrets, ['p@ss/word', 'p%40ss%2Fword']);
  assert.match(connectionString, /sslmode=no-verify/);
});

test('a password as a parameter is a secret too', () => {
  const { name, secrets } = parseStoreUrl('postgresql://me@db/loads?password=hunter22&sslpassword=other');
  assert.equal(name, 'postgres://me@db/loads');
  assert.deepEqual(secrets, ['hunter22', 'other']);
});

test('a Unix socket and an empty host are named', () => {
  assert.equal(parseStoreUrl('postgres://me@/loads?host=/run/postgresql').name, 'postgres://me@/run/postgresql/loads');
  assert.equal(parseStoreUrl('postgres://').name, 'postgres://localhost');
});

test('sslmode keeps its meaning, and says it without a warning of the library', () => {
  assert.match(parseStoreUrl('postgres://db/x?sslmode=require').connectionString, /sslmode=verify-full/);
  assert.match(
    parseStoreUrl('postgres://db/x?sslmode=require&uselibpqcompat=true').connectionString,
    /sslmode=require/,
  );
  assert.match(parseStoreUrl('postgres://db/x?sslmode=disable').connectionString, /sslmode=disable/);
});

test('what is no URL is refused without being repeated', () => {
  for (const text of [
    '',
    'mysql://root:hunter22@db/x',
    'hunter22',
    'postgres://me:hunter22@db:port/x',
    'postgres://me:hunter22%zz@db/x',
    'postgres://me:hunt[er22@ /x',
  ]) {
    assert.throws(
      () => parseStoreUrl(text),
      (error: unknown) => {
        assert.ok(error instanceof PitwallError);
        assert.equal(error.code, 'SHARED_STORE_URL');
        assert.doesNotMatch(error.message + error.hint, /hunter22/);
        return true;
      },
      text,
    );
  }
});
