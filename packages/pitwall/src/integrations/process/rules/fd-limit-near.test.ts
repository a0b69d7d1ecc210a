import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { RuleResult } from '../../../model/rule.ts';
import { viewFor } from '../../_proc/testing.ts';
import { fdLimitNear } from './fd-limit-near.ts';

const instance = (
  pid: number,
  openFiles: number | null,
  soft: number | null,
  more: Record<string, string> = {},
): Fact => ({
  kind: 'process.instance',
  key: String(pid),
  value: {
    pid,
    name: 'app',
    systemdUnit: null,
    openFiles,
    openFilesSoftLimit: soft,
    openFilesHardLimit: 4096,
    ...more,
  },
});
const evaluate = (...facts: Fact[]): RuleResult => fdLimitNear.evaluate(viewFor(fdLimitNear, {}, facts));

test('near the limit: a warning, and critical from 90 %', () => {
  const result = evaluate(instance(1, 800, 1024), instance(2, 1000, 1024), instance(3, 5, 1024));
  assert.ok('found' in result);
  assert.deepEqual(
    result.found.map((finding) => [finding.subject, finding.severity]),
    [
      ['app (1)', 'warning'],
      ['app (2)', 'critical'],
    ],
  );
  assert.match(result.found[0]!.summary, /800 of 1024 file descriptors open \(78 %\)/);
  assert.equal(result.found[0]!.changes, undefined);
});

test('the advice fits the service: a drop-in for a unit, otherwise what the hard limit allows', () => {
  const unit = evaluate(instance(1, 1000, 1024, { systemdUnit: 'app.service' }));
  assert.ok('found' in unit);
  assert.equal(unit.found[0]?.subject, 'app');
  assert.equal(unit.found[0].advice?.code, '[Service]\nLimitNOFILE=65536');
  assert.match(unit.found[0].advice.text, /systemctl edit app\.service/);
  const bare = evaluate(instance(1, 1000, 1024));
  assert.ok('found' in bare);
  assert.equal(bare.found[0]?.advice?.code, 'ulimit -n 4096');
});

test('far from the limit is clear, and names the fullest', () => {
  const result = evaluate(instance(1, 10, 1024), instance(2, 20, 1024), instance(3, null, 1024));
  assert.ok('clear' in result);
  assert.equal(
    result.clear,
    'The fullest process (app, 2) has 20 of 1024 descriptors open (2.0 %); 1 more could not be counted.',
  );
});

test('unlimited, uncounted or damaged facts give no verdict', () => {
  for (const facts of [
    [instance(1, 10, null)],
    [instance(1, null, 1024)],
    [{ ...instance(1, 1, 1), value: 'x' }],
    [],
  ]) {
    assert.deepEqual(Object.keys(evaluate(...facts)), ['notApplicable']);
  }
});
