import type { Labels } from './observation.ts';

/** UCUM-style units, as OpenTelemetry writes them. `1` is a ratio 0–1. */
export type Unit = 's' | 'By' | '1' | '{count}' | '1/s' | 'By/s';
export type Direction = 'lower-is-better' | 'higher-is-better' | 'neutral';
/** How samples of one name and label set become one number over the window. Percentiles need distributions. */
export type Statistic = 'last' | 'mean' | 'min' | 'max' | 'sum' | 'count' | 'p50' | 'p90' | 'p95' | 'p99' | 'p999';

/** Declared by an integration; the documentation page is generated from it. */
export interface IndicatorDefinition {
  /** OpenTelemetry's name where one exists, with the statistic as last part, e.g. `http.client.request.duration.p95`. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly direction: Direction;
  /** What it tells, and its formula where that is not obvious. */
  readonly description: string;
  readonly from: { readonly sample: string; readonly statistic: Statistic };
  /** It is the share of requests that failed: no such growth is put down to noise, and none is ever traded for speed. */
  readonly countsFailures?: true;
  /** Limits used when the configuration gives none. Each with where the number comes from. */
  readonly defaultObjective?: Limits & { readonly source: string };
}

/** A derived number. `value` is null when it could not be derived, and `because` then says why. */
export interface Indicator {
  readonly target: string;
  readonly name: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly direction: Direction;
  /** As in its definition. */
  readonly countsFailures?: true;
  readonly value: number | null;
  /** How many measurements it rests on. */
  readonly count: number;
  readonly because?: string;
}

/** In the indicator's unit. For `higher-is-better` the comparisons turn round. */
export interface Limits {
  readonly target?: number;
  readonly warning?: number;
  readonly critical?: number;
}

export interface Objective extends Limits {
  readonly indicator: string;
  /** Only indicators that carry these labels; absent: all of that name. */
  readonly labels?: Labels;
  /** Only this target; absent: every target that has the indicator. */
  readonly on?: string;
  /** `config`, or why the default is what it is. */
  readonly source: string;
}

export type VerdictStatus = 'pass' | 'off-target' | 'warning' | 'critical' | 'no-data' | 'error';

export interface Verdict {
  readonly target: string;
  readonly indicator: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly status: VerdictStatus;
  readonly value: number | null;
  readonly limits: Limits;
  readonly source: string;
  /** One sentence; always set when there is no value. */
  readonly because?: string;
}
