/** What the database bench is made of: workloads, engines, copies and peers. */
import type { IndexAdvice } from '../../packages/pitwall/src/model/database.ts';

export type EngineId = 'postgresql' | 'sqlite';
export const ENGINES: readonly EngineId[] = ['postgresql', 'sqlite'];

export type Value = string | number | null;

/** A statement of a workload. Placeholders are `$1`, `$2` …; an engine that writes them otherwise translates. */
export interface BenchStatement {
  readonly name: string;
  readonly kind: 'select' | 'insert' | 'update' | 'delete';
  readonly text: string;
  /** In the workload's hour: what its time is weighted with. */
  readonly calls: number;
  readonly endpoint: string | null;
  /** Sampled values. A SELECT is timed with each; a write uses them in turn and begins again after the last. */
  readonly params: readonly (readonly Value[])[];
}

/** An empty database to be filled. */
export interface Target {
  readonly engine: EngineId;
  /** `postgres://…`, or the file. */
  readonly location: string;
  /** Runs statements of the schema. */
  exec(sql: string): Promise<void>;
  /** Adds rows; dates are ISO texts, and so are moments. */
  fill(table: string, rows: Iterable<readonly Value[]>): Promise<void>;
}

export interface WorkloadDefinition {
  readonly id: string;
  readonly title: string;
  readonly engines: readonly EngineId[];
  /** Seconds after which a statement is given up; that is then its time. */
  readonly cap: number;
  /** `scale` 1 is the size that the published tables are of. */
  load(target: Target, scale: number): Promise<void>;
  statements(engine: EngineId, scale: number): readonly BenchStatement[];
  /** Indexes that a runbook of such a service makes by hand; absent where there is none. */
  readonly runbook?: { readonly [Engine in EngineId]?: (copy: Copy) => Promise<readonly string[]> };
}

/** The base database again, for one peer alone. */
export interface Copy {
  readonly engine: EngineId;
  readonly location: string;
  /** Runs one statement and waits for it. @throws what the engine says */
  exec(sql: string): Promise<void>;
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Statistics of all tables, and what an engine needs after a bulk load. */
  settle(): Promise<void>;
  /** Seconds that one run took; null: it was given up after `cap` seconds. @throws what the engine says */
  run(text: string, params: readonly Value[], cap: number): Promise<number | null>;
  /** Bytes of all indexes. */
  indexBytes(): Promise<number>;
  /** Ends our session with it, for those who want it alone; the next use begins another. */
  release(): Promise<void>;
  remove(): Promise<void>;
}

export interface Engine {
  readonly id: EngineId;
  /** Version, and the settings that matter. */
  readonly title: string;
  /** Makes the base: until the next one, copies are of it. */
  load(workload: WorkloadDefinition, scale: number): Promise<void>;
  copy(name: string): Promise<Copy>;
  close(): Promise<void>;
}

/** What a peer may look at. */
export interface PeerContext {
  readonly engine: Engine;
  readonly workload: WorkloadDefinition;
  readonly statements: readonly BenchStatement[];
  /** Seconds of one call without new indexes, by name (the cap where it was given up). */
  readonly seconds: ReadonlyMap<string, number>;
  /** Bytes of new indexes at most; null: as the peer likes. */
  readonly budget: number | null;
  readonly seed: number;
  /** A folder to write to. */
  readonly directory: string;
}

export interface Proposal {
  readonly ddl: readonly string[];
  /** Seconds that it took to propose. */
  readonly seconds: number;
  /** With predictions, where the peer makes any. */
  readonly advice: IndexAdvice | null;
}

export interface Peer {
  readonly name: string;
  readonly engines: readonly EngineId[];
  /** Why it has nothing to say about this workload; null: it has. */
  absent(workload: WorkloadDefinition, engine: EngineId): string | null;
  /** @throws when it fails: the bench says so and goes on without it */
  propose(context: PeerContext): Promise<Omit<Proposal, 'seconds'>>;
}
