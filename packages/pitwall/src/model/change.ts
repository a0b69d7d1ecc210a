import type { Direction, Unit } from './indicator.ts';
import type { Json } from './json.ts';
import type { Labels } from './observation.ts';

export type Effect = 'now' | 'reload' | 'restart';
export type Risk = 'low' | 'medium' | 'high';

/** Picks indicators: all of that name whose labels include these. */
export interface Selector {
  readonly indicator: string;
  readonly labels?: Labels;
}

/** What a change is predicted to do to one statement, by whoever was asked. */
export interface PredictedEffect {
  /** As the workload calls it. */
  readonly statement: string;
  /** Without values; cut. May be hostile. */
  readonly text: string;
  /** Cost as the planner sees it, after ÷ before; null: it was not asked. */
  readonly planner: number | null;
  /** Time on a copy, after ÷ before with its 95 % interval; null: not measured. */
  readonly copy: MeasuredRatio | null;
  /** What measures it in place, the best first. */
  readonly measuredBy: readonly Selector[];
}

interface MeasuredRatio {
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
}

/** A prediction beside what the trial measured in place. */
export interface ProvedEffect extends PredictedEffect {
  /** Seconds, after ÷ before with its 95 % interval; null: the trial has nothing on it. */
  readonly inPlace:
    | (MeasuredRatio & { readonly before: number; readonly after: number; readonly blocks: number })
    | null;
  /** Whether it went the way that was predicted (by the copy, else by the planner); null: not measured, or not certain. */
  readonly signRight: boolean | null;
}

/** What advice rests on: by it is told later whether anything has changed. */
export interface Basis {
  readonly statements: readonly {
    readonly statement: string;
    /** Without values; cut. May be hostile. */
    readonly text: string;
    /** False: it pays for the change (a write). */
    readonly helped: boolean;
    /** Of the time of the workload, 0–1; null: not timed. */
    readonly share: number | null;
    /** Seconds of execution a second; null where that was not counted for long enough to go by. */
    readonly load: number | null;
  }[];
  /** `rows of public.orders`. */
  readonly sizes: readonly { readonly what: string; readonly value: number }[];
  /** Of the engine, as far as its planner may differ: `PostgreSQL 15`; null: not known. */
  readonly version: string | null;
}

/** What a rule proposes: a tunable, what of it, and the value it should get. */
export interface ChangeDraft {
  readonly tunable: string;
  /** Which instance of the knob, for example the index's name; empty when there is one a target. */
  readonly subject: string;
  readonly to: Json;
  readonly reason: string;
  /** Indicators that must improve for the change to be kept. Everything else measured must not regress. */
  readonly affects: readonly Selector[];
  /**
   * Indicators that the change can hardly touch (times of statements of other tables): what moves them all alike moves the
   * affected ones of the same indicator too, and is taken off their comparison. See verify/control-group.ts.
   */
  readonly controls?: readonly Selector[];
  /** Extra measurements for the trial, understood by the integration's meter (for example a query to time). */
  readonly meter?: readonly Json[];
  /** after/before expected of the affected indicators; below 1 is faster. Said as a prediction, never as a result. */
  readonly predictedRatio?: number;
  /** Seconds that the write took on a copy: how long others will have to wait, and whether it can be switched to and fro. */
  readonly expectedWriteSeconds?: number;
  /** The same statement by statement; after a trial they are shown beside what was measured in place. */
  readonly predictions?: readonly PredictedEffect[];
  /** What is locked while it is made, and who waits meanwhile. Absent: as the tunable has it. */
  readonly lock?: string;
  /** Absent: only time, or another definition, makes it worth being tried again. */
  readonly basis?: Basis;
}

/** A planned change: the draft, plus what the plan read when it was made. */
export interface Change extends ChangeDraft {
  /** Short, stable in a plan: `c1`, `c2` … and unique in the store once applied (`<plan>-c1`). */
  readonly id: string;
  readonly target: string;
  /**
   * What values of the labels in `affects` stand for, by value: the text of a statement by its fingerprint. Without values; cut.
   * May be hostile. Absent, also of one: it stands for itself, or the plan was made before there were titles.
   */
  readonly titles?: Readonly<Record<string, string>>;
  /** Rule ids that asked for it. */
  readonly rules: readonly string[];
  /** State when planned; `apply` refuses when it is no longer this (drift). */
  readonly from: Json;
  readonly effect: Effect;
  readonly risk: Risk;
  /** True when it needs `--allow-restart`, and why. */
  readonly needsRestart: boolean;
  readonly needsRestartBecause?: string;
  /** What could not be checked when it was planned, each `whether …: <why>`. Absent: nothing. */
  readonly notChecked?: readonly string[];
  /** What will be done and how it is taken back, as a person would write it. */
  readonly preview: { readonly apply: string; readonly undo: string };
}

/** A file that a person reviews and edits between `plan` and `apply`. */
export interface Plan {
  readonly schemaVersion: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly service: string;
  readonly changes: readonly Change[];
  /** What was recommended and is not in the plan, with the reason. */
  readonly leftOut: readonly { readonly what: string; readonly because: string }[];
}

/**
 * State machine of one journalled change. Terminal: kept, rolled-back, failed (nothing was written), conflict (neither kept
 * nor taken back: somebody changed it since, or the original that was kept is needed and so stays).
 */
export type JournalState =
  | 'intent' // original is durable, the write has not been reported done
  | 'written' // the write returned and was re-read
  | 'kept'
  | 'undoing'
  | 'rolled-back'
  | 'failed'
  | 'conflict';

/** The durable record of one change, written before the change. */
export interface JournalEntry {
  readonly id: string;
  readonly planId: string;
  readonly sequence: number;
  readonly change: Change;
  /** How to reach the target again, without the configuration file (options as connected, secrets as references). */
  readonly connection: Json;
  readonly integration: string;
  readonly original: Json;
  /** State re-read after the write; a rollback refuses (conflict) when the target is no longer in it. */
  readonly written: Json | null;
  readonly state: JournalState;
  readonly bootId: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly because?: string;
}

/** Fewer blocks an arm give no interval worth the name: no verdict, and a trial of fewer cannot be configured. */
export const FEWEST_BLOCKS = 3;

export type ComparisonVerdict = 'improved' | 'unchanged' | 'regressed' | 'inconclusive';

/** One indicator before and after. Ratios are after/before of the blocks' values. */
export interface Comparison {
  readonly indicator: string;
  readonly labels: Labels;
  readonly target: string;
  readonly unit: Unit;
  readonly direction: Direction;
  /** The change names it: it must improve. Otherwise it is a guard: it must not regress. */
  readonly affected: boolean;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  /** 95 % interval of the ratio. */
  readonly interval: readonly [low: number, high: number];
  /** After Holm's correction over all indicators compared. */
  readonly pValue: number;
  readonly verdict: ComparisonVerdict;
  readonly blocks: { readonly before: number; readonly after: number };
  /** Half-width of the ratio interval of this machine comparing a state with itself (A/A), as a ratio: 0.04 is ±4 %. */
  readonly noiseFloor: number;
  /** Smallest relative change that this many blocks would have shown, for `inconclusive`. */
  readonly minimumDetectable: number;
}

/** What a trial found and what was done about it. */
export interface Outcome {
  readonly change: Change;
  readonly journalId: string;
  readonly verdict: ComparisonVerdict;
  readonly decision: 'kept' | 'rolled-back' | 'conflict';
  readonly because: string;
  readonly design: 'interleaved' | 'repeated';
  readonly comparisons: readonly Comparison[];
  /** Headline: the affected indicator with the largest effect. */
  readonly ratio: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly blocks: number;
  readonly noiseFloor: number | null;
  /** The change's predictions and what came of them; absent when it made none. */
  readonly effects?: readonly ProvedEffect[];
}
