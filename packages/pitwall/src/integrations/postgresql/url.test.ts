import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUrl, type UrlParts } from './url.ts';

const cases: readonly (readonly [url: string, parts: UrlParts])[] = [
  [
    'postgres://u:p@db.example:6432/orders',
    { host: 'db.example', port: 6432, user: 'u', password: 'p', database: 'orders' },
  ],
  ['postgresql://db.example', { host: 'db.example' }],
  ['postgres://', {}],
  ['postgres:///orders', { database: 'orders' }],
  ['postgres://u%40x:p%2F%3A%20%25@h/a%2Fb', { host: 'h', user: 'u@x', password: 'p/: %', database: 'a/b' }],
  ['postgres://u@/orders?host=/run/postgresql', { host: '/run/postgresql', user: 'u', database: 'orders' }],
  ['postgres://[::1]:5433/x', { host: '::1', port: 5433, database: 'x' }],
  ['postgres://h/x?sslmode=disable&application_name=shop&connect_timeout=3', { host: 'h', database: 'x' }],
  ['postgres://h/x?sslmode=verify-full&sslrootcert=ca.pem', { host: 'h', database: 'x', tls: { ca: 'ca.pem' } }],
  ['postgres://h/x?sslmode=require', { host: 'h', database: 'x', tls: {} }],
  ['postgres://h/x?sslmode=no-verify', { host: 'h', database: 'x', tls: { rejectUnauthorized: false } }],
];

for (const [url, parts] of cases) {
  test(url, () => assert.deepEqual(parseUrl(url), parts));
}

const SECRET = 'hunter2-very-secret';
for (const url of [
  `mysql://u:${SECRET}@h/x`,
  `u:${SECRET}@h`,
  `postgres://u:${SECRET}#@h/x`,
  `postgres://u:${SECRET}?@h/x`,
  `postgres://u:${SECRET}%zz@h/x`,
  `postgres://u:${SECRET} @h:notaport/x`,
  `postgres://u:p@h/x?sslmode=${SECRET}`,
  `postgres://u:p@h/x?${SECRET}=1`,
  `postgres://u:p@h/x?port=70000&password=${SECRET}`,
  SECRET,
]) {
  test(`refused, without the secret in the message: ${url.replace(SECRET, '…')}`, () => {
    const problem = parseUrl(url);
    assert.equal(typeof problem, 'string');
    assert.ok(!String(problem).includes(SECRET), String(problem));
  });
}
