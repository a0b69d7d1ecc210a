import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateOptions } from '../../load/options.ts';
import { loadOptionsOf } from '../load-options.ts';
import { sharedSession } from '../session-testing.ts';
import { stepOptions, withoutShape } from './options.ts';
import { probeOf } from './recover.ts';

const shared = sharedSession([1]);

test('users who share connections: a step has enough users for them, and the probe after it has one connection', async () => {
  const { session } = shared;
  const load = { ...session.config.load, protocol: 'http2' as const, users: 400, connections: 200 };
  const sharing = { ...session, config: { ...session.config, load } };
  const { step } = await stepOptions(sharing, {}, []);
  const overrides = step({ rate: 10, duration: 3 });
  for (const [over, users, connections] of [
    [overrides, 200, 200],
    [probeOf(overrides, 1), 1, 1],
  ] as const) {
    const { options } = await loadOptionsOf(withoutShape(sharing), over);
    assert.deepEqual([options.users, options.connections], [users, connections]);
    validateOptions(options);
  }
  const { step: alone } = await stepOptions(session, {}, []);
  assert.equal(alone({ rate: 10, duration: 3 }).users, 100);
});
