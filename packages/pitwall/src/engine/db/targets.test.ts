import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Session } from '../session.ts';
import { databaseIn, databasesIn, unansweredIn } from './targets.ts';

const FAILURE = { message: 'Cannot reach it.', hint: 'Start it.' };

/** `a`: a database, `a!`: one that failed, `a-`: something else. Loads that were asked for are noted. */
function sessionOf(names: readonly string[], loads: string[] = []): Session {
  const targets = names.map((name) => {
    const id = name[0]!;
    const database = { limitLoad: (connection: string, share: number) => loads.push(`${connection} ${share}`) };
    return {
      target: { id, integration: 'base', title: id },
      integration: name.endsWith('-') ? {} : { database },
      connection: name.endsWith('!') ? null : id,
      failure: name.endsWith('!') ? FAILURE : null,
    };
  });
  return { targets } as unknown as Session;
}

const ALL = { target: undefined, maxLoad: null };
const ids = (names: readonly string[], target?: string) =>
  databasesIn(sessionOf(names), { target, maxLoad: null }).map(({ target: { id } }) => id);

describe('the databases of a session', () => {
  it('are those that answer, or the one that is named', () => {
    assert.deepEqual(ids(['a', 'b!', 'c', 'd-']), ['a', 'c']);
    assert.deepEqual(ids(['a', 'c'], 'c'), ['c']);
    assert.throws(() => ids(['a', 'd-'], 'd'), { code: 'DATABASE_UNKNOWN' });
    assert.throws(() => ids(['d-']), { code: 'NO_DATABASE' });
  });

  it('are told of where they do not answer beside one that does', () => {
    const unanswered = (names: readonly string[], target?: string) =>
      unansweredIn(sessionOf(names), target).map(({ target: id, error }) => [id, error.code]);
    assert.deepEqual(unanswered(['a', 'b!', 'd-']), [['b', 'DATABASE_UNREADABLE']]);
    assert.deepEqual(unanswered(['a', 'b!'], 'a'), []);
  });

  it('are not none where all failed: the failures are told, each', () => {
    const told = { code: 'DATABASE_UNREADABLE', hint: 'Start it.', message: /database a .* Cannot reach it\.$/ };
    assert.throws(() => ids(['a!']), { ...told, also: [] });
    assert.throws(() => ids(['a!', 'b!']), {
      ...told,
      also: ['The database b cannot be looked at: Cannot reach it.'],
    });
    assert.throws(() => ids(['a', 'b!'], 'b'), { code: 'DATABASE_UNREADABLE', message: /database b / });
    for (const names of [['a!'], ['a!', 'b!']]) {
      assert.throws(() => databaseIn(sessionOf(names), ALL), told, 'the only one, too');
    }
  });

  it('are ambiguous where one is meant, also when the other does not answer', () => {
    for (const names of [
      ['a', 'b'],
      ['a', 'b!'],
    ]) {
      assert.throws(() => databaseIn(sessionOf(names), ALL), { code: 'DATABASE_AMBIGUOUS', hint: /a, b/ });
    }
    assert.equal(databaseIn(sessionOf(['a', 'b']), { ...ALL, target: 'b' }).target.id, 'b');
  });

  it('are limited only where they are asked, and a load is named', () => {
    const loads: string[] = [];
    databasesIn(sessionOf(['a', 'b!', 'c'], loads), { target: undefined, maxLoad: 0.1 });
    databaseIn(sessionOf(['a', 'c'], loads), { target: 'c', maxLoad: 0.2 });
    databasesIn(sessionOf(['a'], loads), ALL);
    assert.throws(() => databaseIn(sessionOf(['a', 'c'], loads), { target: undefined, maxLoad: 0.3 }));
    assert.deepEqual(loads, ['a 0.1', 'c 0.1', 'c 0.2']);
  });
});
