import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startShop } from './service.ts';

const root = join(import.meta.dirname, '..', '..');

test('answers, remembers who is logged in, waits for one of its four connections', async () => {
  const shop = await startShop({ port: 0, pause: 40 });
  try {
    const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${shop.port}${path}`, init);
    assert.equal((await at('/health')).status, 200);
    assert.equal((await at('/nothing')).status, 404);
    assert.equal((await at('/devices/41')).status, 404);
    assert.equal((await at('/carts', { method: 'POST' })).status, 401);
    const logIn = { method: 'POST', body: '{"user":"user1","password":"open sesame"}' };
    const { token } = (await (await at('/login', logIn)).json()) as { token: string };
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await at('/carts', { method: 'POST', headers })).headers.get('location'), '/carts/mine');
    assert.equal((await at('/carts/mine', { method: 'DELETE', headers })).status, 204);
    const since = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => at('/devices')));
    // Eight by four are two turns; timers may fire 1 ms early.
    assert.ok(performance.now() - since >= 2 * 39);
    assert.match(answers[0]!.headers.get('server-timing') ?? '', /^db;dur=\d+\.\d+, total;dur=\d+/);
  } finally {
    await shop.stop();
  }
});

test('its scenario runs without an error, its log belongs to the load, and docs/LOAD.md shows it as it is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  const log = join(folder, 'data', 'shop.log');
  const shop = await startShop({ port: 0, log });
  t.after(async () => {
    await shop.stop();
    rmSync(folder, { recursive: true });
  });
  await fetch(`http://127.0.0.1:${shop.port}/health`);
  const config = readFileSync(join(import.meta.dirname, 'pitwall.yaml'), 'utf8')
    .replaceAll('8400', String(shop.port))
    .replace(/data\/\d+\.log/, 'data/shop.log');
  writeFileSync(join(folder, 'pitwall.yaml'), config);
  const scenario = join(import.meta.dirname, 'shop.yaml');
  const flags = ['--users', '4', '--duration', '1500ms', '--warmup', '0', '--no-self-test', '--json'];
  const child = spawn(
    process.execPath,
    [join(root, 'packages/pitwall/bin/pitwall.js'), 'load', '--scenario', scenario, ...flags],
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  const { load, ledger } = JSON.parse(output) as {
    load: { sent: number; ok: number; steps: { endpoint: string; checks?: { failed: number }[] }[] };
    ledger: { serverTruth: { source: string }[] };
  };
  assert.ok(load.sent > 0);
  assert.equal(load.ok, load.sent);
  assert.deepEqual(
    load.steps.map(({ endpoint }) => endpoint),
    ['list', 'device', 'cart'],
  );
  assert.ok(load.steps.every(({ checks = [] }) => checks.every(({ failed }) => failed === 0)));
  assert.ok(ledger.serverTruth.some(({ source }) => source === 'access-log'));
  assert.ok(readFileSync(join(root, 'docs', 'LOAD.md'), 'utf8').includes(readFileSync(scenario, 'utf8')));
});
