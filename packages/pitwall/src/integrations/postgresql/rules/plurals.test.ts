import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { Rule } from '../../../model/rule.ts';
import { fact } from '../facts/define.ts';
import { fewHotUpdates } from './few-hot-updates.ts';
import { notUnderstood } from './not-understood.ts';
import { planFlip } from './plan-flip.ts';
import { statement, workload } from './statement-testing.ts';
import { statisticsLost } from './statistics-lost.ts';
import { DAY, healthy, index, run, table } from './structure-testing.ts';
import { vacuumDebt } from './vacuum-debt.ts';

function sentence(rule: Rule, facts: readonly Fact[], thresholds: Readonly<Record<string, number>> = {}): string {
  const result = run(rule, facts, thresholds);
  if ('found' in result) return result.found.map(({ summary }) => summary).join('\n');
  if ('notYet' in result) return result.notYet;
  return 'clear' in result ? result.clear : result.notApplicable;
}

test('one of something is said as one, in every sentence with a count', () => {
  const odd = statement('odd', { notUnderstood: 'no grammar' });
  const some = { statements: 1, notUnderstood: { statements: 1, seconds: 0 } };
  const flip = { text: 'SELECT 1', shapes: [] };
  const dead = table('orders', { rows: 1, liveRows: 0, deadRows: 1, updates: 1, hotUpdates: 0 });
  const told: readonly (readonly [string, RegExp])[] = [
    [sentence(notUnderstood, [workload(some), odd]), /^1 of 1 statement was not understood.* for it$/],
    [sentence(notUnderstood, [workload({ statements: 1 })]), /^the only statement was understood$/],
    [sentence(notUnderstood, [workload({ statements: 2 })]), /^all 2 statements were understood$/],
    [
      sentence(statisticsLost, [workload({ evictions: 1, window: DAY })]),
      /entries (were dropped )?1 time( in 1 day)?:/,
    ],
    [sentence(planFlip, [workload(), fact('postgresql.plan', 'f1', flip)]), /^1 statement with logged plans is done/],
    [sentence(vacuumDebt, [...healthy(), dead], { minimumRows: 0, factor: 0 }), /^1 dead row in public.orders/],
    [
      sentence(fewHotUpdates, [...healthy(), dead, index('i', ['a'])], { minimumUpdates: 0, counterAge: 0 }),
      /of 1 update of public.orders was HOT/,
    ],
  ];
  for (const [text, expected] of told) assert.match(text, expected);
});
