import type { Objective } from './indicator.ts';
import type { LoadEndpoint } from './load.ts';

/** A target as configured: its integration's options, validated. */
export interface ConfiguredTarget {
  readonly id: string;
  readonly integration: string;
  /** Passed the integration's zod schema; secrets are resolved in here and must not be printed. */
  readonly options: unknown;
  /** The options as written, with `${env:…}` unresolved: safe to show and to journal. */
  readonly rawOptions: unknown;
}

/** How the service is stopped and started: argument vectors, never a shell line. */
export interface ServiceControl {
  readonly stop: readonly string[];
  readonly start: readonly string[];
  /** Seconds to wait for either. */
  readonly timeout: number;
}

export interface LoadConfig {
  /** Target id of the http target the load goes to; null: the only http target. */
  readonly target: string | null;
  readonly shape: 'closed' | 'constant-rate';
  readonly users: number;
  readonly rate: number | null;
  readonly duration: number;
  readonly warmup: number;
  readonly timeout: number;
  readonly workers: number;
  readonly seed: number;
  /** Hosts other than loopback that may be loaded. */
  readonly allow: readonly string[];
  /** What to request; empty: the http target's endpoints with safe methods. */
  readonly endpoints: readonly LoadEndpoint[];
}

interface TrialConfig {
  /**
   * `repeated`: all blocks before, then all after. `interleaved`: switched to and fro (tunables that toggle). `auto`:
   * interleaved where the change is known to be quick.
   */
  readonly design: 'auto' | 'repeated' | 'interleaved';
  /** Blocks an arm. */
  readonly blocks: number;
  /** Seconds a block. */
  readonly blockDuration: number;
  /** Relative change below which two states are the same, 0–1. */
  readonly tolerance: number;
}

/** pitwall.yaml after validation, defaults filled in, durations in seconds and sizes in bytes. */
export interface Config {
  /** Absolute path, or null when made up from flags (`--url`). */
  readonly file: string | null;
  /** Folder that relative paths refer to. */
  readonly directory: string;
  readonly service: { readonly name: string; readonly control: ServiceControl | null };
  readonly targets: readonly ConfiguredTarget[];
  readonly objectives: readonly Objective[];
  readonly load: LoadConfig;
  readonly trial: TrialConfig;
  /** `rule-id.threshold` → value. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Absolute path of the state folder (store, kept originals). */
  readonly stateDirectory: string;
}
