import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { BloatFact } from '../facts/schema.ts';
import { bloatedIndex } from './bloated-index.ts';
import { bloatedTable } from './bloated-table.ts';
import { clear, healthy, notApplicable, only, run } from './structure-testing.ts';

const MIB = 2 ** 20;
const CASES = [
  { rule: bloatedTable, of: 'table' },
  { rule: bloatedIndex, of: 'index' },
] as const;
const bloat = (of: BloatFact['of'], bytes: number, neededBytes: number): Fact =>
  fact('postgresql.bloat', 'public.x', {
    schema: 'public',
    name: 'x',
    of,
    table: of === 'index' ? 'public.orders' : null,
    bytes,
    neededBytes,
  });
const measured = (bytes: number, wastedBytes: number): Fact =>
  fact('postgresql.bloat-measured', 'bloat:public.x', { bytes, wastedBytes, by: 'pgstatindex' });

for (const { rule, of } of CASES) {
  test(`${rule.id}: an estimate is called one, proposes nothing, and asks to be measured`, () => {
    const finding = only(run(rule, [...healthy(), bloat(of, 300 * MIB, 100 * MIB)]));
    assert.match(finding.summary, /^by estimate 67 % of/);
    assert.equal(finding.confidence, 'low');
    assert.equal(finding.changes, undefined);
    assert.deepEqual(finding.confirm, {
      probe: 'postgresql/measure-bloat',
      key: 'bloat:public.x',
      input: { schema: 'public', name: 'x', of },
    });
  });

  test(`${rule.id}: what was measured decides`, () => {
    const estimate = bloat(of, 300 * MIB, 100 * MIB);
    const finding = only(run(rule, [...healthy(), estimate, measured(300 * MIB, 180 * MIB)]));
    assert.deepEqual([finding.confidence, finding.confirm], ['high', undefined]);
    assert.match(finding.summary, /^60 % of/);
    clear(run(rule, [...healthy(), estimate, measured(300 * MIB, 90 * MIB)]));
  });

  test(`${rule.id}: silent below half or 100 MiB; the other kind is not its business`, () => {
    clear(run(rule, [...healthy(), bloat(of, 201 * MIB, 101 * MIB)]));
    only(run(rule, [...healthy(), bloat(of, 200 * MIB, 100 * MIB)]));
    clear(run(rule, [...healthy(), bloat(of, 190 * MIB, 91 * MIB)]));
    notApplicable(run(rule, [...healthy(), bloat(of === 'table' ? 'index' : 'table', 300 * MIB, 10 * MIB)]));
    assert.match(notApplicable(run(rule, healthy({ unread: ['bloat'] }))), /could not be read/);
  });
}

test('an index that was measured is proposed for REINDEX', () => {
  const facts = [...healthy(), bloat('index', 300 * MIB, 100 * MIB), measured(300 * MIB, 200 * MIB)];
  const [change] = only(run(bloatedIndex, facts)).changes!;
  assert.deepEqual(
    [change?.tunable, change?.subject, change?.to],
    ['postgresql/reindex', 'public.x', { reindex: true }],
  );
});
