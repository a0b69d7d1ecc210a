import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectContext } from '../../../model/integration.ts';
import type { Json } from '../../../model/json.ts';
import { collectContext, connect, databaseWith, SHOP } from '../testing.ts';
import { gatherWorkload } from './index.ts';
import { leaveOutOwnLoad, watchOwnLoad } from './own-load.ts';
import { fileWith, jsonLines } from './testing.ts';

const T0 = 1_790_000_000;

test('what was logged while a trial made its load is left out, its time with it, and its values are known all the same', async (t) => {
  const call = (text: string, at: number) => ({ text, at, seconds: 0.01, params: [7] });
  const log = fileWith(
    t,
    jsonLines(
      ...Array.from({ length: 10 }, (_, i) => call('SELECT id FROM orders WHERE device_id = ?', T0 + i)),
      ...Array.from({ length: 300 }, (_, i) => call('SELECT id FROM orders WHERE device_id = ?', T0 + 20 + i / 100)),
      ...Array.from({ length: 50 }, (_, i) => call('SELECT id FROM orders WHERE status = ?', T0 + 21 + i / 100)),
      ...Array.from({ length: 4 }, (_, i) => call('SELECT id FROM orders WHERE device_id = ?', T0 + 30 + i)),
    ),
  );
  const connection = connect(t, databaseWith(t, SHOP, 'shop.db'), { logs: [log] });
  const gathered = async (previous: Json = null) =>
    (await gatherWorkload(connection, { previous, watch: 0 }, collectContext())).workload;
  const all = await gathered();
  assert.deepEqual(
    all.statements.map(({ calls }) => calls),
    [314, 50],
  );
  assert.equal(all.sources[0]!.ownLoad, undefined);

  let now = T0 + 19.5;
  const context: CollectContext = {
    ...collectContext(),
    environment: { ...collectContext().environment, now: () => now },
  };
  const end = await watchOwnLoad(connection, context);
  now = T0 + 24;
  leaveOutOwnLoad(connection, await end(null));
  const rest = await gathered();
  assert.deepEqual(
    rest.statements.map(({ calls }) => calls),
    [14],
  );
  assert.ok(Math.abs(rest.statements[0]!.seconds! - 0.14) < 1e-9);
  assert.ok(Math.abs(all.window! - rest.window! - 4.6) < 1e-6, `${all.window} ${rest.window}`);
  const { calls, seconds, window } = rest.sources[0]!.ownLoad!;
  assert.equal(calls, 350);
  assert.ok(Math.abs(seconds - 3.5) < 1e-9 && Math.abs(window - 4.6) < 1e-6, `${seconds} ${window}`);

  const later = await gathered({ to: T0 + 25 });
  assert.deepEqual([later.statements[0]!.calls, later.sources[0]!.ownLoad], [4, undefined]);
  for (const odd of [7, 'x', {}, [7], [['a', 1]], null]) {
    leaveOutOwnLoad(connection, odd);
    assert.equal((await gathered()).statements[0]!.calls, 314);
  }
});
