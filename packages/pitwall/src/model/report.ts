import type { Outcome } from './change.ts';
import type { Calibration, IndicatorHistory, RunComparison } from './comparison.ts';
import type { DatabaseReport } from './database.ts';
import type { Indicator, Unit, Verdict } from './indicator.ts';
import type { LoadLedger } from './ledger.ts';
import type { LoadResult } from './load.ts';
import type { Cost, Failure, Gap, Labels } from './observation.ts';
import type { Recommendation } from './recommendation.ts';
import type { Finding, RuleOutcome } from './rule.ts';
import type { SearchResult } from './search.ts';
import type { Target } from './target.ts';

/** What each collector did in a run. */
interface CollectorRun {
  readonly target: string;
  readonly collector: string;
  readonly cost: Cost;
  readonly failure?: Failure;
}

/** What asking cost the server of a database. */
export interface AskedCost {
  readonly target: string;
  readonly statements: number;
  /** Waited for their answers. */
  readonly seconds: number;
  /** Of this time. Seconds. */
  readonly over: number;
  /** Most of one connection's time that its analysis may take, 0–1. */
  readonly most: number;
}

export interface RunInfo {
  readonly id: string;
  /** `check`, `load`, `apply`, `demo` … */
  readonly command: string;
  readonly service: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly pitwallVersion: string;
  readonly nodeVersion: string;
  readonly host: {
    readonly name: string;
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly kernel: string;
  };
  /** Set when judged again from a saved observation. */
  readonly replayedFrom?: string;
}

/** Numbers over the time of a load, such as host CPU and database time: drawn below it, on the same axis. */
export interface Series {
  readonly target: string;
  /** As the samples are called, for example `host.cpu.utilization`. */
  readonly name: string;
  readonly labels: Labels;
  readonly unit: Unit;
  /** Ascending. `at` in seconds since the measured part of `load` began; what is not known has no point. */
  readonly points: readonly (readonly [at: number, value: number])[];
}

/** The one JSON of a run. Terminal, Markdown, HTML, dashboard and API all read this and nothing else. Public contract. */
export interface Report {
  readonly schemaVersion: 1;
  readonly run: RunInfo;
  readonly targets: readonly Target[];
  readonly indicators: readonly Indicator[];
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleOutcome[];
  readonly recommendations: readonly Recommendation[];
  readonly outcomes: readonly Outcome[];
  /** The load of this run; after a trial, the one after the changes. */
  readonly load: LoadResult | null;
  /** The load before the changes, when the run made any. */
  readonly loadBefore: LoadResult | null;
  /** When the measured part of `load` began (ISO 8601): what `at` of its timeline, its blocks and `series` counts from. */
  readonly loadStartedAt?: string;
  readonly series?: readonly Series[];
  /** What one request of `load` cost the targets, and what the service says it took. */
  readonly ledger?: LoadLedger;
  /** `load --search`; `load` is then the one at the highest rate that passed. */
  readonly search?: SearchResult;
  /** `compare`, `load --duet`; and of this run with a baseline. */
  readonly comparison?: RunComparison;
  /** `load --calibrate`. */
  readonly calibration?: Calibration;
  /** `history --indicator`. */
  readonly history?: IndicatorHistory;
  /** `db`. */
  readonly databases?: readonly DatabaseReport[];
  readonly gaps: readonly (Gap & { readonly target: string })[];
  readonly collectors: readonly CollectorRun[];
  /** Pitwall's own use of the machine during the run. */
  readonly cost: {
    readonly wallSeconds: number;
    readonly cpuSeconds: number;
    readonly maxRssBytes: number;
    /** What servers of databases were asked, copies not counted. `check`, `db`. */
    readonly asked?: readonly AskedCost[];
  };
}
