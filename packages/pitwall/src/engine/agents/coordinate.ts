import { hostname, userInfo } from 'node:os';
import { PitwallError, printable, reasonOf } from '../../errors.ts';
import { measureClock, wallClockOffset } from '../../fleet/clock.ts';
import { isPassing, openDatabase } from '../../fleet/database.ts';
import { openQueue, type SliceQueue } from '../../fleet/queue.ts';
import { closeRun, createRun, forgetMeasurements, type RunHandle, sweepRuns } from '../../fleet/runs.ts';
import { migrate } from '../../fleet/schema.ts';
import { TIMING, type Timing } from '../../fleet/timing.ts';
import { assertAllowed } from '../../load/allow.ts';
import type { LoadContext } from '../../load/engine.ts';
import { validateOptions } from '../../load/options.ts';
import { monotonicNow } from '../../load/protocol.ts';
import { measuredWindow, mostUsers } from '../../load/shapes/index.ts';
import type { LoadOptions, LoadResult } from '../../model/load.ts';
import { follow } from './follow.ts';
import { gatherAgents } from './gather-agents.ts';
import { gatherResults, timelineOf } from './gather-results.ts';
import { inTheClear } from './in-the-clear.ts';
import { mergeAgents } from './merge-agents.ts';
import { persistently } from './persistently.ts';
import { writePlan } from './plan.ts';

export interface AgentsRequest {
  /** `postgres://…`. */
  readonly store: string;
  readonly agents: number;
  /** Worker threads of all agents together; null: as many as they give. */
  readonly workers: number | null;
  /** Seconds to wait for the agents. */
  readonly wait: number;
}

export interface CoordinatorContext extends LoadContext {
  /** One line that is worth keeping, and one that the next replaces. */
  say(text: string): void;
  step(text: string): void;
  readonly timing?: Timing;
}

/**
 * Shares a load out to agents that wait at the store, starts them at one instant, follows them and puts what they measured
 * together: histograms merge exactly. `stop` and `signal` as in `runLoad`.
 *
 * An agent that dies on the way does not end the load of the others, but the result is not whole then: `valid` is false,
 * `partial` says who is missing, `agents` shows it.
 *
 * @throws PitwallError SHARED_STORE_*, LOAD_OPTIONS_INVALID, LOAD_NOT_ALLOWED, AGENTS_MISSING, AGENT_REFUSED, AGENT_FAILED,
 * AGENTS_LOST (nobody handed in anything), AGENTS_STOPPED
 */
export async function runLoadOnAgents(
  options: LoadOptions,
  request: AgentsRequest,
  context: CoordinatorContext,
): Promise<LoadResult> {
  const timing = context.timing ?? TIMING;
  await check(options, request);
  const plan = writePlan({ options: { ...options, allow: [] }, ...(context.tls ? { tls: context.tls } : {}) });
  const readable = inTheClear(request.store, process.env);
  if (readable !== null) context.say(`Warning: ${printable(readable)}.`);
  const database = await openDatabase(request.store, { applicationName: 'pitwall load' });
  let queue: SliceQueue | null = null;
  let run: RunHandle | null = null;
  try {
    await migrate(database);
    await sweepRuns(database);
    queue = await openQueue(database, false);
    run = await createRun(database, queue, { plan, agents: request.agents, coordinator: whoWeAre() });
    const clock = await measureClock((work) => database.transaction(work), monotonicNow);
    const startAt = await gatherAgents(run, { request, most: mostUsers(options), timing, context });
    const here = startAt - clock.offset + wallClockOffset(monotonicNow);
    context.onStart?.(measuredWindow(options, here).start);
    const followed = await follow(run, { options, timing, context });
    await persistently(() => closeRun(run!), timing);
    const ends = await persistently(() => gatherResults(run!, followed.slices, options), timing);
    if (ends.every(({ result }) => result === null)) {
      const reason = ends.map(({ view, because }) => `${view.name}: ${because}`).join('; ');
      throw new PitwallError('AGENTS_LOST', { reason: `no agent handed in a result (${reason})` });
    }
    const kept = new Set(ends.filter(({ result }) => result !== null).map(({ view }) => view.slice));
    const timeline =
      kept.size === ends.length
        ? followed.timeline
        : await persistently(() => timelineOf(run!, kept, ends.length, options.duration), timing);
    return mergeAgents(options, ends, timeline, followed.ending);
  } finally {
    await putAway(run);
    await queue?.close().catch(() => {});
    await database.close();
  }
}

/** The agents look at all of this again; here a person can still be told. */
async function check(options: LoadOptions, { agents, workers }: AgentsRequest): Promise<void> {
  const refuse = (problem: string) => new PitwallError('LOAD_OPTIONS_INVALID', { problem });
  // How many workers one machine takes is looked at there.
  validateOptions({ ...options, workers: 1 });
  if (options.socket !== undefined) throw refuse('a Unix socket is on one machine; agents need a host');
  const users = mostUsers(options);
  if (users < agents) throw refuse(`${users} users are too few for ${agents} agents: each needs one at least`);
  if (workers !== null && workers < agents) throw refuse(`${workers} workers are too few for ${agents} agents`);
  if (workers !== null && workers > users) throw refuse(`${workers} workers are too many for ${users} users`);
  await assertAllowed(options.url, options.allow);
}

function whoWeAre(): string {
  let user = 'somebody';
  try {
    user = userInfo().username;
  } catch {
    // A process may run under a number without a name.
  }
  return printable(`${user}@${hostname()}`);
}

/** Whatever happened: the agents end, the plan (with the tokens in it) and the measurements leave the store. */
async function putAway(run: RunHandle | null): Promise<void> {
  if (run === null) return;
  try {
    await closeRun(run);
    await forgetMeasurements(run);
  } catch (error) {
    // Agents end by themselves when they hear nothing from us, and the next one to come sweeps up.
    if (!isPassing(error)) throw new Error(`the run could not be closed: ${reasonOf(error)}`, { cause: error });
  }
}
