import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { viewFor } from '../../_proc/testing.ts';
import { memoryPressure } from './memory-pressure.ts';

const USE = 'host.memory.utilization.mean';
const SOME = 'host.memory.pressure.mean';
const FULL = 'host.memory.pressure.full.mean';
const KILLS = 'host.memory.oom-kills.sum';

const evaluate = (values: Record<string, number>): RuleResult =>
  memoryPressure.evaluate(viewFor(memoryPressure, values));

function found(values: Record<string, number>): readonly FindingDraft[] {
  const result = evaluate(values);
  assert.ok('found' in result, JSON.stringify(result));
  return result.found;
}

test('tasks that wait for memory are found; all of them waiting is critical', () => {
  const [some] = found({ [USE]: 0.9, [SOME]: 0.3, [FULL]: 0.1 });
  assert.deepEqual([some?.severity, some?.confidence], ['warning', 'high']);
  assert.match(some!.summary, /waited for memory during 30 %.*10 % of it all at once/);
  assert.equal(found({ [USE]: 0.9, [SOME]: 0.8, [FULL]: 0.7 })[0]?.severity, 'critical');
});

test('a kill is critical whatever the rest says', () => {
  const [finding] = found({ [USE]: 0.5, [SOME]: 0, [KILLS]: 2 });
  assert.deepEqual([finding?.subject, finding?.severity], ['oom-kill', 'critical']);
});

test('full memory without waiting is clear, and says so', () => {
  const result = evaluate({ [USE]: 0.93, [SOME]: 0.001, [KILLS]: 0 });
  assert.ok('clear' in result);
  assert.match(result.clear, /93 % used, and tasks waited for it during 0\.1 % of the window/);
});

test('without pressure, use alone is of low confidence, or clear with the gap admitted', () => {
  const [finding] = found({ [USE]: 0.85 });
  assert.equal(finding?.confidence, 'low');
  assert.equal(finding.impact, undefined);
  const result = evaluate({ [USE]: 0.5 });
  assert.ok('clear' in result);
  assert.match(result.clear, /not measurable here/);
});

test('without a measurement there is no verdict', () => {
  assert.deepEqual(Object.keys(evaluate({})), ['notApplicable']);
  assert.deepEqual(Object.keys(evaluate({ [SOME]: 0.9 })), ['notApplicable']);
});
