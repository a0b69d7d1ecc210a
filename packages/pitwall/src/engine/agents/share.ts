import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError } from '../../errors.ts';
import { type ClockOffset, measureClock, wallClockOffset } from '../../fleet/clock.ts';
import { isPassing, RefusedByStore } from '../../fleet/database.ts';
import { giveBack, type HeldSlice, postResult, release, reportReady } from '../../fleet/slices.ts';
import type { Timing } from '../../fleet/timing.ts';
import { EarlyEnd } from '../../load/abort-watch.ts';
import { assertAllowed } from '../../load/allow.ts';
import { runLoadSlice, type Slice, type SliceResult } from '../../load/engine.ts';
import { validateOptions } from '../../load/options.ts';
import { monotonicNow } from '../../load/protocol.ts';
import { realEnvironment } from '../platform.ts';
import { hostWatch } from '../search/host-watch.ts';
import { Lifeline } from './lifeline.ts';
import { type AgentPlan, readPlan } from './plan.ts';

/** Ms before the common start at which an agent has to have heard of it: its threads must hear of it too. */
const LEAST_AHEAD = 100;

export interface ShareSettings {
  /** Hosts that this agent may load besides loopback. What the plan says about that counts for nothing. */
  readonly allow: readonly string[];
  readonly timing: Timing;
  /** Ends the load early; what was measured is handed in. */
  readonly signal: AbortSignal;
  /** Tells people how it goes. */
  say(text: string): void;
}

export type ShareOutcome = 'done' | 'refused' | 'failed' | 'released' | 'lost';

/** Carries out one slice from the plan to the result. Known failures end in what it returns, and in the store. */
export async function carryOut(held: HeldSlice, settings: ShareSettings): Promise<ShareOutcome> {
  const line = new Lifeline(held, settings.timing);
  let dealt = false;
  try {
    const plan = await checkedPlan(held, settings.allow);
    settings.say(describe(held, plan));
    const slice = await line.until(
      ({ workers }): Slice | null => workers && { offset: workers.first, count: workers.count, of: workers.of },
      settings.signal,
    );
    dealt = true;
    if (slice.count > held.agent.capacity) {
      throw new PitwallError('SHARE_REFUSED', { problem: `it wants ${threads(slice.count)} of this agent` });
    }
    const result = await measure(held, plan, slice, line, settings);
    await handIn(held, result, line, settings);
    const sent = result.workers.flatMap(({ steps }) => steps).reduce((sum, step) => sum + step.sent, 0);
    settings.say(`Done: ${sent} requests sent${result.partial === null ? '' : `, ended early: ${result.partial}`}.`);
    return 'done';
  } catch (error) {
    return await ended(error, held, settings, line, dealt);
  } finally {
    await line.close();
  }
}

/** What the plan says may be done here. Everything in it came from the store. */
async function checkedPlan(held: HeldSlice, allow: readonly string[]): Promise<AgentPlan> {
  const { options, tls } = readPlan(held.plan);
  // A path on this machine, chosen by somebody else: it could be the socket of anything.
  if (options.socket !== undefined) throw new PitwallError('SHARE_REFUSED', { problem: 'it goes to a Unix socket' });
  const ours = { ...options, workers: 1, allow };
  validateOptions(ours);
  await assertAllowed(ours.url, allow);
  return { options: ours, ...(tls ? { tls } : {}) };
}

function describe(held: HeldSlice, { options }: AgentPlan): string {
  const { shape, users, rate, warmup, duration } = options;
  const what = rate === undefined ? `${users} users` : `${rate}/s`;
  return `Share ${held.slice + 1} of a load by ${held.coordinator}: ${options.url}, ${shape}, ${what} in all, ${warmup + duration} s.`;
}

async function measure(
  held: HeldSlice,
  { options, tls }: AgentPlan,
  slice: Slice,
  line: Lifeline,
  { signal, say }: ShareSettings,
): Promise<SliceResult> {
  // As a load of this machine alone does: the service may be on it, and in a cgroup.
  const signs = options.abort?.danger ? await hostWatch(realEnvironment, options) : null;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new EarlyEnd('interrupt', 'the agent was interrupted'));
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  return runLoadSlice({ ...options, workers: slice.count }, slice, {
    signal: line.lost,
    stop: AbortSignal.any([line.stopping, interrupted.signal]),
    ...(tls ? { tls } : {}),
    ...(signs ? { signs } : {}),
    onTick: (tick) => line.push(tick),
    async startAt() {
      const clock = await measureClock((work) => held.database.transaction(work), monotonicNow);
      const wall = wallClockOffset(monotonicNow);
      if (!(await reportReady(held, clock, wall))) throw new PitwallError('SHARE_LOST', { reason: 'it was given up' });
      say(`Ready with ${threads(slice.count)}. ${clockText(clock, wall)}`);
      const at = (await line.until(({ startAt }) => startAt, signal)) - clock.offset;
      const ahead = at - monotonicNow();
      if (ahead < LEAST_AHEAD) {
        throw new PitwallError('SHARE_LOST', { reason: `we heard of the start ${Math.round(-ahead)} ms after it` });
      }
      say(`Starting in ${(ahead / 1000).toFixed(1)} s.`);
      return at;
    },
  }).finally(() => signal.removeEventListener('abort', interrupt));
}

/** Both in ms: what the store's clock is ahead of the monotonic one here, and what this host's clock is. */
export function clockText(clock: ClockOffset, wall: number): string {
  const ahead = clock.offset - wall;
  const off = Math.abs(ahead).toFixed(2);
  const within = `± ${clock.uncertainty.toFixed(2)} ms`;
  if (Number(off) === 0) return `The clocks of the store and of this host agree, ${within}.`;
  return `The clock of the store is ${off} ms ${ahead < 0 ? 'behind' : 'ahead of'} ours, ${within}.`;
}

const threads = (count: number): string => `${count} worker ${count === 1 ? 'thread' : 'threads'}`;

/** Ticks first: when the result is there, everything is. Tried again while the store is away, as long as the share is ours. */
async function handIn(held: HeldSlice, result: SliceResult, line: Lifeline, { timing }: ShareSettings): Promise<void> {
  const written = JSON.stringify(result);
  for (;;) {
    line.lost.throwIfAborted();
    try {
      await line.flush();
      await postResult(held, written, result.endedBy === 'data' ? result.partial : null);
      return;
    } catch (error) {
      if (error instanceof RefusedByStore) throw new PitwallError('SHARE_LOST', { reason: error.message });
      if (!isPassing(error)) throw error;
      await sleep(timing.heartbeat * 1000);
    }
  }
}

/** Codes of what an agent will not do, whoever asks; everything else it could not do. */
const REFUSALS = ['SHARE_REFUSED', 'LOAD_NOT_ALLOWED', 'LOAD_OPTIONS_INVALID'];

async function ended(
  error: unknown,
  held: HeldSlice,
  { signal, say }: ShareSettings,
  line: Lifeline,
  dealt: boolean,
): Promise<ShareOutcome> {
  // A bug is not swallowed, but the coordinator need not wait for the lease to hear of it.
  const known = error instanceof PitwallError || error instanceof EarlyEnd ? error : null;
  const lost = line.lost.aborted ? line.lost.reason : known;
  if (line.lost.aborted && !(lost instanceof PitwallError)) throw lost;
  if (lost instanceof PitwallError && lost.code === 'SHARE_LOST') {
    say(lost.message);
    await tell(() => giveBack(held, 'failed', lost.message));
    return 'lost';
  }
  if (signal.aborted && !dealt) {
    await tell(() => release(held));
    return 'released';
  }
  const stopped = line.stopping.aborted && known instanceof EarlyEnd;
  const because = known ? known.message : 'the agent met a bug in Pitwall';
  const refused = known instanceof PitwallError && REFUSALS.includes(known.code);
  await tell(() => giveBack(held, refused ? 'refused' : 'failed', because));
  if (!known) throw error;
  say(refused ? `Refused: ${because}` : stopped ? `Not begun: ${because}.` : `Failed: ${because}`);
  return refused ? 'refused' : 'failed';
}

/** What cannot be told now the coordinator finds out by our silence. */
async function tell(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPassing(error) && !(error instanceof RefusedByStore)) throw error;
  }
}
