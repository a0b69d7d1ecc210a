import { randomBytes } from 'node:crypto';
import { PitwallError, reasonOf } from '../errors.ts';
import { canonical } from '../model/canonical.ts';
import type { Change, ChangeDraft, Plan } from '../model/change.ts';
import type { Tunable } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import { mergeChanges } from '../model/merge-changes.ts';
import type { Recommendation } from '../model/recommendation.ts';
import { findTunable, nameOf, type ResolvedTarget } from './context.ts';

export interface PlanOptions {
  /** Best first. */
  readonly recommendations: readonly Recommendation[];
  resolve(target: string): Promise<ResolvedTarget>;
  readonly service: string;
  readonly now: Date;
  /** Text of what a label's value stands for (a statement, by its fingerprint); null: it stands for itself. */
  titleOf?(target: string, value: string): string | null;
  /** Without it, what needs a restart is left out. */
  readonly allowRestart: boolean;
}

interface Wanted {
  readonly target: string;
  readonly draft: ChangeDraft;
  readonly rules: readonly string[];
}

interface Read extends Wanted {
  readonly tunable: Tunable;
  readonly from: Json;
  readonly needsRestartBecause: string | null;
  readonly notChecked: readonly string[];
}

type LeftOut = { readonly what: string; readonly because: string };

const NOTHING_PROVES_IT =
  'advice only, because nothing that is measured would show whether it helped, so it could not be kept';

const RISKS = { low: 0, medium: 1, high: 2 } as const;
/** Where a tunable says nothing about its order. */
const DEFAULT_ORDER = 50;
/** Characters of what a label stands for: enough to know a statement by. */
const LONGEST_TITLE = 300;

/**
 * Recommendations as reviewable changes: what the target is now, what it will be, how it is taken back. Reads only. What
 * cannot or need not be done is left out with the reason; never throws for one change.
 */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const leftOut: LeftOut[] = [];
  const unproven: LeftOut[] = [];
  const wanted = merge(openChanges(options.recommendations, leftOut), leftOut);
  const read: Read[] = [];
  for (const one of wanted) {
    const result = await readOne(options, one);
    if ('because' in result) leftOut.push(result);
    else if (result.draft.affects.length === 0) unproven.push(onlyAdvice(result));
    else read.push(result);
  }
  const ordered = withoutSubsumed(read, leftOut).sort(
    (a, b) =>
      Number(a.needsRestartBecause !== null) - Number(b.needsRestartBecause !== null) ||
      RISKS[a.tunable.meta.risk] - RISKS[b.tunable.meta.risk] ||
      (a.tunable.meta.order ?? DEFAULT_ORDER) - (b.tunable.meta.order ?? DEFAULT_ORDER),
  );
  return {
    schemaVersion: 1,
    id: planId(options.now),
    createdAt: options.now.toISOString(),
    service: options.service,
    changes: ordered.map((one, position) => toChange(one, `c${position + 1}`, options.titleOf)),
    leftOut: [...leftOut, ...unproven],
  };
}

/** A change that no trial could keep: a person can make it all the same. */
function onlyAdvice({ draft, tunable, from }: Read): LeftOut {
  const because = `${NOTHING_PROVES_IT}; if you want it, do it by hand (${draft.reason})`;
  return { what: tunable.preview(draft, from).apply, because };
}

function openChanges(recommendations: readonly Recommendation[], leftOut: LeftOut[]): Wanted[] {
  return recommendations.flatMap(({ changes, target, rules, status, title, past }) => {
    if (changes.length === 0) return [];
    const because = closedBecause(status, past);
    if (because !== null) {
      leftOut.push({ what: title, because });
      return [];
    }
    return changes.map((draft) => ({ target, draft, rules }));
  });
}

/** Advice that nobody has to hear again; null: it is open. */
function closedBecause(status: Recommendation['status'], past: Recommendation['past']): string | null {
  if (status === 'kept') return 'it was made and kept before';
  if (status !== 'dismissed' && status !== 'rolled-back') return null;
  const what = past?.text ?? (status === 'dismissed' ? 'it was dismissed' : 'it was tried and taken back');
  return `${what}; not proposed again, because nothing has changed since`;
}

/** One change a tunable and subject: several findings may ask for the same one. */
function merge(wanted: readonly Wanted[], leftOut: LeftOut[]): Wanted[] {
  const merged = new Map<string, Wanted>();
  for (const one of wanted) {
    const { tunable, subject, to } = one.draft;
    const key = JSON.stringify([one.target, tunable, subject]);
    const first = merged.get(key);
    if (!first) merged.set(key, one);
    else if (canonical(first.draft.to) === canonical(to)) merged.set(key, together(first, one));
    else
      leftOut.push({
        what: nameOf({ ...one.draft, target: one.target }),
        because: 'another recommendation wants it otherwise',
      });
  }
  return [...merged.values()];
}

function together(a: Wanted, b: Wanted): Wanted {
  return { target: a.target, rules: [...new Set([...a.rules, ...b.rules])], draft: mergeChanges(a.draft, b.draft) };
}

async function readOne(options: PlanOptions, wanted: Wanted): Promise<Read | LeftOut> {
  const { draft, target } = wanted;
  const what = nameOf({ ...draft, target });
  let at: ResolvedTarget | null = null;
  try {
    at = await options.resolve(target);
    const tunable = findTunable(at.integration, draft.tunable);
    const to = tunable.to.safeParse(draft.to);
    if (!to.success)
      return { what, because: `the proposed value is not one it can have: ${to.error.issues[0]?.message}` };
    const from = JSON.parse(JSON.stringify(await tunable.read(at.connection, draft))) as Json;
    if (!tunable.meta.repeatable && tunable.achieved(from, draft)) return { what, because: 'it already is so' };
    await tunable.validate(at.connection, draft, from);
    const needsRestartBecause = (await tunable.restartReason?.(at.connection, draft)) ?? null;
    if (needsRestartBecause !== null && !options.allowRestart) {
      return { what, because: `needs --allow-restart: ${needsRestartBecause}` };
    }
    const notChecked = (await tunable.notChecked?.(at.connection, draft)) ?? [];
    return { ...wanted, tunable, from, needsRestartBecause, notChecked };
  } catch (error) {
    return { what, because: error instanceof PitwallError ? error.message : reasonOf(error) };
  } finally {
    await at?.close();
  }
}

function withoutSubsumed(read: readonly Read[], leftOut: LeftOut[]): Read[] {
  const left: Read[] = [];
  // The widest first, so that a chain (a), (a, b), (a, b, c) leaves only its last.
  const covers = (a: Read, b: Read) =>
    a !== b && a.target === b.target && a.tunable === b.tunable && (a.tunable.subsumes?.(a.draft, b.draft) ?? false);
  for (const [position, one] of read.entries()) {
    // Of two that cover each other (the same index under two names) the better ranked stays.
    const by = read.find((other, rank) => covers(other, one) && (!covers(one, other) || rank < position));
    if (!by) left.push(one);
    else
      leftOut.push({
        what: nameOf({ ...one.draft, target: one.target }),
        because: `${by.draft.subject} makes it unnecessary`,
      });
  }
  return left;
}

/** What the labels that must win stand for, as the draft itself or else the run knows it. */
function titlesOf({ draft, target }: Read, titleOf: PlanOptions['titleOf']): Record<string, string> {
  const own = new Map(
    [...(draft.basis?.statements ?? []), ...(draft.predictions ?? [])].map(({ statement, text }) => [statement, text]),
  );
  const values = new Set(draft.affects.flatMap(({ labels }) => Object.values(labels ?? {})));
  return Object.fromEntries(
    [...values].flatMap((value) => {
      const title = own.get(value) ?? titleOf?.(target, value) ?? null;
      return title === null || title === value ? [] : [[value, title.slice(0, LONGEST_TITLE).toWellFormed()]];
    }),
  );
}

function toChange(read: Read, id: string, titleOf: PlanOptions['titleOf']): Change {
  const { draft, target, rules, tunable, from, needsRestartBecause, notChecked } = read;
  const titles = titlesOf(read, titleOf);
  const lock = draft.lock ?? tunable.meta.locks;
  return {
    ...draft,
    ...(lock === '' ? {} : { lock }),
    ...(Object.keys(titles).length > 0 ? { titles } : {}),
    id,
    target,
    rules,
    from,
    effect: tunable.meta.effect,
    risk: tunable.meta.risk,
    needsRestart: needsRestartBecause !== null,
    ...(needsRestartBecause === null ? {} : { needsRestartBecause }),
    ...(notChecked.length === 0 ? {} : { notChecked }),
    preview: tunable.preview(draft, from),
  };
}

/** `p20261120-234132-1f2e`: sorts by time, and two plans of one second differ. */
function planId(now: Date): string {
  const [date, time] = now.toISOString().replace(/[-:]/g, '').split('T') as [string, string];
  return `p${date}-${time.slice(0, 6)}-${randomBytes(2).toString('hex')}`;
}
