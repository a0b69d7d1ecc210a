import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectContext } from '../../model/integration.ts';
import { indicatorValues, liveContext, recordedContext, viewFor } from '../_proc/testing.ts';
import processes from './index.ts';
import type { ProcessOptions } from './options.ts';

async function collectAll(options: ProcessOptions, context: () => CollectContext) {
  const connection = await processes.connect(options, { ...context(), directory: '/' });
  const all = await Promise.all(processes.collectors.map((collector) => collector.collect(connection, context())));
  await processes.close(connection);
  return all;
}

test('titles', () => {
  assert.equal(processes.targetTitle({ port: 8080 }), 'processes on port 8080');
  assert.equal(processes.targetTitle({ pid: 5 }), 'process 5');
  assert.equal(processes.targetTitle({ match: 'app\u0007' }), 'processes matching "app"');
});

test('detection proposes the port of a listener that is seen', async () => {
  const { environment, signal } = recordedContext('cgroup-v2', 2);
  const url = new URL('http://127.0.0.1:8080/');
  assert.deepEqual(await processes.detect({ environment, signal, url, listeners: [4242] }), [
    {
      id: 'process',
      options: { port: 8080 },
      notes: { port: 'certain: vending (main) (process 4242, unit vending.service) listens there now' },
    },
  ]);
  assert.deepEqual(await processes.detect({ environment, signal, url, listeners: [] }), []);
  assert.deepEqual(await processes.detect({ environment, signal, url: null, listeners: [4242] }), []);
  const [plain] = await processes.detect({
    environment,
    signal,
    url: new URL('https://localhost/'),
    listeners: [4242],
  });
  assert.deepEqual(plain?.options, { port: 443 });
});

test('this process: numbers are finite, gaps have reasons', async () => {
  for (const { samples = [], facts = [], gaps = [] } of await collectAll({ pid: process.pid }, liveContext)) {
    assert.ok(samples.length + facts.length + gaps.length > 0);
    for (const sample of samples) assert.ok(Number.isFinite(sample.value), sample.name);
    for (const gap of gaps) assert.match(gap.why, /^not measurable here: ./);
  }
});

test('every sample has an indicator, and every indicator a sample that a collector emits', async () => {
  const seen = new Set<string>();
  for (const { samples = [] } of await collectAll({ pid: 4242 }, () => recordedContext('cgroup-v2', 2))) {
    for (const { name } of samples) seen.add(name);
  }
  const declared = processes.indicators.map((indicator) => indicator.from.sample);
  assert.deepEqual([...seen].sort(), [...new Set(declared)].sort());
  for (const { name, from } of processes.indicators) assert.equal(name, `${from.sample}.${from.statistic}`);
});

test('from recorded files to a finding: seven of eight descriptors open', async () => {
  const [rule] = processes.rules;
  assert.ok(rule);
  const all = await collectAll({ pid: 4242 }, () => recordedContext('cgroup-v2', 2));
  const facts = all.flatMap((collected) => collected.facts ?? []);
  const result = rule.evaluate(viewFor(rule, indicatorValues(processes.indicators, all), facts));
  assert.ok('found' in result, JSON.stringify(result));
  assert.equal(result.found[0]?.severity, 'warning');
  assert.match(result.found[0].advice?.text ?? '', /systemctl edit vending\.service/);
});
