import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOptions, postgresqlOptions } from './options.ts';

const parse = (written: unknown) => postgresqlOptions.parse(written);
const problemOf = (written: unknown): string => {
  const { error } = postgresqlOptions.safeParse(written);
  return error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
};

test('nothing said: the local server, as who we are, without TLS', () => {
  assert.deepEqual(parse({}), { host: 'localhost', port: 5432, tls: null, connectTimeout: 5, statementTimeout: 5 });
});

test('a URL, or its parts; what is written beside the URL adds to it', () => {
  const whole = parse({
    url: 'postgres://u:p@h:1234/d?sslmode=verify-full',
    tls: { servername: 'x' },
    statementTimeout: '2s',
  });
  assert.deepEqual(whole, {
    host: 'h',
    port: 1234,
    user: 'u',
    password: 'p',
    database: 'd',
    tls: { servername: 'x' },
    connectTimeout: 5,
    statementTimeout: 2,
  });
  assert.equal(parse({ url: 'postgres://u@h/d', password: 'p' }).password, 'p');
  assert.equal(parse({ url: 'postgres://h/d?sslmode=require', tls: false }).tls, null);
  assert.deepEqual(parse({ tls: true }).tls, {});
});

test('mistakes name their key', () => {
  assert.match(problemOf({ url: 'postgres://u@h/d', user: 'v' }), /^user: the url says it already/);
  assert.match(problemOf({ url: 'http://h' }), /^url: expected a URL that begins with postgres/);
  assert.match(problemOf({ port: 70_000 }), /^port: /);
  assert.match(problemOf({ host: 'a\u0000b' }), /^host: it contains a zero byte/);
  assert.match(problemOf({ pass: 'x' }), /pass/);
  assert.match(problemOf({ connectTimeout: 0 }), /^connectTimeout: expected a duration from 100ms to 10m/);
});

test('the title never has a password, and no control characters', () => {
  const titles = [
    parse({ url: 'postgres://u:secret@h:1/d' }),
    parse({ host: '/run/postgresql', user: 'u', password: 'secret' }),
    parse({ host: '::1', database: 'a\u001b[31mb', password: 'secret' }),
    parse({}),
  ].map(describeOptions);
  assert.deepEqual(titles, [
    'd on h:1',
    'u on /run/postgresql',
    'a [31mb on [::1]:5432',
    'the default database on localhost:5432',
  ]);
});
