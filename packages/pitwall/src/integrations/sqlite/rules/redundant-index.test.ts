import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
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

test('one that a query is slower without stays: tried on a copy', async (t) => {
  const connection = connect(
    t,
    // The narrow index gives the rows in the order of the table; the wide one in an order of its own, all over the file.
    databaseWith(
      t,
      `CREATE TABLE songs (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT, text TEXT);
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
         INSERT INTO songs SELECT i, i % 2, hex(i * 7919 % 60013), hex(randomblob(150)) FROM n;
       CREATE INDEX narrow ON songs (parent);
       CREATE INDEX wide ON songs (parent, name)`,
    ),
    { ...options, queries: { listing: 'SELECT sum(length(text)) FROM songs WHERE parent = 1', other: 'SELECT 1' } },
  );
  const { first, second } = await diagnose(connection, redundantIndex);
  assert.equal(found(first)[0]?.confirm?.probe, 'sqlite/trial-on-copy');
  assert.match(clear(second), /^narrow is covered by wide, but without it listing is [\d.]+× slower \(/);
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
