import assert from 'node:assert/strict';
import test from 'node:test';
import { trialOnCopy } from '../confirmations/trial-on-copy.ts';
import { collectContext, connect, databaseWith, SHOP, viewOf } from '../testing.ts';
import { type CopyTrial, trialFact } from '../trial-contract.ts';
import { redundantIndex } from './redundant-index.ts';
import { clear, diagnose, found, options } from './testing.ts';

test('prefixes, doubles and a written-out rowid; the needed ones stay', async (t) => {
  const connection = connect(
    t,
    databaseWith(
      t,
      `${SHOP}
       CREATE INDEX prefix ON orders (device_id);
       CREATE INDEX wide ON orders (device_id, created_at);
       CREATE INDEX twin_a ON orders (note);
       CREATE INDEX twin_b ON orders (note);
       CREATE INDEX tail ON orders (status, id);
       CREATE INDEX short ON orders (status);
       CREATE UNIQUE INDEX only_one ON devices (id, site);
       CREATE INDEX nocase ON devices (site COLLATE NOCASE);
       CREATE INDEX binary ON devices (site, id);
       CREATE INDEX down ON devices (site DESC, id);
       CREATE INDEX part ON orders (created_at) WHERE status = 'open';
       CREATE INDEX created ON orders (created_at, note)`,
    ),
    options,
  );
  const { second } = await diagnose(connection, redundantIndex);
  const pairs = found(second).map((finding) => `${finding.subject} by ${finding.evidence[0]?.value}`);
  assert.deepEqual(pairs.sort(), ['prefix by wide', 'tail by short', 'twin_b by twin_a']);
  const change = found(second)[0]?.changes?.[0];
  assert.equal(change?.to, null);
  assert.deepEqual(change?.affects, [{ indicator: 'sqlite.index.size' }]);
  assert.ok(change?.predictedRatio && change.predictedRatio < 1);
});

test('one that a query is slower without stays: dropped on a copy, and judged by what that says', async (t) => {
  const connection = connect(
    t,
    databaseWith(
      t,
      `CREATE TABLE songs (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT);
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO songs SELECT i, i % 2, hex(i * 7919 % 2003) FROM n;
       CREATE INDEX narrow ON songs (parent);
       CREATE INDEX wide ON songs (parent, name)`,
    ),
    {
      ...options,
      queries: { listing: 'SELECT sum(id), max(length(name)) FROM songs INDEXED BY narrow WHERE parent = 1' },
    },
  );
  // With INDEXED BY the query cannot even be prepared without it.
  const hinted = await diagnose(connection, redundantIndex);
  assert.match(clear(hinted.second), /a configured query names it \(INDEXED BY\)/);

  const request = found(hinted.first)[0]!.confirm!;
  const trial = (ratio: number): CopyTrial => ({
    variants: [
      {
        name: 'narrow',
        failed: null,
        buildSeconds: 0,
        indexBytes: null,
        queries: [
          {
            query: 'listing',
            planChanged: true,
            before: 0.03,
            after: 0.03 * ratio,
            ratio,
            interval: [ratio * 0.9, ratio * 1.1],
            rounds: 8,
            planBefore: '',
            planAfter: '',
          },
        ],
      },
    ],
  });
  const collected = hinted.facts.filter(({ kind }) => kind !== 'sqlite.copy-trial');
  const judged = (ratio: number) =>
    redundantIndex.evaluate(viewOf(redundantIndex, [...collected, trialFact(request.key, trial(ratio))]));
  assert.match(
    clear(judged(2.5)),
    /^narrow is covered by wide, but without it listing is 2\.5× slower \(2\.3× to 2\.8×\)/,
  );
  assert.equal(found(judged(1))[0]?.confidence, 'high');
});

test('dropping an index on the copy leaves the copies as they were for the next idea', async (t) => {
  const database = databaseWith(
    t,
    `${SHOP} CREATE INDEX narrow ON orders (device_id); CREATE INDEX wide ON orders (device_id, note)`,
  );
  const connection = connect(t, database, {
    ...options,
    queries: { one: { sql: 'SELECT count(*) FROM orders WHERE device_id = ?', params: [[7]] } },
  });
  const queries = [{ query: 'one', sql: 'SELECT count(*) FROM orders WHERE device_id = ?', params: [[7]] }];
  const ask = (key: string) =>
    trialOnCopy.confirm(
      connection,
      { key, input: { variants: [{ name: 'narrow', dropIndex: true }], queries } },
      collectContext(),
    );
  for (const key of ['first', 'second']) {
    const answer = (await ask(key)).facts?.[0]?.value as unknown as CopyTrial;
    assert.equal(answer.variants[0]?.failed, null);
    assert.equal(answer.variants[0]?.queries[0]?.planChanged, true, key);
  }
});

test('an index like a constraint’s own goes, the constraint’s stays; nothing without indexes', async (t) => {
  const connection = connect(t, databaseWith(t, 'CREATE TABLE t (a UNIQUE, b); CREATE INDEX extra ON t (a)'), options);
  assert.deepEqual(
    found((await diagnose(connection, redundantIndex)).second).map(({ subject }) => subject),
    ['extra'],
  );
  const fine = connect(
    t,
    databaseWith(t, 'CREATE TABLE t (a, b); CREATE INDEX x ON t (a); CREATE INDEX y ON t (b, a)'),
    options,
  );
  assert.match(clear((await diagnose(fine, redundantIndex)).second), /no index is made needless/);
  const none = connect(t, databaseWith(t, 'CREATE TABLE t (a, b)'), options);
  assert.ok('notApplicable' in (await diagnose(none, redundantIndex)).second);
});
