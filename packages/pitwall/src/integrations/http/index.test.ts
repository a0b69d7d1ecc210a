import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import http from './index.ts';
import { temporaryFolder } from './test-servers.ts';

test('a load repeats the endpoints that are safe and expected to succeed', () => {
  const endpoints = [
    { path: '/a', headers: { 'X-Key': 'k' } },
    { path: '/b', method: 'POST', body: 'x' },
    { path: '/c', expectStatus: 404 },
    { path: '/d', expectStatus: 204 },
  ];
  const options = http.options.parse({ url: 'http://127.0.0.1:8080/base', endpoints });
  assert.deepEqual(http.loadTarget?.(options, null), {
    url: 'http://127.0.0.1:8080',
    endpoints: [
      { name: 'GET /base/a', method: 'GET', path: '/base/a', headers: { 'X-Key': 'k' }, weight: 1 },
      { name: 'GET /base/d', method: 'GET', path: '/base/d', headers: {}, weight: 1 },
    ],
  });
});

test('a load on https checks the certificate as the probe does: with the CA that was read', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'ca.pem'), 'PEM');
  const tls = { ca: 'ca.pem', servername: 'shop.internal', rejectUnauthorized: false };
  const options = http.options.parse({ url: 'https://127.0.0.1', tls });
  const environment = { proc: '/proc', sys: '/sys', now: () => 0, sleep: async () => {} };
  const connection = await http.connect(options, {
    environment,
    signal: new AbortController().signal,
    directory: folder,
  });
  assert.deepEqual(http.loadTarget?.(options, connection).tls, { ...tls, ca: 'PEM' });
});

test('every indicator is named after its sample, and every default limit says where it is from', () => {
  for (const { name, from, defaultObjective } of http.indicators) {
    assert.equal(name, from.statistic === 'last' ? from.sample : `${from.sample}.${from.statistic}`);
    if (defaultObjective) assert.ok(defaultObjective.source.length > 20, name);
  }
});

test('a CA file that is missing is a configuration error', async () => {
  const options = http.options.parse({ url: 'https://127.0.0.1', tls: { ca: 'no/such.pem' } });
  const environment = { proc: '/proc', sys: '/sys', now: () => 0, sleep: async () => {} };
  const context = { environment, signal: new AbortController().signal, directory: '/nowhere' };
  await assert.rejects(http.connect(options, context), {
    code: 'CONFIG_UNREADABLE',
    message: /\/nowhere\/no\/such\.pem/,
  });
});
