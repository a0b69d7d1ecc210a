import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Reading } from './record.ts';
import { measuredTime, onMeasuredTime, thinned } from './stretches.ts';

const reading = (at: number, value: number, target = 'app'): Reading => ({
  target,
  at,
  counters: [{ name: 'cpu', title: 'cpu', unit: 's', labels: {}, value }],
});
const shown = (readings: readonly Reading[]) =>
  readings.map(({ target, at, counters }) => [target, at, counters[0]!.value]);

it('measured time stands still between stretches, and goes on before the first and after the last', () => {
  const stretches = [
    { at: 100, duration: 5 },
    { at: 107, duration: 3 },
    { at: 111, duration: 2 },
  ];
  for (const [moment, measured] of [
    [99, -1],
    [100, 0],
    [104, 4],
    [105, 5],
    [106, 5],
    [107, 5],
    [109, 7],
    [110.5, 8],
    [112, 9],
    [113, 10],
    [114, 11],
  ] as const) {
    assert.equal(measuredTime(stretches, moment), measured, `${moment}`);
  }
  assert.equal(measuredTime([{ at: 100, duration: 5 }], 106), 6);
});

it('what was used up between stretches is left out, at the edges as it lies between the readings around them', () => {
  // From 100 to 102 and from 104 to 106; 10 a second inside, 100 a second between them. Readings at each second and at the edges.
  const stretches = [
    { at: 100, duration: 2 },
    { at: 104, duration: 2 },
  ];
  const exact = [0, 1, 2, 3, 4, 5, 6].map((at) =>
    reading(at, 10 * Math.min(at, 2) + 100 * Math.max(0, Math.min(2, at - 2)) + 10 * Math.max(0, at - 4)),
  );
  const wanted = [
    ['app', 0, 0],
    ['app', 1, 10],
    ['app', 2, 20],
    ['app', 2, 20],
    ['app', 3, 30],
    ['app', 4, 40],
  ];
  assert.deepEqual(shown(onMeasuredTime(exact, 100, stretches)), wanted);
  // A reading that comes 10 ms late has one of the hundred a second in it.
  const late = exact.map((each) => (each.at === 2 ? reading(2.01, 21) : each));
  const last = onMeasuredTime(late, 100, stretches).at(-1)!;
  assert.ok(Math.abs(last.counters[0]!.value - 40.9) < 0.1, `${last.counters[0]!.value}`);
  assert.deepEqual(onMeasuredTime(exact, 100, [{ at: 100, duration: 6 }]), exact);
});

it('each target and counter has its own gaps; one that was reset in a gap is left as it is', () => {
  const stretches = [
    { at: 100, duration: 1 },
    { at: 102, duration: 1 },
  ];
  const of = (target: string, ...values: number[]) => values.map((value, at) => reading(at, value, target));
  const both = [...of('app', 0, 1, 5, 6), ...of('db', 10, 20, 2, 4)];
  assert.deepEqual(shown(onMeasuredTime(both, 100, stretches)), [
    ['app', 0, 0],
    ['app', 1, 1],
    ['app', 1, 1],
    ['app', 2, 2],
    ['db', 0, 10],
    ['db', 1, 20],
    ['db', 1, 2],
    ['db', 2, 4],
  ]);
});

it('for rates over time readings are not nearer to each other than half a second', () => {
  const near = [0, 0.01, 0.6, 1, 1.2].flatMap((at) => [reading(at, at), reading(at, at, 'db')]);
  assert.deepEqual(
    thinned(near).map(({ target, at }) => `${target} ${at}`),
    ['app 0', 'app 0.6', 'app 1.2', 'db 0', 'db 0.6', 'db 1.2'],
  );
});
