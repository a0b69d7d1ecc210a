import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Running } from '../../model/running.ts';
import type { Session } from '../session.ts';
import { runningOf } from './running.ts';
import type { DatabaseTarget } from './targets.ts';

test('what runs is asked of a database that has sessions; of another there is nothing to say', async () => {
  const session = { environment: {} } as Session;
  const { signal } = new AbortController();
  const running: Running = { sessions: [], total: 0, hidden: 2 };
  const asked: unknown[] = [];
  const at = (database: object) => ({ database, connection: 'shop' }) as unknown as DatabaseTarget;
  const answers = {
    running: async (connection: unknown, context: { signal: AbortSignal }) => {
      asked.push(connection, context.signal);
      return running;
    },
  };
  assert.deepEqual(await runningOf(session, at(answers), signal), running);
  assert.deepEqual(asked, ['shop', signal]);
  assert.equal(await runningOf(session, at({}), signal), null);
});
