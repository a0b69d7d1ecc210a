import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measuredTime } from './stretches.ts';

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
