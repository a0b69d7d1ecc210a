import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collected } from '../../model/integration.ts';
import { emptyContext, indicatorValues, liveContext, recordedContext, viewFor } from '../_proc/testing.ts';
import host from './index.ts';

async function collectAll(context: () => ReturnType<typeof liveContext>): Promise<readonly Collected[]> {
  const connection = await host.connect({}, { ...context(), directory: '/' });
  const all = await Promise.all(host.collectors.map((collector) => collector.collect(connection, context())));
  await host.close(connection);
  return all;
}

test('no options are needed, and none are taken', async () => {
  assert.ok(host.options.safeParse({}).success);
  assert.ok(!host.options.safeParse({ port: 80 }).success);
  const context = {
    environment: liveContext().environment,
    signal: AbortSignal.timeout(1000),
    url: null,
    listeners: [],
  };
  assert.deepEqual(await host.detect(context), [{ id: 'host', options: {}, notes: {} }]);
});

test('on this machine every collector tells something, all numbers are finite, all gaps have a reason', async () => {
  const all = await collectAll(liveContext);
  for (const [index, { samples = [], facts = [], gaps = [] }] of all.entries()) {
    assert.ok(samples.length + facts.length + gaps.length > 0, host.collectors[index]!.id);
    for (const sample of samples) assert.ok(Number.isFinite(sample.value), sample.name);
    for (const gap of gaps) assert.match(gap.why, /^not measurable here: ./);
  }
});

test('a machine that shows nothing yields gaps, not numbers and not errors', async () => {
  for (const { samples = [], gaps = [] } of await collectAll(emptyContext)) {
    assert.deepEqual(samples, []);
    assert.ok(gaps.length > 0);
  }
});

test('every sample has an indicator, and every indicator a sample that a collector emits', async () => {
  const seen = new Set<string>();
  const recorded = ['linux-6.18-hybrid', 'cgroup-v2', 'steal'].map((name) => () => recordedContext(name, 2));
  for (const context of [liveContext, ...recorded]) {
    for (const { samples = [] } of await collectAll(context)) for (const { name } of samples) seen.add(name);
  }
  const declared = new Set(host.indicators.map((indicator) => indicator.from.sample));
  assert.deepEqual(
    [...seen].filter((name) => !declared.has(name)),
    [],
  );
  // Swap needs a machine that has some; its parser is tested beside it.
  const unseen = [...declared].filter((name) => !seen.has(name) && name !== 'host.swap.utilization');
  assert.deepEqual(unseen, []);
});

test('names follow from samples, and rules name indicators that exist', () => {
  const names = host.indicators.map((indicator) => indicator.name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, from } of host.indicators) assert.equal(name, `${from.sample}.${from.statistic}`);
  for (const rule of host.rules) {
    for (const name of rule.meta.needs.indicators ?? []) assert.ok(names.includes(name), name);
    for (const threshold of Object.values(rule.meta.thresholds)) assert.ok(threshold.source.length > 0);
  }
});

test('from recorded files to findings: a full machine, and one whose time is stolen', async () => {
  const rule = host.rules.find((candidate) => candidate.id === 'host/cpu-saturated')!;
  const subjects = async (name: string, window: number) => {
    const values = indicatorValues(host.indicators, await collectAll(() => recordedContext(name, window)));
    const result = rule.evaluate(viewFor(rule, values));
    assert.ok('found' in result, JSON.stringify(result));
    return result.found.map((finding) => [finding.subject, finding.confidence]);
  };
  assert.deepEqual(await subjects('linux-6.18-hybrid', 1.84), [['host', 'high']]);
  assert.deepEqual(await subjects('steal', 2), [['steal', 'high']]);
});
