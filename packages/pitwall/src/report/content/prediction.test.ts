import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PredictedEffect } from '../../model/change.ts';
import { predictionText } from './prediction.ts';

const affects = [{ indicator: 'postgresql.statement.mean' }];
const effect = (copy: PredictedEffect['copy']): PredictedEffect => ({
  statement: 's1',
  text: 'SELECT 1',
  planner: 0.01,
  copy,
  measuredBy: [],
});

test('what only the planner expects is its cost; what was measured is time, or size where the change is about sizes', () => {
  const copy = { ratio: 0.04, interval: [0.03, 0.05] } as const;
  assert.equal(
    predictionText({ affects, predictedRatio: 0.04, predictions: [effect(null), effect(copy)] }),
    '25× faster',
  );
  assert.equal(
    predictionText({ affects, predictedRatio: 0.01, predictions: [effect(null)] }),
    '100× less cost for the planner',
  );
  assert.equal(predictionText({ affects, predictedRatio: 1 }), 'no different');
  assert.equal(predictionText({ affects: [{ indicator: 'sqlite.file.size' }], predictedRatio: 0.5 }), '2× smaller');
  assert.equal(predictionText({ affects }), null);
});
