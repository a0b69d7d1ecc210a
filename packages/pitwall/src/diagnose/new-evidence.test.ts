import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Basis } from '../model/change.ts';
import { NOTABLE_CHANGE, newEvidence, OLD_DAYS } from './new-evidence.ts';

const READ = { statement: 'a', text: 'SELECT 1', helped: true, share: 0.4, load: 0.02 };
const WRITE = { statement: 'w', text: 'INSERT', helped: false, share: 0.2, load: 0.01 };
const BASIS: Basis = {
  statements: [READ, WRITE],
  sizes: [{ what: 'rows of orders', value: 100_000 }],
  version: 'PostgreSQL 15',
};

const evidence = (now: Partial<Basis>, days = 1) => newEvidence(BASIS, { ...BASIS, ...now }, days);

test('nothing has changed: no evidence, also when everything moved by less than a factor of two', () => {
  assert.deepEqual(evidence({}), []);
  assert.deepEqual(
    evidence({
      statements: [
        { ...READ, load: 0.039 },
        { ...WRITE, load: 0.006 },
      ],
    }),
    [],
  );
  assert.deepEqual(evidence({ sizes: [{ what: 'rows of orders', value: 199_000 }] }), []);
  assert.deepEqual(evidence({ sizes: [{ what: 'rows of orders', value: 51_000 }] }), []);
});

test('a helped statement with twice the time is evidence, with half of it none; for a write it is the other way round', () => {
  assert.match(evidence({ statements: [{ ...READ, load: 0.02 * NOTABLE_CHANGE }, WRITE] }).join(), /2 times the time/);
  assert.deepEqual(evidence({ statements: [{ ...READ, load: 0.001 }, WRITE] }), []);
  assert.match(evidence({ statements: [READ, { ...WRITE, load: 0.005 }] }).join(), /only 0\.5 of the time/);
  assert.deepEqual(evidence({ statements: [READ, { ...WRITE, load: 1 }] }), []);
});

test('shares count only where the time a second is not known of both', () => {
  assert.deepEqual(evidence({ statements: [{ ...READ, share: 0.9 }, WRITE] }), []);
  assert.match(evidence({ statements: [{ ...READ, load: null, share: 0.9 }, WRITE] }).join(), /2\.3 times/);
  assert.deepEqual(evidence({ statements: [{ ...READ, load: null, share: null }, WRITE] }), []);
});

test('another statement, another size, another version, a quarter of a year', () => {
  const other = { ...READ, statement: 'b', text: 'SELECT  2' };
  assert.deepEqual(evidence({ statements: [READ, WRITE, other] }), ['another statement is helped: SELECT 2']);
  assert.deepEqual(evidence({ statements: [READ, WRITE, { ...other, helped: false }] }), []);
  assert.match(evidence({ sizes: [{ what: 'rows of orders', value: 200_000 }] }).join(), /100,000 have become 200,000/);
  assert.equal(evidence({ sizes: [{ what: 'rows of orders', value: 50_000 }] }).length, 1);
  assert.deepEqual(evidence({ version: 'PostgreSQL 18' }), ['PostgreSQL 15 has become PostgreSQL 18']);
  assert.deepEqual(evidence({ version: null }), []);
  assert.deepEqual(evidence({}, OLD_DAYS), []);
  assert.match(evidence({}, OLD_DAYS + 1).join(), /91 days ago/);
});

test('of what nothing is known only time counts', () => {
  assert.deepEqual(newEvidence(null, BASIS, 5), []);
  assert.deepEqual(newEvidence(BASIS, null, 5), []);
  assert.equal(newEvidence(null, null, 100).length, 1);
});
