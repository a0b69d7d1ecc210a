import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { IndexAdvice, Statement, Workload } from '../../model/database.ts';
import { noAdvice, weighedAdvice } from './known.ts';

const advice: IndexAdvice = {
  proposals: [],
  rejected: [],
  notConsidered: [],
  whatIf: 'HypoPG',
  nothingToDo: 'The indexes that exist serve the workload.',
  cost: { statements: 1, seconds: 0.1 },
  sweep: [],
};

const statement = (id: string, seconds: number | null, calls = 1, notUnderstood: string | null = null) =>
  ({ id, seconds, calls, notUnderstood, text: `SELECT ${id}` }) as unknown as Statement;

function workload(statements: readonly Statement[], source: Partial<Workload['sources'][number]> = {}): Workload {
  const told = { id: 's', title: 's', calls: 0, seconds: null, since: null, missing: [], ...source };
  return { statements, window: null, sources: [told], loops: [], snapshot: null };
}

const left = (id: string, unknown = false) => ({
  statement: id,
  text: `SELECT ${id}`,
  because: `why ${id}`,
  ...(unknown ? { unknown } : {}),
});

describe('whether it is known that there is nothing to do', () => {
  it('is not where no statement is known, with what is missing', () => {
    const { notKnown, nothingToDo } = weighedAdvice(workload([], { missing: ['The extension is not there.'] }), advice);
    assert.deepEqual(notKnown, ['No statement of it is known.', 'The extension is not there.']);
    assert.equal(nothingToDo, null);
    assert.match(weighedAdvice(workload([]), advice).notKnown!.join(), /nothing counts or logs them/);
    assert.match(weighedAdvice({ ...workload([]), window: 2 }, advice).notKnown!.join(), /No statement ran/);
  });

  it('is not where most of the time is of statements that could not be considered, the weightiest reason first', () => {
    const all = workload([statement('a', 1), statement('b', 6), statement('c', 3)]);
    const most = weighedAdvice(all, { ...advice, notConsidered: [left('a', true), left('b', true)] });
    assert.deepEqual(most.notKnown, ['2 of 3 statements, with 70 % of the time, could not be considered.', 'why b']);
    assert.deepEqual(
      most.notConsidered.map(({ statement: id, share }) => [id, share]),
      [
        ['b', 0.6],
        ['a', 0.1],
      ],
    );
    const few = weighedAdvice(all, { ...advice, notConsidered: [left('a', true), left('b')] });
    assert.equal(few.notKnown, undefined);
    assert.equal(few.nothingToDo, advice.nothingToDo);
  });

  it('is not where most statements are hidden, and weighs by calls what nobody timed', () => {
    const hidden = weighedAdvice(workload([statement('a', 1)], { hidden: 9, missing: ['GRANT it.'] }), advice);
    assert.deepEqual(hidden.notKnown, ['Of 10 statements 9 are hidden from the role of Pitwall.', 'GRANT it.']);
    const untimed = workload([statement('a', null, 9, 'syntax error'), statement('b', null, 1)]);
    assert.equal(weighedAdvice(untimed, { ...advice, notConsidered: [left('a')] }).notConsidered[0]!.share, 0.9);
    // What the workload did not understand is not known either, whoever forgets to say so.
    assert.ok(weighedAdvice(untimed, { ...advice, notConsidered: [left('a')] }).notKnown);
  });

  it('stands beside nothing that is proposed, and an error that kept it from being looked for is told with its hint', () => {
    const proposals = [{}] as unknown as IndexAdvice['proposals'];
    assert.equal(weighedAdvice(workload([]), { ...advice, proposals }).notKnown, undefined);
    const error = new PitwallError('POSTGRESQL_NO_WHAT_IF', { database: 'db', reason: 'no', todo: 'Do it' });
    assert.deepEqual(noAdvice(error).notKnown, [error.message, error.hint]);
    assert.equal(noAdvice(error).nothingToDo, null);
  });
});
