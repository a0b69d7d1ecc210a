import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContext, gapIn, liveContext, recordedContext, valueIn } from '../../_proc/testing.ts';
import { disk, parseDiskstats } from './disk.ts';

const connection = { hanging: new Set<string>() };

test('sectors are 512 bytes, times are milliseconds; newer fields are ignored, cut lines skipped', () => {
  const line = '   8       0 sda 100 5 2000 300 50 6 1000 700 2 400 1000 7 0 8 9 1 2\n   8 1 sda1 1 2\n';
  assert.deepEqual(
    [...parseDiskstats(line)],
    [
      [
        'sda',
        {
          operations: 150,
          operationSeconds: 1,
          bytesRead: 1024000,
          bytesWritten: 512000,
          busySeconds: 0.4,
          weightedSeconds: 1,
        },
      ],
    ],
  );
});

test('of a recorded machine only the real disk is shown, not loop or zram', async () => {
  const collected = await disk.collect(connection, recordedContext('linux-6.18-hybrid', 1.84));
  assert.deepEqual([...new Set(collected.samples?.map((sample) => sample.labels.disk))], ['vda']);
  const busy = valueIn(collected, 'host.disk.utilization', { disk: 'vda' });
  assert.ok(busy >= 0 && busy <= 1);
});

test('nothing to read is a gap', async () => {
  assert.match(gapIn(await disk.collect(connection, emptyContext()), 'host.disk'), /does not exist/);
});

test('the real machine answers with numbers or reasons', async () => {
  const collected = await disk.collect(connection, liveContext());
  assert.ok((collected.samples?.length ?? 0) + (collected.gaps?.length ?? 0) > 0);
});
