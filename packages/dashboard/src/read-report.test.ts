import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readReport } from './read-report.ts';

const run = { service: 'vending', command: 'check', startedAt: '2026-11-20T09:12:04Z', id: 'r1' };

it('reads a report', () => {
  const read = readReport(JSON.stringify({ schemaVersion: 1, run, verdicts: [], outcomes: [], more: 1 }));
  assert.deepEqual(read, { report: { run, verdicts: [], outcomes: [] } });
});

it('says in one sentence what is wrong with anything else', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /not JSON/],
    ['<html>', /not JSON/],
    ['null', /no schemaVersion/],
    ['[1]', /no schemaVersion/],
    ['{"schemaVersion":2}', /version 2; this page reads up to version 1/],
    ['{"schemaVersion":1}', /which run/],
    [JSON.stringify({ schemaVersion: 1, run, verdicts: [{}], outcomes: [] }), /verdicts/],
    [JSON.stringify({ schemaVersion: 1, run, verdicts: [], outcomes: [{ change: null }] }), /outcomes/],
  ];
  for (const [text, sentence] of cases) {
    const read = readReport(text);
    assert.ok('problem' in read && sentence.test(read.problem), text);
  }
});
