import type { JournalEntry, JournalState } from './change.ts';
import type { Json } from './json.ts';
import type { Observation } from './observation.ts';
import type { RecommendationStatus } from './recommendation.ts';
import type { Report } from './report.ts';

export interface RunRow {
  readonly id: string;
  readonly command: string;
  readonly service: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Name given with --save-baseline. */
  readonly baseline: string | null;
}

/** One rolled-up bucket of one sample series. Merging buckets is exact: never an average of averages. */
export interface SampleBucket {
  readonly target: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch seconds of the bucket's start. */
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** [index, count] pairs, see stats/histogram.ts; null for plain numbers. */
  readonly histogram: readonly (readonly [number, number])[] | null;
}

/** The durable record of changes. `add` and `update` return only when the record would survive a power cut. */
export interface Journal {
  add(entry: JournalEntry): Promise<void>;
  update(
    id: string,
    patch: {
      readonly state: JournalState;
      readonly written?: Json;
      readonly because?: string;
      readonly updatedAt: string;
    },
  ): Promise<void>;
  get(id: string): Promise<JournalEntry | null>;
  /** Newest first. */
  list(): Promise<readonly JournalEntry[]>;
  /** In state intent, written or undoing, newest first: what recovery has to take back. */
  unfinished(): Promise<readonly JournalEntry[]>;
}

/** Where runs are kept. One interface; the embedded one is store/sqlite.ts. */
export interface Store {
  readonly journal: Journal;
  /** One transaction: the report, its samples (rolled up), facts, findings, recommendations and outcomes. */
  saveRun(report: Report, observations: readonly Observation[]): Promise<void>;
  /** Newest first. */
  listRuns(filter?: { readonly command?: string; readonly limit?: number }): Promise<readonly RunRow[]>;
  /** By id, unique prefix of an id, baseline name, or `latest`. */
  loadReport(reference: string): Promise<Report | null>;
  nameBaseline(runId: string, name: string): Promise<void>;
  /** Of one series, oldest first. */
  samples(query: {
    readonly target: string;
    readonly name: string;
    readonly since?: number;
  }): Promise<readonly SampleBucket[]>;
  recommendationStatus(id: string): Promise<RecommendationStatus | null>;
  setRecommendationStatus(id: string, status: RecommendationStatus, because: string): Promise<void>;
  /** Something to go on from in a later run (counters as they were), under a name; replaces what had it. */
  keep(name: string, value: Json): Promise<void>;
  /** Null when there is nothing of that name. */
  kept(name: string): Promise<Json>;
  close(): Promise<void>;
}
