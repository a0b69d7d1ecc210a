import { changeKey, recommendationId } from '../diagnose/identity.ts';
import { newEvidence } from '../diagnose/new-evidence.ts';
import { printable } from '../errors.ts';
import type { Basis, Change, ChangeDraft, Outcome, ProvedEffect } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import type { PastAdvice, Recommendation } from '../model/recommendation.ts';
import type { Store } from '../model/store.ts';

/** How often a trial may end without saying anything certain before the change counts as tried. [judgement] */
const UNDECIDED_TRIALS = 2;
const DAY = 24 * 3600 * 1000;

/** What became of one change, whenever and by whichever rule it is recommended. */
interface Memory {
  readonly tried: Tried | null;
  readonly dismissed: Dismissed | null;
}

interface Tried extends Pick<Outcome, 'decision' | 'verdict' | 'because' | 'ratio' | 'interval' | 'journalId'> {
  /** ISO 8601. */
  readonly at: string;
  readonly predictedRatio: number | null;
  /** Trials in a row that told nothing certain. */
  readonly undecided: number;
  readonly basis: Basis | null;
  readonly effects: readonly ProvedEffect[];
  /** It may be proposed again all the same. */
  readonly reopened: boolean;
  /** When somebody took it back after it was kept. */
  readonly takenBackAt: string | null;
}

interface Dismissed {
  readonly at: string;
  readonly because: string;
  readonly basis: Basis | null;
}

const NOTHING: Memory = { tried: null, dismissed: null };

const keptName = (id: string) => `advice ${id}`;

/** Id that a recommendation of this change alone has. */
function adviceId(target: string, change: Pick<ChangeDraft, 'tunable' | 'subject' | 'to'>): string {
  return recommendationId(changeKey(target, change as ChangeDraft));
}

async function recall(store: Store, id: string): Promise<Memory> {
  return ((await store.kept(keptName(id))) as unknown as Memory | null) ?? NOTHING;
}

async function remember(store: Store, id: string, memory: Memory): Promise<void> {
  await store.keep(keptName(id), memory as unknown as Json);
}

/**
 * Remembers what became of a change, and what it rested on.
 * @param repeatable it is done again and again (ANALYZE), so that a trial without gain does not close it
 */
export async function rememberOutcome(
  store: Store,
  outcome: Outcome,
  repeatable: boolean,
  now = new Date(),
): Promise<void> {
  const { change, decision, verdict, because, ratio, interval, journalId, effects } = outcome;
  const id = adviceId(change.target, change);
  const before = await recall(store, id);
  const undecided = isUndecided(outcome, change.predictedRatio ?? null) ? (before.tried?.undecided ?? 0) + 1 : 0;
  await remember(store, id, {
    ...before,
    tried: {
      at: now.toISOString(),
      decision,
      verdict,
      because,
      ratio,
      interval,
      journalId,
      predictedRatio: change.predictedRatio ?? null,
      undecided,
      basis: change.basis ?? null,
      effects: effects ?? [],
      reopened: repeatable,
      takenBackAt: null,
    },
  });
  const status = decision === 'kept' ? 'kept' : decision === 'conflict' ? 'failed' : 'rolled-back';
  await store.setRecommendationStatus(id, status, because);
}

/** Nothing was measured, or so roughly that what was promised may still be true. */
function isUndecided({ verdict, interval }: Pick<Outcome, 'verdict' | 'interval'>, predicted: number | null): boolean {
  if (verdict !== 'inconclusive') return false;
  return interval === null || (predicted !== null && predicted >= interval[0]);
}

/** Remembers that somebody does not want it, under all the names that it may have in later runs. */
export async function dismissAdvice(
  store: Store,
  recommendation: Recommendation,
  because: string,
  now = new Date(),
): Promise<void> {
  const { id, target, changes } = recommendation;
  for (const [name, basis] of names(id, target, changes)) {
    const before = await recall(store, name);
    await remember(store, name, { ...before, dismissed: { at: now.toISOString(), because, basis } });
    await store.setRecommendationStatus(name, 'dismissed', because);
  }
}

/** It may be proposed again: neither a dismissal nor a trial without gain stands in the way. */
export async function reopenAdvice(store: Store, recommendation: Recommendation): Promise<void> {
  const { id, target, changes } = recommendation;
  for (const [name] of names(id, target, changes)) {
    const { tried } = await recall(store, name);
    await remember(store, name, { tried: tried && { ...tried, reopened: true }, dismissed: null });
    await store.setRecommendationStatus(name, 'open', 'reopened');
  }
}

/** Each change has a name of its own: another rule, or another set of changes, may recommend it next time. */
function names(id: string, target: string, changes: readonly ChangeDraft[]): ReadonlyMap<string, Basis | null> {
  if (changes.length === 0) return new Map([[id, null]]);
  return new Map(changes.map((change) => [adviceId(target, change), change.basis ?? null]));
}

/**
 * Recommendations with what earlier runs did about them. One that was tried without gain, or dismissed, is closed: it is not
 * proposed again before there is new evidence (diagnose/new-evidence.ts). A change that was kept and is recommended again is
 * open: its rule has found the state anew (statistics grow stale, an index can be dropped by somebody).
 */
export function withStatus(
  recommendations: readonly Recommendation[],
  store: Store,
  now = new Date(),
): Promise<Recommendation[]> {
  return Promise.all(
    recommendations.map(async (recommendation) => {
      const { id, target, changes } = recommendation;
      const each = [...names(id, target, changes)];
      const all = await Promise.all(each.map(async ([name, basis]) => pastOf(await recall(store, name), basis, now)));
      const found = all.filter((past) => past !== null);
      const closed = found.find((past) => past.closed);
      const { past } = closed ?? found[0] ?? { past: null };
      if (past !== null) {
        const status = closed && past.decision !== 'kept' && past.decision !== 'conflict' ? past.decision : 'open';
        return { ...recommendation, status, past };
      }
      const statuses = await Promise.all(each.map(([name]) => store.recommendationStatus(name)));
      const status = statuses.find((known) => known !== null && known !== 'kept' && known !== 'open');
      return status ? { ...recommendation, status } : recommendation;
    }),
  );
}

/** What is known of a change that somebody thinks of (an index proposal), null when it never was made or dismissed. */
export async function pastOfChange(
  store: Store,
  target: string,
  change: Pick<ChangeDraft, 'tunable' | 'subject' | 'to' | 'basis'>,
  now = new Date(),
): Promise<Past | null> {
  const memory = await recall(store, adviceId(target, change));
  return pastOf(memory, change.basis ?? null, now);
}

/** Remembers that a change which was kept has been taken back by somebody. It stays open: it did gain. */
export async function rememberTakenBack(store: Store, { target, ...change }: Change, now = new Date()): Promise<void> {
  const id = adviceId(target, change);
  const { tried, dismissed } = await recall(store, id);
  if (tried === null) return;
  await remember(store, id, { tried: { ...tried, takenBackAt: now.toISOString() }, dismissed });
  await store.setRecommendationStatus(id, 'open', 'taken back by hand');
}

/** What the trial of this journalled change measured, statement by statement; empty: nothing, or it was tried again since. */
export async function effectsOf(store: Store, journalId: string, change: Change): Promise<readonly ProvedEffect[]> {
  const { tried } = await recall(store, adviceId(change.target, change));
  return tried?.journalId === journalId ? tried.effects : [];
}

interface Past {
  readonly past: PastAdvice;
  readonly closed: boolean;
  readonly effects: readonly ProvedEffect[];
}

function pastOf({ tried, dismissed }: Memory, basis: Basis | null, now: Date): Past | null {
  const evidence = (of: Pick<Tried, 'at' | 'basis'>) =>
    newEvidence(of.basis, basis, (now.getTime() - Date.parse(of.at)) / DAY);
  const effects = tried?.effects ?? [];
  if (dismissed !== null) {
    const text = printable(`dismissed on ${dayOf(dismissed.at)}: ${dismissed.because}`);
    const news = evidence(dismissed);
    return {
      past: { at: dismissed.at, decision: 'dismissed', text, newEvidence: news },
      closed: news.length === 0,
      effects,
    };
  }
  if (tried === null) return null;
  const { at, decision } = tried;
  const past = { at, decision, text: triedText(tried) };
  const withoutGain =
    decision === 'rolled-back' &&
    !tried.reopened &&
    (!isUndecided(tried, tried.predictedRatio) || tried.undecided >= UNDECIDED_TRIALS);
  const news = withoutGain ? evidence(tried) : [];
  return { past: { ...past, newEvidence: news }, closed: withoutGain && news.length === 0, effects };
}

function triedText({ at, decision, verdict, because, ratio, interval, takenBackAt }: Tried): string {
  const figures =
    ratio === null || interval === null
      ? ''
      : interval[1] < EXTREME
        ? ': less than a thousandth of what it was'
        : `: ${figure(ratio)}× (95 %: ${figure(interval[0])}–${figure(interval[1])})`;
  const end = { kept: 'kept', 'rolled-back': 'taken back', conflict: 'neither kept nor taken back' }[decision];
  // Where a guard decided, or nothing was measured, the figures are not the reason.
  const reason =
    decision === 'rolled-back' && (verdict === 'regressed' || figures === '') ? ` (${because.replace(/\.$/, '')})` : '';
  const later = takenBackAt === null ? '' : `, taken back by hand on ${dayOf(takenBackAt)}`;
  return printable(`tried on ${dayOf(at)}${figures}, ${end}${reason}${later}`);
}

/** A smaller ratio is no figure that anybody reads. */
const EXTREME = 0.001;

function dayOf(at: string): string {
  return at.slice(0, 10);
}

function figure(value: number): string {
  return value >= 0.095 ? value.toFixed(2) : value.toPrecision(2);
}
