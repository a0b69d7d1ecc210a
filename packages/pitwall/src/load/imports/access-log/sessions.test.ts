import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { Endpoint } from './endpoint.ts';
import { LogMoments } from './lognormal.ts';
import { Sessions } from './sessions.ts';

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

test('a lognormal distribution is found again from its logarithms, also in parts', () => {
  const random = seededRandom(11);
  const [whole, first, second] = [new LogMoments(), new LogMoments(), new LogMoments()];
  for (let i = 0; i < 20_000; i++) {
    const value = Math.exp(Math.log(3) + 0.8 * normal(random));
    whole.add(value);
    (i % 3 === 0 ? first : second).add(value);
  }
  const fit = whole.fit()!;
  // Five standard errors of the mean logarithm: 5 × 0.8 / √20000 = 2.8 %.
  assert.ok(Math.abs(fit.median / 3 - 1) < 0.03, String(fit.median));
  assert.ok(Math.abs(fit.sigma - 0.8) < 0.03, String(fit.sigma));
  assert.ok(Math.abs(fit.mean / (3 * Math.exp(0.32)) - 1) < 0.04, String(fit.mean));
  first.merge(second);
  const merged = first.fit()!;
  assert.ok(Math.abs(merged.sigma - fit.sigma) < 1e-9 && Math.abs(merged.mean - fit.mean) < 1e-9);
  assert.equal(new LogMoments().fit(), null);
  const odd = new LogMoments();
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) odd.add(value);
  assert.equal(odd.count, 0);
});

test('sessions end after 30 minutes; pauses run from the end of a request to the next one', () => {
  const sessions = new Sessions();
  const [a, b] = [new Endpoint('GET', []), new Endpoint('GET', [])];
  sessions.add({ client: 'x', start: 0, end: 1, endpoint: a });
  sessions.add({ client: 'x', start: 1.05, end: 1.2, endpoint: b }); // a page that loads: no pause
  sessions.add({ client: 'x', start: 5.2, end: 5.3, endpoint: a });
  sessions.add({ client: 'y', start: 5.3, end: 5.4, endpoint: b });
  sessions.add({ client: 'x', start: 10, end: 10, endpoint: null });
  sessions.add({ client: 'x', start: 4000, end: 4000, endpoint: a });
  const summary = sessions.summary();
  assert.equal(summary.sessions, 3);
  assert.equal(summary.requestsEach, 2);
  assert.equal(summary.think, null, 'too few pauses to tell a distribution');
  assert.deepEqual([a.starts, b.starts], [2, 1]);
  assert.deepEqual([a.pauses.count, b.pauses.count], [1, 1]);
  const transitions = sessions.transitions();
  assert.equal(transitions.get(a)?.get(b), 1);
  assert.equal(transitions.get(b)?.get(a), 1);
});

test('transitions follow endpoints that became one', () => {
  const sessions = new Sessions();
  const [a, b, c] = [new Endpoint('GET', []), new Endpoint('GET', []), new Endpoint('GET', [])];
  sessions.add({ client: 'x', start: 0, end: 0, endpoint: a });
  sessions.add({ client: 'x', start: 5, end: 5, endpoint: b });
  sessions.add({ client: 'y', start: 0, end: 0, endpoint: a });
  sessions.add({ client: 'y', start: 5, end: 5, endpoint: c });
  c.absorb(b, seededRandom(1));
  assert.deepEqual([...sessions.transitions().get(a)!], [[c, 2]]);
});

test('any number of clients takes bounded memory, and it is said when some were let go', () => {
  const sessions = new Sessions();
  const endpoint = new Endpoint('GET', []);
  for (let i = 0; i < 250_000; i++) sessions.add({ client: `c${i}`, start: i / 1000, end: i / 1000, endpoint });
  assert.equal(sessions.summary().sessions, 250_000);
  assert.ok(sessions.summary().letGo >= 100_000);
});
