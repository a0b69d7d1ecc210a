import type { Objective } from './indicator.ts';
import type { HttpProtocol, LoadEndpoint } from './load.ts';
import type { AbortRules, Scenario } from './scenario.ts';
import type { ShapeOptions } from './shape.ts';

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

export interface LoadConfig extends Omit<ShapeOptions, 'rate' | 'trace'> {
  /** Target id of the http target the load goes to; null: the only http target. */
  readonly target: string | null;
  readonly rate: number | null;
  /** Absolute path of the recorded arrivals. */
  readonly trace: string | null;
  readonly timeout: number;
  readonly workers: number;
  readonly seed: number;
  /** Hosts other than loopback that may be loaded. */
  readonly allow: readonly string[];
  readonly protocol: HttpProtocol;
  /** HTTP/2: connections that the users share; null: as many as the load finds right. */
  readonly connections: number | null;
  /** Absolute path of the Unix socket that the service listens on. */
  readonly socket: string | null;
  /** Absolute path of the service's own log. */
  readonly accessLog: string | null;
  /** How its lines look: a log_format of nginx, a LogFormat of Apache …; null: found out from them. */
  readonly accessLogFormat: string | null;
  /** What to request; empty: the http target's endpoints with safe methods. Ignored when there is a scenario. */
  readonly endpoints: readonly LoadEndpoint[];
  readonly scenario: Scenario | null;
  readonly abort: AbortRules | null;
  /** Name of a preset, whose values hold for what is not in `given`. */
  readonly preset: string | null;
  /** Keys of `load:` that the file has. The others are defaults, where a preset, a trace or a rate may know better. */
  readonly given: readonly string[];
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
