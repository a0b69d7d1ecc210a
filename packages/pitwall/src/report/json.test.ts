import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, PitwallError } from '../errors.ts';
import { hostileReport } from './fixtures/hostile-report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { parseReport, toJson } from './json.ts';

const refused = (text: string, code: ErrorCode, message: RegExp): void => {
  assert.throws(
    () => parseReport(text),
    (error) => error instanceof PitwallError && error.code === code && message.test(error.message),
  );
};

describe('the report as JSON', () => {
  it('comes back as it was', () => {
    for (const report of [sampleReport(), hostileReport()]) assert.deepEqual(parseReport(toJson(report)), report);
  });

  it('keeps pairs on one line and ends with a line break', () => {
    const text = toJson(sampleReport());
    assert.match(text, /"interval": \[0\.00333, 0\.00417\]/);
    assert.ok(text.endsWith('}\n'));
  });

  it('is read when a later minor version added keys', () => {
    const later = { ...sampleReport(), weather: 'fine' };
    assert.deepEqual(parseReport(JSON.stringify(later)), sampleReport());
  });

  it('is refused with a sentence when it is something else', () => {
    refused('', 'REPORT_NOT_JSON', /not JSON/);
    refused('<html>', 'REPORT_NOT_JSON', /not JSON/);
    refused('null', 'REPORT_INVALID', /the report/);
    refused('[]', 'REPORT_INVALID', /the report/);
    refused('{"schemaVersion":1}', 'REPORT_INVALID', /run/);
    refused(JSON.stringify({ ...sampleReport(), schemaVersion: 2 }), 'REPORT_NEWER', /version 2.*up to version 1/);
    refused(JSON.stringify({ ...sampleReport(), schemaVersion: '1' }), 'REPORT_INVALID', /schemaVersion/);
    refused(JSON.stringify({ ...sampleReport(), verdicts: [{ status: 'fine' }] }), 'REPORT_INVALID', /verdicts\.0/);
  });

  it('is refused, not fatal, when it is nested without end', () => {
    const depth = 100_000;
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const text = JSON.stringify(sampleReport()).replace('"to":"wal"', `"to":${nested}`);
    assert.throws(() => parseReport(text), PitwallError);
  });
});
