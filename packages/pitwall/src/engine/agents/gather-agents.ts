import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError } from '../../errors.ts';
import { dealWorkers, look, offerAgain, type RunHandle, type SliceView, startRun } from '../../fleet/runs.ts';
import { shareWorkers } from '../../fleet/share-workers.ts';
import type { Timing } from '../../fleet/timing.ts';
import type { AgentsRequest, CoordinatorContext } from './coordinate.ts';
import { nameOf } from './merge-agents.ts';
import { persistently } from './persistently.ts';

/** Seconds for agents to get their users ready (log-ins of a scenario): they show signs of life, so this is generous. */
const LONGEST_PREPARATION = 600;

interface Gathering {
  readonly request: AgentsRequest;
  /** The most workers that can have a user each. */
  readonly most: number;
  readonly timing: Timing;
  readonly context: CoordinatorContext;
}

/**
 * Waits until every slice has an agent, deals the workers out, waits until all are ready, and sets the common start
 * (`timing.startLead` from then), which it returns in ms of the store's clock.
 * @throws PitwallError AGENTS_MISSING, AGENT_REFUSED, AGENT_FAILED, AGENTS_STOPPED; `stop.reason`, `signal.reason`
 */
export async function gatherAgents(run: RunHandle, gathering: Gathering): Promise<number> {
  const { timing, context } = gathering;
  const slices = await waitForAgents(run, gathering);
  await persistently(() => dealWorkers(run, deal(slices, gathering)), timing);
  context.step('All agents are here; they get their users ready.');
  const since = performance.now();
  for (;;) {
    const prepared = await lookAgain(run, gathering);
    for (const each of prepared) {
      if ((each.silent ?? 0) > timing.lease) throw failed(each, 'it shows no sign of life any more.');
    }
    if (performance.now() - since > LONGEST_PREPARATION * 1000) {
      throw failed(
        prepared.find(({ state }) => state !== 'ready') ?? prepared[0]!,
        'its users were not ready in time.',
      );
    }
    const ready = prepared.every(({ state }) => state === 'ready');
    const at = ready ? await persistently(() => startRun(run, timing.startLead), timing) : null;
    if (at !== null) {
      context.step(`All agents are ready: start in ${timing.startLead} s.`);
      return at;
    }
    await pause(gathering);
  }
}

async function waitForAgents(run: RunHandle, gathering: Gathering): Promise<readonly SliceView[]> {
  const { request, timing, context } = gathering;
  const until = performance.now() + request.wait * 1000;
  let said = '';
  let completeSince: number | null = null;
  for (;;) {
    const slices = await lookAgain(run, gathering);
    const here = slices.filter(({ state, silent }) => state === 'claimed' && (silent ?? 0) <= timing.lease);
    // One that took its slice and died at once must not be counted on: all are heard of once more when all are there.
    if (here.length < slices.length) completeSince = null;
    else completeSince ??= performance.now();
    const complete = completeSince === null ? 0 : (performance.now() - completeSince) / 1000;
    if (completeSince !== null && slices.every(({ silent }) => (silent ?? complete) < complete)) return slices;
    for (const { slice, state, silent } of slices) {
      if (state === 'claimed' && (silent ?? 0) > timing.lease) await offerAgain(run, slice, timing.lease);
    }
    const names = here.map(nameOf).join(', ');
    const text = `Waiting for agents: ${here.length} of ${slices.length}${names === '' ? '' : ` (${names})`}`;
    if (text !== said && here.length < slices.length) context.say(text);
    said = text;
    if (performance.now() > until) {
      const came = here.length === 0 ? 'none' : `${here.length} (${names})`;
      throw new PitwallError('AGENTS_MISSING', { wanted: slices.length, came, seconds: request.wait });
    }
    await pause(gathering);
  }
}

function deal(slices: readonly SliceView[], { request, most }: Gathering): number[] {
  const capacities = slices.map(({ capacity }) => capacity ?? 1);
  const given = capacities.reduce((sum, each) => sum + each, 0);
  const shares = shareWorkers(request.workers ?? Math.min(given, most), capacities);
  if (shares !== null) return shares;
  const each = slices.map((slice) => `${nameOf(slice)}: ${slice.capacity}`).join(', ');
  const problem = `the agents give ${given} worker threads together (${each}), and ${request.workers} are asked for`;
  throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
}

/** A look at the run, which ends when an agent will not or cannot, when we are told to, or when somebody closed it. */
async function lookAgain(run: RunHandle, { timing, context }: Gathering): Promise<readonly SliceView[]> {
  context.signal.throwIfAborted();
  context.stop?.throwIfAborted();
  const { open, slices } = await persistently(() => look(run), timing);
  if (!open) throw new PitwallError('AGENTS_STOPPED', { reason: 'its run was closed in the store' });
  const refused = slices.find(({ state }) => state === 'refused');
  if (refused) throw new PitwallError('AGENT_REFUSED', { agent: nameOf(refused), reason: refused.because ?? '' });
  const broken = slices.find(({ state }) => state === 'failed' || state === 'lost');
  if (broken) throw failed(broken, broken.because ?? '');
  return slices;
}

function failed(slice: SliceView, reason: string): PitwallError {
  return new PitwallError('AGENT_FAILED', { agent: nameOf(slice), reason });
}

function pause({ timing, context }: Gathering): Promise<void> {
  const signals = [context.signal, ...(context.stop ? [context.stop] : [])];
  return sleep(timing.poll * 1000, undefined, { signal: AbortSignal.any(signals) }).catch(() => {});
}
