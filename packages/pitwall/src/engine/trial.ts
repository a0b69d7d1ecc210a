import type { Change, Comparison, ComparisonVerdict, JournalEntry, Outcome } from '../model/change.ts';
import { apply } from '../tune/apply.ts';
import type { TuneContext } from '../tune/context.ts';
import { keep, switchTo } from '../tune/settle.ts';
import { undo } from '../tune/undo.ts';
import { compareBlocks } from '../verify/compare.ts';
import type { Block, blockRecorder } from './blocks.ts';
import type { Session } from './session.ts';
import { healthProblem } from './tuning.ts';

/** A write that others hardly notice: a tenth of the 5 s busy timeout that applications are advised to set. */
const QUICK_WRITE_SECONDS = 0.5;

export interface TrialContext {
  readonly session: Session;
  readonly tune: TuneContext;
  readonly planId: string;
  readonly record: ReturnType<typeof blockRecorder>;
  onProgress(text: string): void;
}

export interface TrialResult {
  readonly outcome: Outcome;
  /** The newest blocks of the state that now is: the `before` of the next trial. Null when none are fresh. */
  readonly current: readonly Block[] | null;
}

/**
 * One change: blocks before → apply → health check → blocks after → keep it if it is proved, else take it back.
 * `before` are blocks of the present state that an earlier trial has just measured.
 */
export async function trial(
  context: TrialContext,
  change: Change,
  before: readonly Block[] | null,
): Promise<TrialResult> {
  const { session, tune, record, planId } = context;
  const { blocks } = session.config.trial;
  const name = `${change.id} ${change.preview.apply}`;
  const design = designOf(session, change);
  const measure = (arm: string, count: number) =>
    record(count, (index) => context.onProgress(`${name}: ${arm} block ${index + 1} of ${count}`));

  const beforeBlocks = design === 'repeated' ? [...(before ?? (await measure('before', blocks)))] : [];
  context.onProgress(`${name}: applying`);
  let entry = await apply(tune, change, planId);
  try {
    const problem = await healthProblem(session);
    if (problem !== null)
      return { outcome: await takeBack(tune, entry, design, `the service is not healthy: ${problem}`), current: null };
    const afterBlocks: Block[] = [];
    if (design === 'repeated') afterBlocks.push(...(await measure('after', blocks)));
    else {
      // ABBA: each state follows itself as often as the other, so a steady drift cancels out.
      for (let pair = 0; pair < blocks; pair++) {
        for (const arm of pair % 2 === 0 ? (['after', 'before'] as const) : (['before', 'after'] as const)) {
          entry = await switchTo(tune, entry, arm === 'after' ? 'changed' : 'original');
          (arm === 'after' ? afterBlocks : beforeBlocks).push(...(await measure(arm, 1)));
        }
      }
      entry = await switchTo(tune, entry, 'changed');
    }
    return await settle(context, entry, design, beforeBlocks, afterBlocks);
  } catch (error) {
    // Whatever went wrong while measuring (Ctrl-C, the service died): an unproved change does not stay.
    await undo(tune, entry, { because: 'the trial did not end' });
    throw error;
  }
}

async function settle(
  context: TrialContext,
  entry: JournalEntry,
  design: Outcome['design'],
  before: readonly Block[],
  after: readonly Block[],
): Promise<TrialResult> {
  const { session, tune } = context;
  const { change } = entry;
  const invalid = [...before, ...after].filter(({ load }) => load !== null && !load.valid);
  const result = compareBlocks({
    design: design === 'interleaved' ? 'interleaved' : 'repeated',
    before: before.map(({ indicators }) => indicators),
    after: after.map(({ indicators }) => indicators),
    affects: change.affects,
    tolerance: session.config.trial.tolerance,
    seed: session.config.load.seed,
  });
  // More than a third of the blocks spoiled by the generator or the machine: no verdict, whatever the numbers say.
  const spoiled = invalid.length > (before.length + after.length) / 3;
  const verdict: ComparisonVerdict = spoiled ? 'inconclusive' : result.verdict;
  const because = spoiled
    ? `${invalid.length} of ${before.length + after.length} blocks are not valid: ${invalid[0]!.load!.invalidBecause[0]}`
    : result.because;
  const kept = verdict === 'improved';
  const facts = {
    design,
    comparisons: result.comparisons,
    noiseFloor: result.noiseFloor,
    blocks: Math.min(before.length, after.length),
  };
  if (!kept) {
    const outcome = await takeBack(tune, entry, design, because, { ...facts, verdict });
    return { outcome, current: null };
  }
  await keep(tune, entry, because);
  return { outcome: outcomeOf(entry, 'kept', verdict, because, facts), current: after };
}

interface Facts {
  readonly design: Outcome['design'];
  readonly comparisons: readonly Comparison[];
  readonly noiseFloor: number | null;
  readonly blocks: number;
}

async function takeBack(
  tune: TuneContext,
  entry: JournalEntry,
  design: Outcome['design'],
  because: string,
  measured: Facts & { verdict: ComparisonVerdict } = {
    design,
    comparisons: [],
    noiseFloor: null,
    blocks: 0,
    verdict: 'inconclusive',
  },
): Promise<Outcome> {
  const back = await undo(tune, entry, { because });
  const decision = back.state === 'conflict' ? 'conflict' : 'rolled-back';
  const why = back.state === 'conflict' ? `${because} ${back.because ?? ''}`.trim() : because;
  return outcomeOf(entry, decision, measured.verdict, why, measured);
}

function outcomeOf(
  entry: JournalEntry,
  decision: Outcome['decision'],
  verdict: ComparisonVerdict,
  because: string,
  facts: Facts,
): Outcome {
  const headline = facts.comparisons
    .filter(({ affected }) => affected)
    .sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0];
  return {
    change: entry.change,
    journalId: entry.id,
    verdict,
    decision,
    because,
    design: facts.design,
    comparisons: facts.comparisons,
    ratio: headline?.ratio ?? null,
    interval: headline?.interval ?? null,
    blocks: facts.blocks,
    noiseFloor: facts.noiseFloor,
  };
}

/**
 * Interleaved blocks cancel drift, which repeated ones can only notice (bench/README.md has the false-verdict rates of both).
 * The price is that the change is made again and again, with others waiting meanwhile: so by default only where a
 * measurement on a copy says that it is quick.
 */
function designOf(session: Session, change: Change): 'interleaved' | 'repeated' {
  const { design } = session.config.trial;
  const at = session.targets.find(({ target }) => target.id === change.target);
  const toggles = at?.integration.tunables.find(({ id }) => id === change.tunable)?.meta.toggles ?? false;
  if (!toggles || design === 'repeated') return 'repeated';
  const quick = (change.expectedWriteSeconds ?? Number.POSITIVE_INFINITY) <= QUICK_WRITE_SECONDS;
  return design === 'interleaved' || quick ? 'interleaved' : 'repeated';
}
