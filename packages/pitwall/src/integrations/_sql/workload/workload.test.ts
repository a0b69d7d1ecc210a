import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLES, type Statement } from '../../../model/database.ts';
import { seededRandom } from '../../../stats/random.ts';
import type { StatementEvent, StatementReader } from './events.ts';
import { Gathering } from './gather.ts';
import { hintedLoops, LoopWatch, MORE_THAN } from './loops.ts';
import { ranked } from './rank.ts';
import { Reservoir } from './reservoir.ts';

const reader: StatementReader = (text) => ({
  id: text.replace(/\d+/g, '?'),
  text: text.replace(/\d+/g, '?'),
  kind: 'select',
  tables: ['t'],
  notUnderstood: null,
  endpoint: null,
  request: null,
});

const event = (more: Partial<StatementEvent> = {}): StatementEvent => ({
  text: 'SELECT 1',
  params: [],
  seconds: 0.01,
  rows: 1,
  at: null,
  endpoint: null,
  request: null,
  session: null,
  ...more,
});

test('calls of a fingerprint are added up, with their callers and the longest', () => {
  const gathering = new Gathering('log', reader, 1);
  for (let i = 0; i < 10; i++)
    gathering.add(event({ text: `SELECT ${i}`, endpoint: i < 7 ? 'GET /a' : 'GET /b', at: 100 + i }));
  gathering.add(event({ seconds: 0.5, calls: 3 }));
  const { statements, calls, from, to, missing } = gathering.result();
  assert.equal(statements.length, 1);
  const [one] = statements;
  assert.deepEqual([one!.calls, one!.rows, one!.maxSeconds, calls], [13, 13, 0.5, 13]);
  assert.ok(Math.abs(one!.seconds! - 1.6) < 1e-9);
  assert.deepEqual(
    one!.callers.map(({ endpoint, calls }) => [endpoint, calls]),
    [
      ['GET /a', 7],
      ['GET /b', 3],
    ],
  );
  assert.deepEqual([from, to, missing], [99.99, 109, []]);
});

test('samples are spread over all calls, the same for the same seed', () => {
  const kept = (seed: number) => {
    const gathering = new Gathering('log', reader, seed);
    for (let i = 0; i < 1000; i++) gathering.add(event({ text: `SELECT ${i}` }));
    return gathering.result().statements[0]!.samples.map(({ text }) => Number(text.slice(7)));
  };
  assert.equal(kept(1).length, SAMPLES);
  assert.deepEqual(kept(1), kept(1));
  const all = Array.from({ length: 200 }, (_, seed) => kept(seed)).flat();
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  // 1,600 draws from 0 to 999: standard error 7.2.
  assert.ok(Math.abs(mean - 499.5) < 30, `${mean}`);
  assert.ok(all.filter((value) => value < 100).length > 100);
});

test('memory is bounded, and what was left out is said', () => {
  const gathering = new Gathering('log', (text) => ({ ...reader(text), id: text }), 1, {
    statements: 3,
    callers: 2,
    sampleLength: 100,
    samplesLength: 150,
  });
  for (let i = 0; i < 5; i++) gathering.add(event({ text: `SELECT ${i}` }));
  for (let i = 0; i < 4; i++) gathering.add(event({ text: 'SELECT 0', endpoint: `GET /${i}` }));
  gathering.add(event({ text: 'SELECT 1', params: ['x'.repeat(200)] }));
  const { statements, missing } = gathering.result();
  assert.equal(statements.length, 3);
  assert.equal(statements[0]!.callers.length, 2);
  assert.match(missing.join(' '), /2 calls of further statements .* first 3 .* samples.* 2 calls are not tied/s);
});

test('events that only show values are not counted; calls without a time are taken to be like the others', () => {
  const gathering = new Gathering('log', reader, 1);
  gathering.add(event({ calls: 0, seconds: 9 }));
  gathering.add(event({ seconds: 1 }));
  gathering.add(event({ seconds: null, noSample: true }));
  const [one] = gathering.result().statements;
  assert.deepEqual([one!.calls, one!.seconds, one!.maxSeconds, one!.samples.length], [2, 2, 1, 2]);
});

test('a loop: more than five similar calls in a request, one after the other', () => {
  const watch = (calls: number, gap: number) => {
    const loops = new LoopWatch(seededRandom(1));
    for (let request = 0; request < 4; request++) {
      for (let call = 0; call < calls; call++) loops.saw('s', `r${request}`, 'GET /a', 100 + call * gap, 0.01);
      loops.saw('other', `r${request}`, 'GET /a', 200, 0.01);
    }
    return loops.loops();
  };
  assert.deepEqual(watch(MORE_THAN, 0.02), []);
  const [loop, ...more] = watch(MORE_THAN + 1, 0.02);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [loop!.statement, loop!.endpoint, loop!.proof, loop!.requests, loop!.callsPerRequest],
    ['s', 'GET /a', 'proven', 4, 6],
  );
  assert.ok(Math.abs(loop!.secondsPerRequest! - 0.06) < 1e-9);
  assert.deepEqual(watch(20, 0.001), [], 'side by side is no loop');
});

test('thousands of requests at a time: the oldest are taken to be over', () => {
  const loops = new LoopWatch(seededRandom(1));
  for (let request = 0; request < 10_000; request++) {
    for (let call = 0; call < 7; call++) loops.saw('s', `r${request}`, null, request + call / 10, 0.01);
  }
  assert.equal(loops.loops()[0]!.requests, 10_000);
});

const statement = (id: string, calls: number, rows: number | null, more: Partial<Statement> = {}): Statement => ({
  id,
  text: id,
  kind: 'select',
  tables: [id],
  calls,
  seconds: 1,
  planSeconds: null,
  maxSeconds: null,
  rows,
  io: null,
  callers: [],
  samples: [],
  sources: ['statistics'],
  notUnderstood: null,
  ...more,
});

test('counters hint at a loop where look-ups are as many as the rows of another statement', () => {
  const [hint, ...more] = hintedLoops([statement('orders', 100, 2000), statement('customer', 2010, 2010)]);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [hint!.statement, hint!.proof, hint!.requests, hint!.callsPerRequest],
    ['customer', 'hint', 100, 20.1],
  );
  assert.deepEqual(hintedLoops([statement('orders', 100, 2000), statement('customer', 3000, 3000)]), [], 'too many');
  assert.deepEqual(hintedLoops([statement('orders', 500, 2000), statement('customer', 2000, 2000)]), [], 'four a call');
  assert.deepEqual(hintedLoops([statement('orders', 100, 2000), statement('customer', 2000, 9000)]), [], 'no look-up');
  assert.deepEqual(
    hintedLoops([statement('orders', 100, 2000), statement('x', 2000, 2000, { tables: ['orders'] })]),
    [],
  );
});

test('ranked by time, those without at the end by calls', () => {
  const list = [
    statement('a', 5, 1, { seconds: null }),
    statement('b', 1, 1),
    statement('c', 9, 1, { seconds: null }),
    statement('d', 1, 1, { seconds: 3 }),
  ];
  assert.deepEqual(
    ranked(list).map(({ id }) => id),
    ['d', 'b', 'c', 'a'],
  );
});

test('reservoir', () => {
  const reservoir = new Reservoir<number>(3, seededRandom(2));
  const gone = Array.from({ length: 50 }, (_, i) => reservoir.add(i));
  assert.deepEqual(gone.slice(0, 3), [null, null, null]);
  assert.equal(new Set([...reservoir.kept, ...gone.slice(3)]).size, 50, 'each value is kept or handed back');
});
