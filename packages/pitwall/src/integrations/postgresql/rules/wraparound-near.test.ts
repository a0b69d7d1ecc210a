import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { XminHolder } from '../facts/schema.ts';
import { clear, found, healthy, only, run, table } from './structure-testing.ts';
import { wraparoundNear } from './wraparound-near.ts';

const database = (xidAge: number, multixactAge = 0, name = 'shop', current = true): Fact =>
  fact('postgresql.wraparound', name, { xidAge, multixactAge, current });

test('fewer than ten million left is critical', () => {
  const finding = only(run(wraparoundNear, [...healthy(), database(2 ** 31 - 9_999_999)]));
  assert.equal(finding.severity, 'critical');
  assert.match(finding.summary, /9,999,999 transaction numbers left/);
  assert.equal(only(run(wraparoundNear, [...healthy(), database(2 ** 31 - 10_000_000)])).severity, 'warning');
});

test('older than autovacuum would let it become, with the oldest tables', () => {
  const facts = [...healthy(), database(221_000_000), table('young'), table('old', { xidAge: 220_000_000 })];
  const finding = only(run(wraparoundNear, facts));
  assert.equal(finding.severity, 'warning');
  assert.match(finding.advice!.code!, /^VACUUM \(FREEZE, VERBOSE\) "public"\."old";/);
  clear(run(wraparoundNear, [...healthy(), database(220_000_000)]));
  clear(run(wraparoundNear, [...healthy(), database(200_000_001)]));
});

test('multixacts have a limit of their own', () => {
  assert.equal(only(run(wraparoundNear, [...healthy(), database(1, 441_000_000)])).subject, 'shop (multixacts)');
  clear(run(wraparoundNear, [...healthy(), database(1, 440_000_000)]));
});

test('what holds it back is named, and how to end it; other databases of the server are told of', () => {
  const prepared: XminHolder = { kind: 'prepared transaction', name: 'gid-7', age: 2e8, seconds: 1e6, detail: 'shop' };
  const holders = healthy({ holders: [prepared] });
  const finding = only(run(wraparoundNear, [...holders, database(300_000_000)]));
  assert.equal(finding.advice?.code, "ROLLBACK PREPARED 'gid-7';");
  assert.ok(finding.evidence.some(({ value }) => String(value).includes('gid-7')));
  const two = found(run(wraparoundNear, [...healthy(), database(3e8), database(3e8, 0, 'other', false)]));
  assert.match(two[1]!.advice!.text, /Connect to that database/);
});
