import assert from 'node:assert/strict';
import test from 'node:test';
import type { Explained, IndexAdvice } from '../../model/database.ts';
import type { Store } from '../../model/store.ts';
import type { Session } from '../session.ts';
import { explainStatement } from './report.ts';

const plan = {
  title: 'Delete on parent',
  details: [],
  expectedRows: null,
  actualRows: null,
  loops: null,
  seconds: null,
  cost: 1,
  marks: [],
  children: [],
};
const explained: Explained = {
  text: 'DELETE FROM parent',
  plan,
  planSeconds: null,
  seconds: null,
  indexes: [],
  notes: [],
};
const none: IndexAdvice = {
  proposals: [],
  rejected: [],
  notConsidered: [],
  whatIf: 'none',
  nothingToDo: null,
  cost: { statements: 0, seconds: 0 },
  sweep: [],
};

/** What is reported of a statement on a database that answers this. */
async function reported(answer: Explained, advice: IndexAdvice) {
  const database = { explain: async () => answer, advise: async () => advice };
  const at = {
    target: { id: 'db', integration: 'fake', title: 'db' },
    integration: { database },
    connection: null,
    failure: null,
  };
  const session = { config: { service: { name: 'shop' } }, environment: {}, targets: [at] } as unknown as Session;
  const { databases } = await explainStatement(session, {
    signal: new AbortController().signal,
    store: {} as Store,
    target: undefined,
    maxLoad: null,
    text: explained.text,
    params: [],
    values: false,
    run: false,
    indexes: true,
    measure: false,
    seed: 1,
    onProgress: () => {},
  });
  return databases![0]!;
}

test('"nothing to do" gives way to what the plan does not show', async () => {
  const beyond = [{ because: 'each row reads all of child', ddl: 'CREATE INDEX …' }];
  for (const nothingToDo of [null, 'those that exist serve it']) {
    const told = await reported({ ...explained, beyond }, { ...none, nothingToDo });
    assert.deepEqual([told.explained!.beyond, told.advice!.nothingToDo], [beyond, null]);
    // Triggers are no index's business.
    const triggers = [{ because: 'each row runs 1 trigger: audit', ddl: null }];
    const still = await reported({ ...explained, beyond: triggers }, { ...none, nothingToDo });
    assert.notEqual(still.advice!.nothingToDo, null);
    const plain = await reported(explained, { ...none, nothingToDo });
    assert.equal(plain.advice!.nothingToDo, nothingToDo ?? 'No other index would help this statement.');
  }
});
