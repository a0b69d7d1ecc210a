import type { ProvedEffect } from '../../model/change.ts';
import type { MadeChange } from '../../model/database.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatCost, formatEffect, formatInterval, NOTHING } from '../format.ts';
import { clean } from '../text.ts';
import { isClosed } from './findings.ts';
import { changeTitle } from './outcomes.ts';
import { DECISION, sentence, type Tone, type Word } from './words.ts';

/** Advice that is not given again, with what became of it. */
export interface PastText {
  readonly title: string;
  readonly target: string;
  /** What was done, when, and why it is not proposed again. */
  readonly because: string;
  readonly id: string;
}

const UNCHANGED = 'not proposed again, because nothing has changed since';

export function pastTexts({ recommendations }: Report): readonly PastText[] {
  return recommendations.filter(isClosed).map(({ id, title, target, past }) => ({
    title: sentence(title),
    target: clean(target),
    because: sentence(`${past!.text}; ${UNCHANGED}`),
    id: clean(id),
  }));
}

export function pastTally(texts: readonly PastText[]): string {
  return `${countOf(texts.length, 'recommendation')}, tried without gain or dismissed`;
}

/** One statement: what was predicted, and what came of it in place. `—`: there is none. */
interface EffectRow {
  readonly text: string;
  readonly planner: string;
  readonly copy: string;
  readonly copyInterval: string;
  readonly inPlace: string;
  readonly interval: string;
  /** `right`, `wrong`, `not certain`. */
  readonly sign: Word;
}

export interface EffectGroup {
  readonly title: string;
  readonly decision: Word;
  readonly rows: readonly EffectRow[];
}

/** Predictions of the changes of this run beside what their trials measured. */
export function outcomeEffects({ outcomes }: Report): readonly EffectGroup[] {
  return outcomes
    .filter(({ effects }) => (effects?.length ?? 0) > 0)
    .map((outcome) => ({
      title: changeTitle(outcome),
      decision: DECISION[outcome.decision],
      rows: outcome.effects!.map(effectRow),
    }));
}

/** The same of indexes that earlier runs made. */
export function madeEffects(made: readonly MadeChange[]): readonly EffectGroup[] {
  return made.map(({ id, title, at, effects }) => ({
    title: `${clean(title)} (${clean(id)}, ${clean(at.slice(0, 10))})`,
    decision: DECISION.kept,
    rows: effects.map(effectRow),
  }));
}

/** `sign right for 3 of 3 statements whose effect is certain`; empty when there is none. */
export function signTally(groups: readonly EffectGroup[]): string {
  const words = groups.flatMap(({ rows }) => rows.map(({ sign }) => sign.word));
  const right = words.filter((word) => word === SIGN.right.word).length;
  const certain = right + words.filter((word) => word === SIGN.wrong.word).length;
  if (certain === 0) return 'none of the effects in place is certain';
  return `the sign was right for ${right} of ${countOf(certain, 'effect')} that ${certain === 1 ? 'is' : 'are'} certain`;
}

const SIGN = {
  right: { word: 'right', tone: 'good' satisfies Tone },
  wrong: { word: 'wrong', tone: 'bad' satisfies Tone },
  open: { word: 'not certain', tone: 'unknown' satisfies Tone },
} as const;

function effectRow({ text, planner, copy, inPlace, signRight }: ProvedEffect): EffectRow {
  return {
    text: clean(text),
    planner: planner === null ? NOTHING : formatCost(planner),
    copy: copy === null ? NOTHING : formatEffect(copy.ratio, 's'),
    copyInterval: copy === null ? '' : formatInterval(copy.interval, 's'),
    inPlace: inPlace === null ? NOTHING : formatEffect(inPlace.ratio, 's'),
    interval: inPlace === null ? '' : formatInterval(inPlace.interval, 's'),
    sign: signRight === null ? SIGN.open : signRight ? SIGN.right : SIGN.wrong,
  };
}
