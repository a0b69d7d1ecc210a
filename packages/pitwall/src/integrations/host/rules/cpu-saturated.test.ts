import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import { viewFor } from '../../_proc/testing.ts';
import { cpuSaturated } from './cpu-saturated.ts';

const USE = 'host.cpu.utilization.mean';
const STEAL = 'host.cpu.steal.mean';
const PRESSURE = 'host.cpu.pressure.mean';
const WAITING = 'host.cpu.run-queue.waiting.mean';

const evaluate = (values: Record<string, number>): RuleResult => cpuSaturated.evaluate(viewFor(cpuSaturated, values));

function found(values: Record<string, number>): readonly FindingDraft[] {
  const result = evaluate(values);
  assert.ok('found' in result, JSON.stringify(result));
  return result.found;
}

test('busy and waiting: saturated, with high confidence', () => {
  const [finding, ...more] = found({ [USE]: 0.97, [PRESSURE]: 0.8, [STEAL]: 0 });
  assert.deepEqual(more, []);
  assert.equal(finding?.subject, 'host');
  assert.equal(finding.confidence, 'high');
  assert.equal(finding.changes, undefined);
  assert.match(finding.summary, /waited for a CPU during 80 % .* 97 % busy/);
  assert.deepEqual(finding.evidence.find((item) => item.label === 'Tasks waiting per CPU')?.value, 'not measured');
});

test('busy without waiting is clear, and says so', () => {
  const result = evaluate({ [USE]: 0.95, [PRESSURE]: 0.02 });
  assert.ok('clear' in result);
  assert.match(result.clear, /95 % busy, and tasks waited for one during 2\.0 % of the window \(limit 50 %\)/);
});

test('waiting on an idle machine points at one core, a quota or bursts', () => {
  const [finding] = found({ [USE]: 0.3, [PRESSURE]: 0.7 });
  assert.equal(finding?.subject, 'uneven');
  assert.equal(finding.confidence, 'medium');
});

test('steal is a cause of its own: alone it is not blamed on the service', () => {
  const findings = found({ [USE]: 0.75, [PRESSURE]: 0.8, [STEAL]: 0.33 });
  assert.deepEqual(
    findings.map((finding) => finding.subject),
    ['steal'],
  );
  assert.match(findings[0]!.summary, /hypervisor took 33 %/);
  // Its own work fills the CPUs besides: both are said.
  assert.deepEqual(
    found({ [USE]: 1, [PRESSURE]: 0.9, [STEAL]: 0.15 }).map((finding) => finding.subject),
    ['steal', 'host'],
  );
});

test('run-queue waiting decides where there is no pressure', () => {
  assert.match(found({ [USE]: 0.9, [WAITING]: 1.5 })[0]!.summary, /1\.5 tasks per CPU waited/);
  const result = evaluate({ [USE]: 0.9, [WAITING]: 0.2 });
  assert.ok('clear' in result);
  assert.match(result.clear, /0\.20 tasks per CPU waited/);
});

test('with neither, use alone gives a finding of low confidence, or a clear that admits the gap', () => {
  const [finding] = found({ [USE]: 0.9 });
  assert.equal(finding?.confidence, 'low');
  assert.match(finding.summary, /not measurable here/);
  const result = evaluate({ [USE]: 0.4 });
  assert.ok('clear' in result);
  assert.match(result.clear, /whether tasks waited is not measurable here/);
});

test('without a measurement there is no verdict', () => {
  assert.deepEqual(Object.keys(evaluate({})), ['notApplicable']);
  assert.deepEqual(Object.keys(evaluate({ [PRESSURE]: 0.9 })), ['notApplicable']);
});
