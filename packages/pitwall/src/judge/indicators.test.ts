import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndicatorDefinition } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import { deriveIndicators } from './indicators.ts';

const define = (name: string, sample: string): IndicatorDefinition => ({
  name,
  title: name,
  unit: 's',
  direction: 'lower-is-better',
  description: '',
  from: { sample, statistic: 'mean' },
});

const definitions = new Map([
  ['http', [define('http.duration.mean', 'http.duration'), define('http.tls.remaining', 'http.tls.remaining')]],
]);

const observe = (target: string, rest: Partial<Observation> = {}): Observation => ({
  target: { id: target, integration: 'http', title: target },
  collector: 'http/endpoints',
  startedAt: 0,
  finishedAt: 1,
  samples: [],
  facts: [],
  gaps: [],
  cost: { wallSeconds: 0, cpuSeconds: 0 },
  ...rest,
});

const sample = (value: number, labels = {}) => ({ name: 'http.duration', labels, at: 0, value });

test('one indicator a label set, over all collectors of the target, targets apart', () => {
  const indicators = deriveIndicators(
    [
      observe('a', { samples: [sample(1, { endpoint: '/x', connection: 'fresh' }), sample(5, { endpoint: '/y' })] }),
      observe('a', { samples: [sample(3, { connection: 'fresh', endpoint: '/x' })] }),
      observe('b', { samples: [sample(9, { endpoint: '/x' })] }),
    ],
    definitions,
  ).filter(({ value }) => value !== null);
  assert.deepEqual(
    indicators.map(({ target, labels, value, count }) => [target, labels.endpoint, value, count]),
    [
      ['a', '/x', 2, 2],
      ['a', '/y', 5, 1],
      ['b', '/x', 9, 1],
    ],
  );
});

test('what counts failures says so, measured or not', () => {
  const failures = new Map([
    [
      'http',
      [{ ...define('failed', 'http.duration'), countsFailures: true as const }, define('other', 'http.duration')],
    ],
  ]);
  for (const samples of [[sample(0)], []]) {
    const indicators = deriveIndicators([observe('a', { samples })], failures);
    assert.deepEqual(
      indicators.map(({ name, countsFailures }) => [name, countsFailures]),
      [
        ['failed', true],
        ['other', undefined],
      ],
    );
  }
});

test('a missing one appears as null with the reason that fits best', () => {
  const because = (rest: Partial<Observation>) => {
    const found = deriveIndicators([observe('a', rest)], definitions).find(({ name }) => name === 'http.tls.remaining');
    assert.equal(found?.value, null);
    assert.equal(found?.count, 0);
    return found?.because;
  };
  assert.equal(because({}), 'nothing measured http.tls.remaining in this run');
  assert.equal(because({ gaps: [{ what: 'http.tls', why: 'plain HTTP' }] }), 'http.tls: plain HTTP');
  const failure = { code: 'X', message: 'connection refused.' };
  assert.equal(because({ failure }), 'http/endpoints failed: connection refused');
  assert.equal(
    because({ failure, gaps: [{ what: 'http.tls.remaining', why: 'no TLS' }] }),
    'http.tls.remaining: no TLS',
  );
  assert.equal(
    because({ failure: { code: 'X', message: 'http/endpoints gave no answer within 9 s.' } }),
    'http/endpoints gave no answer within 9 s',
  );
  assert.equal(
    because({ gaps: [{ what: 'http.t', why: 'something else' }] }),
    'nothing measured http.tls.remaining in this run',
  );
});

test('hostile text in a gap cannot write to the terminal', () => {
  const [, tls] = deriveIndicators([observe('a', { gaps: [{ what: 'http.tls', why: 'x\u001b[2Jy' }] })], definitions);
  assert.equal(tls?.because, 'http.tls: x [2Jy');
});
