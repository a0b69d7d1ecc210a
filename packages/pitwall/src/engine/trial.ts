import { PitwallError } from '../errors.ts';
import type { Change, Comparison, ComparisonVerdict, JournalEntry, Outcome } from '../model/change.ts';
import { apply, precheck } from '../tune/apply.ts';
import type { TuneContext } from '../tune/context.ts';
import { keep, switchTo } from '../tune/settle.ts';
import { undo } from '../tune/undo.ts';
import { compareBlocks } from '../verify/compare.ts';
import { provedEffects } from '../verify/proof.ts';
import type { Block, BlockRecorder } from './blocks.ts';
import type { Session } from './session.ts';
import { healthProblem } from './tuning.ts';

/** A write that others hardly notice: a tenth of the 5 s busy timeout that applications are advised to set. */
const QUICK_WRITE_SECONDS = 0.5;

export interface TrialContext {
  readonly session: Session;
  readonly tune: TuneContext;
  readonly planId: string;
  readonly record: BlockRecorder;
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
    record.blocks(count, (index) => context.onProgress(`${name}: ${arm} block ${index + 1} of ${count}`));

  await precheck(tune, change);
  const beforeBlocks = design === 'repeated' ? [...(before ?? (await measure('before', blocks)))] : [];
  context.onProgress(`${name}: applying`);
  let entry = await apply(tune, change, planId);
  const afterBlocks: Block[] = [];
  try {
    const problem = await healthProblem(session, tune.signal);
    if (problem !== null) {
      const because = `the service is not healthy: ${problem}`;
      return { outcome: await takeBack(tune, entry, nothingMeasured(design), because), current: null };
    }
    if (design === 'repeated') {
      // It was stopped and started for the change: cold caches must not be counted against it, nor for it.
      if (change.needsRestart) await record.warmUp();
      afterBlocks.push(...(await measure('after', blocks)));
    } else {
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
    const back = await undo(tune, entry, { because: 'the trial did not end' });
    if (back.state === 'conflict') {
      throw new PitwallError('UNDO_BLOCKED', { id: entry.id, reason: back.because ?? 'conflict' }, { cause: error });
    }
    throw error;
  }
}

async function settle(
  { session, tune }: TrialContext,
  entry: JournalEntry,
  design: Design,
  before: readonly Block[],
  after: readonly Block[],
): Promise<TrialResult> {
  const { change } = entry;
  const valid = validBlocks(design, before, after);
  const { comparisons, noiseFloor, ...compared } = compareBlocks({
    design,
    before: valid.before.map(({ indicators }) => indicators),
    after: valid.after.map(({ indicators }) => indicators),
    affects: change.affects,
    controls: change.controls ?? [],
    tolerance: session.config.trial.tolerance,
    seed: session.config.load.seed,
  });
  // Too few blocks that the generator and the machine did not spoil: no verdict, whatever the rest says.
  const spoiled = Math.min(valid.before.length, valid.after.length) < (2 / 3) * Math.min(before.length, after.length);
  const verdict: ComparisonVerdict = spoiled ? 'inconclusive' : compared.verdict;
  const because = spoiled ? `too many blocks are not valid: ${valid.why}` : [compared.because, leftOut(valid)].join('');
  const measured = {
    design,
    comparisons,
    noiseFloor,
    verdict,
    blocks: Math.min(valid.before.length, valid.after.length),
  };
  if (verdict !== 'improved') return { outcome: await takeBack(tune, entry, measured, because), current: null };
  await keep(tune, entry, because);
  return { outcome: outcomeOf(entry, 'kept', because, measured), current: after };
}

interface ValidBlocks {
  readonly before: readonly Block[];
  readonly after: readonly Block[];
  readonly left: number;
  readonly why: string;
}

/** Blocks without those that the validity gate rejects; of an interleaved pair both go, or the pairing would be lost. */
function validBlocks(design: Design, before: readonly Block[], after: readonly Block[]): ValidBlocks {
  const spoiled = ({ load }: Block) => load !== null && !load.valid;
  const pairs = design === 'interleaved';
  const keeps = (block: Block, partner: Block | undefined) =>
    !spoiled(block) && !(pairs && partner && spoiled(partner));
  const left = [...before, ...after].filter(spoiled);
  return {
    before: before.filter((block, i) => keeps(block, after[i])),
    after: after.filter((block, i) => keeps(block, before[i])),
    left: left.length,
    why: left[0]?.load?.invalidBecause[0] ?? '',
  };
}

function leftOut({ left, why }: ValidBlocks): string {
  return left === 0 ? '' : ` ${left} blocks were left out: ${why}`;
}

type Design = 'interleaved' | 'repeated';

interface Measured {
  readonly design: Design;
  readonly comparisons: readonly Comparison[];
  readonly noiseFloor: number | null;
  readonly verdict: ComparisonVerdict;
  readonly blocks: number;
}

function nothingMeasured(design: Design): Measured {
  return { design, comparisons: [], noiseFloor: null, verdict: 'inconclusive', blocks: 0 };
}

async function takeBack(tune: TuneContext, entry: JournalEntry, measured: Measured, because: string): Promise<Outcome> {
  const back = await undo(tune, entry, { because });
  if (back.state === 'conflict') {
    return outcomeOf(entry, 'conflict', `${because} ${back.because ?? ''}`.trim(), measured);
  }
  return outcomeOf(entry, 'rolled-back', because, measured);
}

function outcomeOf(entry: JournalEntry, decision: Outcome['decision'], because: string, measured: Measured): Outcome {
  const { predictions, target } = entry.change;
  const headline = measured.comparisons
    .filter(({ affected }) => affected)
    .sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0];
  return {
    change: entry.change,
    journalId: entry.id,
    decision,
    because,
    ...measured,
    ratio: headline?.ratio ?? null,
    interval: headline?.interval ?? null,
    ...(predictions ? { effects: provedEffects(predictions, target, measured.comparisons) } : {}),
  };
}

/**
 * Interleaved blocks cancel drift, which repeated ones can only notice (bench/README.md has the false-verdict rates of both).
 * The price is that the change is made again and again, with others waiting meanwhile: so by default only where a
 * measurement on a copy says that it is quick.
 */
function designOf(session: Session, change: Change): Design {
  const { design } = session.config.trial;
  const at = session.targets.find(({ target }) => target.id === change.target);
  const toggles = at?.integration.tunables.find(({ id }) => id === change.tunable)?.meta.toggles ?? false;
  // What needs the service stopped is not done again and again.
  if (!toggles || change.needsRestart || design === 'repeated') return 'repeated';
  const quick = (change.expectedWriteSeconds ?? Number.POSITIVE_INFINITY) <= QUICK_WRITE_SECONDS;
  return design === 'interleaved' || quick ? 'interleaved' : 'repeated';
}
