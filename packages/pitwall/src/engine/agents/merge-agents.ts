import { printable } from '../../errors.ts';
import type { EarlyEnd } from '../../load/abort-watch.ts';
import type { SliceResult } from '../../load/engine.ts';
import type { RawBlock } from '../../load/protocol.ts';
import { mergeSlices } from '../../load/result.ts';
import { stepsOf } from '../../load/scenario/plan.ts';
import { blockOf, mergeRawBlocks } from '../../load/timeline.ts';
import type { LoadAgent, LoadOptions, LoadResult, LoadTick } from '../../model/load.ts';
import type { SliceEnd } from './gather-results.ts';

/**
 * Above this a start that is called common is not: a second of the timeline would hold visibly different seconds of the
 * agents. Seconds.
 */
const MOST_UNCERTAIN = 0.005;

/**
 * One result from those of all agents, with a line for each. `stopped`: why we ended it ourselves; null when we did not. When all
 * agents had carried out their plan by then (during the clean-up), nothing was ended.
 */
export function mergeAgents(
  options: LoadOptions,
  ends: readonly SliceEnd[],
  timeline: readonly LoadTick[],
  stopped: EarlyEnd | null,
): LoadResult {
  const results = ends.map(({ result }) => result).filter((result) => result !== null);
  const complete = results.length === ends.length && results.every(({ partial }) => partial === null);
  const ending = complete ? null : stopped;
  const merged = mergeSlices(options, results, timeline);
  const missing = ends.map((end) => missingSentence(end, ending)).filter((sentence) => sentence !== null);
  const whole = missing.length === 0;
  const uncertain = ends
    .filter(({ view }) => (view.clockUncertainty ?? 0) > MOST_UNCERTAIN)
    .map(({ view }) => {
      const known = `known to ±${((view.clockUncertainty ?? 0) * 1000).toFixed(0)} ms only`;
      return `the clock of agent ${nameOf(view)} is ${known}: it may have started so much before or after the others`;
    });
  return {
    ...merged,
    blocks: blocksOf(options, results, { agents: ends.length, measured: merged.duration }),
    // An agent that was interrupted by itself did not end the load.
    endedBy: ending?.end ?? (merged.endedBy === 'interrupt' ? 'plan' : merged.endedBy),
    ...(ending ? { partial: printable(ending.message) } : {}),
    ...(whole ? {} : { partial: missing.join('; '), valid: false }),
    invalidBecause: [...missing, ...merged.invalidBecause],
    warnings: [...merged.warnings, ...uncertain.map(printable)],
    agents: ends.map((end) => agentOf(end, ending)),
  };
}

export function nameOf({ name, host }: { readonly name: string | null; readonly host: string | null }): string {
  return printable(name === null ? 'nobody' : `${name} (${host ?? 'unknown host'})`);
}

/** Interrupted by itself: its part of the load stopped while the others went on. */
function interruptedItself({ result }: SliceEnd, ending: EarlyEnd | null): boolean {
  return result !== null && result.endedBy === 'interrupt' && ending === null;
}

function missingSentence(end: SliceEnd, ending: EarlyEnd | null): string | null {
  const { view, result, because } = end;
  const { workers } = view;
  const share = `${workers ?? 0} ${workers === 1 ? 'worker' : 'workers'}`;
  if (result === null) {
    return printable(`agent ${nameOf(view)} was lost (${because}), and with it what its ${share} measured`);
  }
  if (!interruptedItself(end, ending)) return null;
  return printable(`agent ${nameOf(view)} with ${share} ended before the others: ${result.partial}`);
}

function agentOf(end: SliceEnd, ending: EarlyEnd | null): LoadAgent {
  const { view, result } = end;
  return {
    name: printable(view.name ?? 'nobody'),
    host: printable(view.host ?? ''),
    clockOffset: view.clockOffset,
    clockUncertainty: view.clockUncertainty,
    workers: view.workers ?? 0,
    sent: result?.workers.flatMap(({ steps }) => steps).reduce((sum, step) => sum + step.sent, 0) ?? null,
    state: result === null ? 'lost' : interruptedItself(end, ending) ? 'interrupted' : 'done',
  };
}

/** Blocks that all agents have seen. `measured`: seconds of the run as it turned out; the last block may be a part of one. */
function blocksOf(
  options: LoadOptions,
  results: readonly SliceResult[],
  { agents, measured }: { readonly agents: number; readonly measured: number },
): LoadResult['blocks'] {
  const blocks = new Map<number, RawBlock[]>();
  for (const raw of results.flatMap((result) => result.blocks)) {
    blocks.set(raw.block, [...(blocks.get(raw.block) ?? []), raw]);
  }
  const steps = stepsOf(options);
  return [...blocks]
    .filter(([, parts]) => parts.length === agents)
    .sort(([a], [b]) => a - b)
    .map(([, parts]) => blockOf(mergeRawBlocks(parts), steps, options.duration, measured));
}
