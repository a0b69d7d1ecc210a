import assert from 'node:assert/strict';
import test from 'node:test';
import { redundantIndex } from './redundant-index.ts';
import { clear, foreignKey, healthy, index, key, only, run } from './structure-testing.ts';

const wide = index('wide', ['a', 'b']);

test('the first columns of a wider one', () => {
  const finding = only(run(redundantIndex, [...healthy(), index('narrow', ['a'], { scans: 0 }), wide]));
  assert.equal(finding.subject, 'public.narrow');
  assert.match(finding.summary, /\(a\) is covered by public\.wide \(a, b\)/);
  assert.deepEqual(finding.changes?.[0]?.to, null);
  // Proven by its own size: among larger ones a sum would not show it.
  const labels = { index: 'public.narrow' };
  assert.deepEqual(finding.changes?.[0]?.affects, [{ indicator: 'postgresql.index.size', labels }]);
  assert.deepEqual(finding.changes?.[0]?.meter, [{ measure: 'postgresql.index.size', ...labels }]);
});

test('included columns have to be in the wider one', () => {
  const narrow = index('narrow', ['a'], { include: ['b'] });
  only(run(redundantIndex, [...healthy(), narrow, wide]));
  only(run(redundantIndex, [...healthy(), index('narrow', ['a']), index('wide', ['a'], { include: ['c'] })]));
  clear(run(redundantIndex, [...healthy(), index('narrow', ['a'], { include: ['c'] }), wide]));
});

test('what the wider one cannot do', () => {
  const different: Parameters<typeof index>[2][] = [
    { unique: true },
    { constraint: 'c', unique: true },
    { replicaIdentity: true },
    { clustered: true },
    { keys: [key('a', { desc: true })] },
    { keys: [key('a', { opclass: 'pg_catalog.text_pattern_ops' })] },
    { keys: [key('a', { collation: 'pg_catalog.C' })] },
    { keys: [key('b')] },
    { where: '(a > 0)' },
    { method: 'hash' },
    { table: 'public.customers' },
  ];
  for (const more of different) clear(run(redundantIndex, [...healthy(), index('narrow', ['a'], more), wide]));
  clear(run(redundantIndex, [...healthy(), index('narrow', ['a']), index('wide', ['a', 'b'], { valid: false })]));
  // GIN and GiST do not order by the first key.
  const gist = { method: 'gist' };
  clear(run(redundantIndex, [...healthy(), index('narrow', ['a'], gist), index('wide', ['a', 'b'], gist)]));
});

test('a wide one many times as large is a trade-off, not waste', () => {
  const at = (bytes: number) => [
    ...healthy(),
    index('narrow', ['a'], { bytes: 2 ** 20 }),
    index('wide', ['a', 'b'], { bytes }),
  ];
  only(run(redundantIndex, at(4 * 2 ** 20)));
  clear(run(redundantIndex, at(4 * 2 ** 20 + 1)));
});

test('one that serves a foreign key goes only when the wider one serves it as well', () => {
  only(run(redundantIndex, [...healthy(), index('narrow', ['a']), wide, foreignKey(['a'])]));
  const hash = [index('narrow', ['a'], { method: 'hash' }), index('wide', ['a'], { method: 'hash', include: ['b'] })];
  only(run(redundantIndex, [...healthy(), ...hash, foreignKey(['a'])]));
});

test('with the same columns it is a duplicate, which another rule tells', () => {
  clear(run(redundantIndex, [...healthy(), index('one', ['a', 'b']), wide]));
});
