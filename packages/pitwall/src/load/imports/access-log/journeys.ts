import type { ThinkTime } from '../../../model/scenario.ts';
import { type DraftFlow, type DraftStep, UniqueNames } from '../draft.ts';
import type { ImportNotes } from '../notes.ts';
import { shareText } from '../words.ts';
import type { Endpoint } from './endpoint.ts';
import type { LognormalFit } from './lognormal.ts';
import { type Pick, type Picked, stepOf } from './mix.ts';

const MOST_FLOWS = 10;
const MOST_STEPS = 12;
/** Flows that begin fewer sessions than this are left to the mix. */
const LEAST_SHARE = 0.02;
/** An endpoint's own pauses are fitted when it has at least this many; else it gets those of the whole log. */
const LEAST_PAUSES = 50;

export type Transitions = ReadonlyMap<Endpoint, ReadonlyMap<Endpoint, number>>;

/**
 * Flows out of the transitions of sessions: from each way in, the most frequent next request is followed until most sessions
 * ended there, or the path comes back to itself. Empty when no session could be followed.
 */
export function journeyFlows(
  picked: Picked,
  transitions: Transitions,
  think: LognormalFit | null,
  notes: ImportNotes,
): readonly DraftFlow[] {
  const byEndpoint = new Map(picked.picks.map((pick) => [pick.endpoint, pick]));
  const sessions = picked.picks.reduce((sum, { endpoint }) => sum + endpoint.starts, 0);
  const entries = picked.picks
    .filter(({ endpoint }) => endpoint.starts > 0 && endpoint.starts >= sessions * LEAST_SHARE)
    .sort((a, b) => b.endpoint.starts - a.endpoint.starts)
    .slice(0, MOST_FLOWS);
  const names = new UniqueNames();
  const followed = new Map<Endpoint, Set<Endpoint>>();
  const visited = new Set<Endpoint>();
  const flows = entries.map(({ endpoint, request }) => {
    const path = walk(endpoint, transitions, byEndpoint);
    for (const [index, pick] of path.entries()) {
      visited.add(pick.endpoint);
      const next = path[index + 1];
      if (next) followed.set(pick.endpoint, (followed.get(pick.endpoint) ?? new Set()).add(next.endpoint));
    }
    return {
      name: `from ${request.name}`,
      weight: Number(((100 * endpoint.starts) / sessions).toPrecision(4)),
      steps: path.map((pick, index) => withThink(pick, names, index < path.length - 1 ? think : null)),
      comment: `${shareText(endpoint.starts / sessions)} of the sessions began here`,
    };
  });
  sayWhatIsMissing(picked, transitions, { followed, visited }, notes);
  return flows;
}

function walk(from: Endpoint, transitions: Transitions, byEndpoint: ReadonlyMap<Endpoint, Pick>): readonly Pick[] {
  const path: Pick[] = [];
  const seen = new Set<Endpoint>();
  for (
    let at: Endpoint | null = from;
    at !== null && path.length < MOST_STEPS;
    at = next(at, transitions, byEndpoint)
  ) {
    const pick = byEndpoint.get(at);
    if (!pick || seen.has(at)) break;
    seen.add(at);
    path.push(pick);
  }
  return path;
}

/** The most frequent next request; null when more visits ended here than went on to it. */
function next(from: Endpoint, transitions: Transitions, known: ReadonlyMap<Endpoint, Pick>): Endpoint | null {
  let best: Endpoint | null = null;
  let most = 0;
  let onward = 0;
  for (const [to, count] of transitions.get(from) ?? []) {
    onward += count;
    if (to === from || !known.has(to) || count <= most) continue;
    best = to;
    most = count;
  }
  const ended = from.count - onward;
  return most > 0 && most >= ended ? best : null;
}

function withThink({ endpoint, request }: Pick, names: UniqueNames, think: LognormalFit | null): DraftStep {
  const step = stepOf(request, names.name(request.name));
  if (think === null) return step;
  const own = endpoint.pauses.count >= LEAST_PAUSES ? endpoint.pauses.fit() : null;
  return { ...step, think: thinkOf(own ?? think) };
}

/** The fit as a think time. No pause in a session is longer than 30 minutes, whatever the tail of the fit says of their mean. */
export function thinkOf({ mean: fitted, sigma }: LognormalFit): ThinkTime {
  const mean = Math.min(fitted, 1800);
  if (sigma < 0.01) return { distribution: 'constant', mean };
  return { distribution: 'lognormal', mean, sigma: Number(sigma.toPrecision(3)) };
}

function sayWhatIsMissing(
  { picks }: Picked,
  transitions: Transitions,
  { followed, visited }: { followed: ReadonlyMap<Endpoint, ReadonlySet<Endpoint>>; visited: ReadonlySet<Endpoint> },
  notes: ImportNotes,
): void {
  let other = 0;
  for (const [from, row] of transitions) {
    for (const [to, count] of row) if (!followed.get(from)?.has(to)) other += count;
  }
  notes.leaveOut('step from one request to the next', 'flows have the most frequent ways only', undefined, other);
  for (const { endpoint, request } of picks) {
    if (visited.has(endpoint)) continue;
    notes.leaveOut('request off the usual ways', 'no flow comes by it; --as mix has it', request.name, endpoint.count);
  }
}
