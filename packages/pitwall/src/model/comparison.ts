import type { Direction, Indicator, Unit } from './indicator.ts';
import type { LoadBlock, LoadResult } from './load.ts';
import type { Labels } from './observation.ts';

/** Of a calibration: more than a day of ten-second runs is a mistake. */
export const MOST_CALIBRATION_RUNS = 1000;

/** `same`: the interval lies within the tolerance. `inconclusive`: neither that nor a proven difference. */
export type RunVerdict = 'better' | 'worse' | 'same' | 'inconclusive';

/** What of a load must be alike for two runs to be comparable. */
export interface LoadKind {
  /** Origin that was loaded. */
  readonly url: string;
  readonly protocol: string;
  readonly shape: LoadResult['shape'];
  readonly scenario: string | null;
  readonly users: number;
  /** Requests per second; null when closed. */
  readonly rate: number | null;
  /** Measured seconds. */
  readonly duration: number;
  /** Names of what was requested, sorted. */
  readonly endpoints: readonly string[];
}

/** One side of a comparison. */
export interface ComparedRun {
  /** Run id, or (duet) the URL. */
  readonly id: string;
  readonly command: string;
  readonly service: string;
  /** Name under which it was asked for, when that was another than the id: `v1`, `latest`, `report.json`. */
  readonly name: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly host: string;
  readonly load: LoadKind | null;
  /** Blocks of the load that were compared. */
  readonly blocks: number;
}

/** Where it is known from by how much two runs of one and the same state differ. */
export type SpreadSource =
  /** Runs of the unchanged service, made for this (`pitwall load --calibrate`). */
  | 'calibration'
  /** Earlier saved runs of the same kind. */
  | 'history'
  /** The blocks of the two runs themselves, and an allowance for what they cannot show. */
  | 'blocks'
  /** Both sides were measured at the same time, block by block. */
  | 'pairs'
  /** Not known: there is one value a run and nothing to compare its difference with. */
  | 'unknown';

/** One indicator of two runs. Ratios are b/a. */
export interface IndicatorComparison {
  readonly indicator: string;
  readonly labels: Labels;
  readonly target: string;
  readonly unit: Unit;
  readonly direction: Direction;
  /** Median of the blocks, or the one value of the run. */
  readonly a: number;
  readonly b: number;
  /** Hodges–Lehmann estimate of the blocks' ratio. */
  readonly ratio: number;
  /** 95 %; null when nothing is known of the noise, or the verdict is that of failed requests. */
  readonly interval: readonly [low: number, high: number] | null;
  /** After Holm's correction; null when there was no test. */
  readonly pValue: number | null;
  readonly verdict: RunVerdict;
  /** Values that were compared: blocks, or 1 when there is one a run. */
  readonly blocks: { readonly a: number; readonly b: number };
  readonly spread: SpreadSource;
  /** How far two runs of one state differ here, 19 times of 20, as a ratio: 0.04 is ±4 %. Null when not known. */
  readonly noiseFloor: number | null;
  /** Smallest relative change that would have been found in 4 of 5 repetitions; null when not known. */
  readonly minimumDetectable: number | null;
}

/** Whether response times of one endpoint are spread out as before, apart from being slower or faster as a whole. */
export interface ShapeComparison {
  readonly endpoint: string;
  readonly target: string;
  /**
   * Kolmogorov–Smirnov distance of the two runs' distributions, the medians laid upon each other: the largest share of requests, 0–1,
   * that is on another side of some response time.
   */
  readonly distance: number;
  /** Smaller distances are not told from noise. */
  readonly noiseFloor: number;
  /** Permutation of blocks, after Holm's correction over the endpoints; null when there were too few blocks. */
  readonly pValue: number | null;
  readonly verdict: 'same' | 'other' | 'inconclusive';
  /** Set with `other`: how it differs. `split` and `wider` are usually a warning. */
  readonly kind: 'wider' | 'narrower' | 'other' | null;
}

/** Two runs (or, `duet`, two services at the same time) compared. The JSON of `pitwall compare --json`. */
export interface RunComparison {
  readonly schemaVersion: 1;
  /** `sequential`: one run after the other. `duet`: both at once, in paired blocks. */
  readonly design: 'sequential' | 'duet';
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  readonly verdict: RunVerdict;
  readonly because: string;
  /** Relative change below which two runs are the same, 0–1. */
  readonly tolerance: number;
  /** Decided ones first, worst first. */
  readonly comparisons: readonly IndicatorComparison[];
  readonly shapes: readonly ShapeComparison[];
  /** What a reader has to know before believing it: sentences. */
  readonly cautions: readonly string[];
  /** The runs that the noise between runs is known from; null when there are none. */
  readonly noise: {
    readonly source: 'calibration' | 'history';
    readonly runs: number;
    /** Run id and time of a calibration, of the newest run of a history. */
    readonly id: string;
    readonly startedAt: string;
  } | null;
}

/** One run of an A/A calibration. */
export interface CalibrationRun {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly blocks: readonly LoadBlock[];
  /** What else was measured, one value a run. */
  readonly indicators: readonly Indicator[];
}

/** How much one indicator differs while nothing is changed. Relative: 0.031 is 3.1 %. */
export interface CalibratedIndicator {
  readonly target: string;
  readonly indicator: string;
  readonly labels: Labels;
  readonly unit: Unit;
  /** Middle of the runs' values. */
  readonly level: number;
  /** Runs with a value. */
  readonly runs: number;
  /** Standard deviation from block to block within a run; null when there is one value a run. */
  readonly betweenBlocks: number | null;
  /** Standard deviation from run to run. */
  readonly betweenRuns: number;
  /** How far two runs differ, 19 times of 20: no smaller change can be seen in one comparison. */
  readonly noiseFloor: number;
  /** Smallest change that two runs find in 4 of 5 repetitions. */
  readonly minimumDetectable: number;
}

/** Runs of the same load against the unchanged service: the noise of this machine and this service. */
export interface Calibration {
  readonly host: string;
  readonly load: LoadKind;
  /** Id of the target that was loaded. */
  readonly target: string;
  readonly runs: readonly CalibrationRun[];
  readonly indicators: readonly CalibratedIndicator[];
  /** For each endpoint, the distances of the shapes (see ShapeComparison) of all pairs of runs, ascending. */
  readonly shapes: readonly { readonly endpoint: string; readonly distances: readonly number[] }[];
  /** Runs that were made and left out because the generator or the machine spoiled them. */
  readonly leftOut: number;
}

/** One indicator over saved runs, oldest first. */
export interface HistorySeries {
  readonly target: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly direction: Direction;
  readonly points: readonly { readonly run: string; readonly startedAt: string; readonly value: number }[];
  readonly changes: readonly HistoryChange[];
}

/** From this run on the indicator has another level (or spread). */
export interface HistoryChange {
  /** Position in `points` of the first run of the new level. */
  readonly index: number;
  readonly run: string;
  readonly startedAt: string;
  /** Medians of the runs up to the neighbouring changes. */
  readonly before: number;
  readonly after: number;
  /** after/before; null when there is nothing to divide by. */
  readonly ratio: number | null;
  readonly pValue: number;
  /** By the indicator's direction; `other` when it has none, or when the middle is the same and the spread is not. */
  readonly kind: 'better' | 'worse' | 'other';
}

/** The JSON of `pitwall history --indicator NAME --json`. */
export interface IndicatorHistory {
  readonly schemaVersion: 1;
  readonly indicator: string;
  readonly series: readonly HistorySeries[];
  /** Runs without a comparable value and why they are not drawn: sentences. */
  readonly cautions: readonly string[];
}
