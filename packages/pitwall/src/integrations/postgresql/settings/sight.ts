import { factsOf } from '../facts/define.ts';
import { sizeText } from '../rules/schema-view.ts';
import { type Judged, type Judgement, numberOf, wordOf } from './judging.ts';

/** What can be seen of the server: advised only when there is something that it would show. */
export function judgeIoTiming({ settings, cache, age, view }: Judged): Judgement {
  const setting = 'track_io_timing';
  if (wordOf(settings, setting) !== 'off') return { setting, leave: 'it is on' };
  const read = cache === null || age <= 0 ? 0 : (cache.read / age) * 86_400;
  if (age < view.threshold('counterAge') || read < view.threshold('readADay')) {
    return { setting, leave: 'little is read beside shared buffers: there is nothing to time' };
  }
  return {
    setting,
    to: 'on',
    because: `${sizeText(read)} a day are read beside shared buffers, and nothing says whether from the disk or from the system's cache`,
    confidence: 'medium',
    evidence: [{ label: 'read a day', value: Math.round(read), unit: 'By' }],
    note: 'It reads the clock at each read: pg_test_timing shows what that costs (usually below 100 ns).',
  };
}

export function judgeLockLog({ settings, view }: Judged): Judgement {
  const setting = 'log_lock_waits';
  if (wordOf(settings, setting) !== 'off') return { setting, leave: 'it is on' };
  const trees = factsOf(view, 'postgresql.lock-tree').size;
  if (trees === 0) return { setting, leave: 'nobody was seen waiting for a lock' };
  return {
    setting,
    to: 'on',
    because: 'sessions wait for locks, and the log would keep who for whom, also when nobody looks',
    confidence: 'medium',
    evidence: [{ label: 'trees of waiting sessions', value: trees }],
    note: 'It logs the statements that wait, with their values, after deadlock_timeout.',
  };
}

export function judgeIdleTimeout({ settings, view }: Judged): Judgement {
  const setting = 'idle_in_transaction_session_timeout';
  if (numberOf(settings, setting) !== 0) return { setting, leave: 'there is one' };
  const idle = [...factsOf(view, 'postgresql.long-transaction').values()].filter(
    ({ state, stateSeconds }) =>
      state.startsWith('idle in transaction') && stateSeconds >= view.threshold('idleSeconds'),
  );
  if (idle.length === 0) return { setting, leave: 'no session was seen idle in a transaction for long' };
  return {
    setting,
    to: '10min',
    because: 'sessions stay idle in a transaction, keep their locks and hold back VACUUM, and nothing ends them',
    confidence: 'medium',
    evidence: [
      { label: 'sessions', value: idle.length },
      { label: 'longest', value: Math.round(Math.max(...idle.map(({ stateSeconds }) => stateSeconds))), unit: 's' },
    ],
    note: 'The application then gets an error in place of its transaction: it has to be able to begin again. Best set for its role alone (ALTER ROLE … SET).',
  };
}
