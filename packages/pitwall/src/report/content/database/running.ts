import type { Running, RunningSession } from '../../../model/running.ts';
import { countOf, formatDuration } from '../../format.ts';
import { clean } from '../../text.ts';

/** A session as people read it. */
interface RunningText {
  readonly open: string;
  readonly id: string;
  /** What it does or waits for, who waits for it, and who it is. */
  readonly doing: string;
  /** True: others wait for it, or it for others. */
  readonly isHeldUp: boolean;
  readonly text: string;
}

export function runningTexts({ sessions }: Running): readonly RunningText[] {
  return sessions.map((session) => ({
    open: formatDuration(session.seconds),
    id: clean(session.id),
    // What matters most comes first: the line is cut at its end.
    doing: `${doingText(session)}${waitersText(session)}${eventText(session)}${nameText(session)}`,
    isHeldUp: session.blocks > 0 || session.blockedBy.length > 0,
    text: `${isIdle(session) ? 'last: ' : ''}${clean(session.statement)}`,
  }));
}

const isIdle = ({ state }: RunningSession): boolean => state.startsWith('idle');

/** Of a transaction that is as old as its statement, the one says it all. Seconds. */
const SAME = 1;

function doingText(session: RunningSession): string {
  const { state, seconds, stateSeconds, blockedBy } = session;
  if (isIdle(session)) return `${clean(state)} for ${formatDuration(stateSeconds)}`;
  const since = seconds - stateSeconds >= SAME ? ` for ${formatDuration(stateSeconds)}` : '';
  if (blockedBy.length === 0) return `runs${since}`;
  const others = blockedBy.map((id) => (id === '0' ? 'a prepared transaction' : clean(id)));
  return `waits${since} behind ${others.join(', ')}`;
}

/** That an idle one waits for its client goes without saying. */
function eventText(session: RunningSession): string {
  return session.wait === null || isIdle(session) ? '' : ` (${clean(session.wait)})`;
}

function waitersText({ blocks }: RunningSession): string {
  return blocks === 0 ? '' : `; ${blocks === 1 ? '1 waits' : `${blocks} wait`} behind it`;
}

function nameText({ application }: RunningSession): string {
  return application === '' ? '' : ` · ${clean(application)}`;
}

/** `2 sessions`, with those that nobody may look at. */
export function runningTally({ total, hidden }: Running): string {
  return [
    countOf(total, 'session'),
    ...(hidden > 0 ? [`${countOf(hidden, 'other')} that the role may not see`] : []),
  ].join(', ');
}
