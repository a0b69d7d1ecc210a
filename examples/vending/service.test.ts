import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { generate } from './generate.ts';
import { startService } from './service.ts';

const directory = mkdtempSync(join(tmpdir(), 'vending-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('generation is deterministic, byte for byte', () => {
  const digest = (name: string) => {
    const file = join(directory, name);
    generate(file, 0.01);
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  };
  assert.equal(digest('one.db'), digest('two.db'));
});

test('every endpoint answers, writes are stored, mistakes are answered with their status', async () => {
  const database = join(directory, 'service.db');
  assert.equal(generate(database, 0.01) > 9_000, true);
  const service = await startService({ database, port: 0 });
  try {
    const at = (path: string) => `http://127.0.0.1:${service.port}${path}`;
    for (const path of [
      '/',
      '/health',
      '/static/app.js',
      '/api/devices?region=east',
      '/api/devices/7/sales',
      '/api/devices/7/orders',
    ]) {
      assert.equal((await fetch(at(path))).status, 200, path);
    }
    for (const path of ['/api/orders', '/api/planograms/5', '/api/users/9/activity'])
      assert.equal((await fetch(at(path))).status, 200, path);
    const post = (path: string, body: string) => fetch(at(path), { method: 'POST', body });
    const sale = (await (await post('/api/sales', '{"device":3,"product":4,"quantity":2}')).json()) as { id: number };
    const sales = (await (await fetch(at('/api/devices/3/sales'))).json()) as { id: number }[];
    assert.ok(sales.some((row) => row.id === sale.id));
    assert.equal((await post('/api/sales', '{"device":3,"product":999999,"quantity":2}')).status, 404);
    assert.equal((await post('/api/logins', 'not json')).status, 500);
    assert.equal((await fetch(at('/nowhere'))).status, 404);
  } finally {
    await service.stop();
  }
});

test('with a statement log it tells which endpoint asks what', async () => {
  const database = join(directory, 'logged.db');
  generate(database, 0.01);
  const statementLog = join(directory, 'statements.jsonl');
  const service = await startService({ database, port: 0, statementLog });
  const at = (path: string) => `http://127.0.0.1:${service.port}${path}`;
  await (await fetch(at('/api/planograms/5'))).text();
  await (await fetch(at('/api/sales'), { method: 'POST', body: '{"device":3,"product":4,"quantity":2}' })).text();
  await service.stop();
  const lines = readFileSync(statementLog, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const calls = lines.filter(({ kind }) => kind === 'call');
  const texts = new Map(lines.filter(({ kind }) => kind === 'statement').map(({ id, text }) => [id, text]));
  const loop = calls.filter(
    ({ statement }) => texts.get(statement) === 'SELECT name, price_cents FROM products WHERE id = ?',
  );
  assert.ok(loop.length > 5, `${loop.length}`);
  assert.ok(
    loop.every(({ endpoint, request }) => endpoint === 'GET /api/planograms/:id' && request === loop[0].request),
  );
  assert.ok(calls.some(({ endpoint, rows }) => endpoint === 'POST /api/sales' && rows === 1));
});
