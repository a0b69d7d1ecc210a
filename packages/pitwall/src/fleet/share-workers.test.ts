import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import { shareWorkers } from './share-workers.ts';

test('even where the machines allow it; the rest goes to the first ones', () => {
  assert.deepEqual(shareWorkers(8, [8, 8]), [4, 4]);
  assert.deepEqual(shareWorkers(7, [8, 8, 8]), [3, 2, 2]);
  assert.deepEqual(shareWorkers(10, [2, 16]), [2, 8]);
  assert.deepEqual(shareWorkers(18, [2, 16]), [2, 16]);
});

test('none when it cannot be', () => {
  assert.equal(shareWorkers(19, [2, 16]), null);
  assert.equal(shareWorkers(1, [2, 16]), null);
});

test('the shares add up, nobody gets more than it gives or nothing, and nobody gets two more than one who could take more', () => {
  const random = seededRandom(7);
  for (let run = 0; run < 2000; run++) {
    const capacities = Array.from({ length: 1 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * 40));
    const most = capacities.reduce((all, each) => all + each, 0);
    const total = capacities.length + Math.floor(random() * (most - capacities.length + 1));
    const shares = shareWorkers(total, capacities)!;
    const context = `${total} of ${capacities}: ${shares}`;
    assert.equal(
      shares.reduce((all, each) => all + each, 0),
      total,
      context,
    );
    for (const [i, share] of shares.entries()) {
      assert.ok(share >= 1 && share <= capacities[i]!, context);
      if (share < capacities[i]!) assert.ok(Math.max(...shares) <= share + 1, context);
    }
  }
});
