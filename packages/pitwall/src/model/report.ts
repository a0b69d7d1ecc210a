import type { Outcome } from './change.ts';
import type { Indicator, Verdict } from './indicator.ts';
import type { LoadResult } from './load.ts';
import type { Cost, Failure, Gap } from './observation.ts';
import type { Recommendation } from './recommendation.ts';
import type { Finding, RuleOutcome } from './rule.ts';
import type { Target } from './target.ts';

/** What each collector did in a run. */
interface CollectorRun {
  readonly target: string;
  readonly collector: string;
  readonly cost: Cost;
  readonly failure?: Failure;
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
  readonly gaps: readonly (Gap & { readonly target: string })[];
  readonly collectors: readonly CollectorRun[];
  /** Pitwall's own use of the machine during the run. */
  readonly cost: { readonly wallSeconds: number; readonly cpuSeconds: number; readonly maxRssBytes: number };
}
