import type { Json } from './json.ts';
import type { Target } from './target.ts';

/** Low-cardinality dimensions of a sample, for example `{ endpoint: 'GET /devices' }`. */
export type Labels = Readonly<Record<string, string>>;

/** A mergeable histogram as it is stored: non-empty HDR buckets as [index, count] pairs. See stats/histogram.ts. */
export interface HistogramSnapshot {
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

/** Many measurements rolled up without losing what is needed to merge them again. Values in the sample's SI unit. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Buckets hold nanoseconds for durations (stats/histogram.ts); absent when only count/sum/min/max are known. */
  readonly histogram?: HistogramSnapshot;
}

/** A number at a time. SI units: seconds, bytes, ratios 0–1. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  /** Epoch seconds at which it was true (end of the window for rates). */
  readonly at: number;
  readonly value: number | Distribution;
}

/** Typed state that is not a number in time: a setting, a table, an index, a query plan. */
export interface Fact {
  /** `integration.noun`, for example `sqlite.table`. */
  readonly kind: string;
  /** Identifies it among its kind, for example the table's name. */
  readonly key: string;
  readonly value: Json;
}

/** Something that could not be measured here. Shown as such; never taken for "healthy". */
export interface Gap {
  readonly what: string;
  readonly why: string;
}

/** What looking cost: our own CPU and time, and, for probes, what they asked of the target. */
export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** A known failure, as data. See errors.ts. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What one collector run saw of one target. */
export interface Observation {
  readonly target: Target;
  readonly collector: string;
  /** Epoch seconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly samples: readonly Sample[];
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
  readonly cost: Cost;
  /** Set when the collector failed; samples and facts are then empty. */
  readonly failure?: Failure;
}
