/** What the bench knows of statements, and what follows from it. Pure. */
import type { EffectMeasured } from '../../../model/database.ts';
import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import { pairedRatio } from '../paired.ts';
import { inTurn } from './rounds.ts';

/** What was seen of one statement with one set of indexes. */
export interface StatementTrial extends EffectMeasured {
  /** False: the plan is the same as without them, so it was not timed. */
  readonly planChanged: boolean;
}

/** What is known of a statement with one plan. Seconds of a call, one number a round. */
export interface Times {
  readonly samples: number[];
  /** It was given up on: it takes as long at least, and much longer than without new indexes. */
  readonly capped: boolean;
}

/**
 * Time of a write with these indexes, from the set that it was timed with that differs least: each index more or fewer counts as
 * those of that set do on average. Undefined when it was not timed without indexes, or with nothing else. For a first look.
 */
export function likeTimes(
  wanted: readonly string[],
  known: readonly { readonly keys: readonly string[]; readonly times: Times }[],
): Times | undefined {
  const base = known.find(({ keys }) => keys.length === 0)?.times;
  let like: { times: Times; keys: readonly string[]; apart: number } | undefined;
  for (const { keys, times } of known) {
    // What an index costs is not to be seen where there is none.
    if (keys.length === 0) continue;
    const apart = new Set([...wanted, ...keys]).size * 2 - wanted.length - keys.length;
    if (like === undefined || apart < like.apart) like = { times, keys, apart };
  }
  if (!like || !base) return undefined;
  const each = Math.max(0, median(like.times.samples) - median(base.samples)) / Math.max(1, like.keys.length);
  const more = each * (wanted.length - like.keys.length);
  return { samples: like.times.samples.map((value) => Math.max(1e-9, value + more)), capped: false };
}

/** With new indexes a statement is given up on after so many times what it takes without them, and not before these seconds. */
const SLOWER = 1.5;
const GIVEN_UP = 0.25;
/** And after so many times the least that any indexes brought it to, not before these seconds: it is out of the race. */
const BEATEN = 20;
const BEATEN_AFTER = 2;

/**
 * Seconds after which a run with new indexes is given up.
 * @param base without them; null: not known yet
 * @param best with any that were tried
 */
export function limitOfRun(queryTimeout: number, base: Times | null, best: number): number {
  if (base === null) return queryTimeout;
  const slower = Math.max(GIVEN_UP, SLOWER * Math.max(...base.samples));
  return Math.min(queryTimeout, slower, Math.max(BEATEN_AFTER, BEATEN * best));
}

/** Of the statement with the indexes that it can meet: on its tables. */
export function nameOf(id: string, tables: readonly string[], indexes: readonly IndexSpec[]): string {
  const own = new Set(tables.map((table) => table.toLowerCase()));
  const met = indexes.filter(({ table }) => own.has(table.toLowerCase())).map(keyOf);
  return JSON.stringify([id, ...met.sort()]);
}

/** Under which the times of a read are known. */
export function planKey(id: string, text: string): string {
  return JSON.stringify([id, text]);
}

/** Of the indexes in the name of a statement and what it meets. */
export function keysIn(name: string): readonly string[] {
  return (JSON.parse(name) as readonly string[]).slice(1);
}

/** `rounds` null: it failed. */
export function keep(
  id: string,
  rounds: readonly number[] | null,
  seconds: Map<string, number | null>,
  samples: Map<string, readonly number[]>,
): void {
  seconds.set(id, rounds && median(rounds));
  if (rounds) samples.set(id, rounds);
}

/** The same object for both: the plan is the same, and it was timed once. */
export function trialOf(before: Times, after: Times): StatementTrial {
  const rounds = Math.max(before.samples.length, after.samples.length);
  const [from, to] = [before, after].map(({ samples }) => inTurn(samples, 0, rounds));
  const same = before === after;
  const bound = before.capped && !after.capped ? { atLeast: true as const } : {};
  return { ...pairedRatio(from!, to!), ...bound, rounds: same ? 0 : rounds, planChanged: !same };
}
