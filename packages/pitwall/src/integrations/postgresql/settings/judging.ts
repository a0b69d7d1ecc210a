import type { Confidence, Evidence, RuleView } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type {
  CacheFact,
  CheckpointsFact,
  JitFact,
  MachineFact,
  SettingFact,
  TempFact,
  WaitsFact,
  WorkloadType,
} from '../facts/server.ts';
import { countersOf } from '../rules/schema-view.ts';
import type { StartInput } from './start-values.ts';
import { type Guess, workloadType } from './workload-type.ts';

/** What became of a setting: it stays, with the reason, or there is a better value to begin with. */
export type Judgement =
  | { readonly setting: string; readonly leave: string }
  | {
      readonly setting: string;
      readonly to: string;
      /** End of `NAME is X: …`. */
      readonly because: string;
      readonly confidence: Confidence;
      readonly evidence: readonly Evidence[];
      /** What a person should know before. */
      readonly note?: string;
    };

/** All that settings are judged by. */
export interface Judged {
  readonly view: RuleView;
  readonly settings: ReadonlyMap<string, SettingFact>;
  readonly machine: MachineFact | null;
  /** Null: the memory of the server is not known. */
  readonly start: StartInput | null;
  readonly type: Guess;
  readonly cache: CacheFact | null;
  readonly temp: TempFact | null;
  readonly checkpoints: CheckpointsFact | null;
  readonly jit: JitFact | null;
  readonly waits: WaitsFact | null;
  /** Seconds of the database's counters. */
  readonly age: number;
}

/** What `judgedBy` reads: for a rule's `uses`. */
export const JUDGED_BY = [
  'postgresql.machine',
  'postgresql.cache',
  'postgresql.temp',
  'postgresql.checkpoints',
  'postgresql.jit',
  'postgresql.waits',
  'postgresql.workload',
  'postgresql.statement',
  'postgresql.counters',
] as const;

export function judgedBy(view: RuleView): Judged {
  const settings = factsOf(view, 'postgresql.setting');
  const machine = factsOf(view, 'postgresql.machine').get('') ?? null;
  const type = workloadType(view, machine?.workload ?? null);
  const memory = machine?.memory ?? null;
  return {
    view,
    settings,
    machine,
    type,
    start:
      machine === null || memory === null
        ? null
        : {
            memory,
            cpus: machine.cpus,
            connections: numberOf(settings, 'max_connections') ?? 100,
            workers: numberOf(settings, 'max_worker_processes') ?? 8,
            type: type.type,
            dataBytes: machine.dataBytes,
            disk: machine.disk,
            version: machine.version,
          },
    cache: factsOf(view, 'postgresql.cache').get('') ?? null,
    temp: factsOf(view, 'postgresql.temp').get('') ?? null,
    checkpoints: factsOf(view, 'postgresql.checkpoints').get('') ?? null,
    jit: factsOf(view, 'postgresql.jit').get('') ?? null,
    waits: factsOf(view, 'postgresql.waits').get('') ?? null,
    age: countersOf(view)?.age ?? 0,
  };
}

/** Null: the server has no such setting, or it is a word. */
export function numberOf(settings: ReadonlyMap<string, SettingFact>, name: string): number | null {
  const value = settings.get(name)?.value;
  return typeof value === 'number' ? value : null;
}

export function wordOf(settings: ReadonlyMap<string, SettingFact>, name: string): string | null {
  const value = settings.get(name)?.value;
  return typeof value === 'string' ? value : null;
}

/** Bytes that the server may come to take: postgresqltuner's bound, which half again as many work areas as connections. */
export function mostMemory(settings: ReadonlyMap<string, SettingFact>, workMemory?: number): number | null {
  const [shared, work] = [numberOf(settings, 'shared_buffers'), workMemory ?? numberOf(settings, 'work_mem')];
  const connections = numberOf(settings, 'max_connections');
  return shared === null || work === null || connections === null ? null : shared + connections * work * 1.5;
}

export function typeText({ type, because }: Guess): string {
  const names: Readonly<Record<WorkloadType, string>> = {
    web: 'web application',
    oltp: 'many small writes (oltp)',
    dw: 'data warehouse (dw)',
    mixed: 'mixed',
  };
  return `${names[type]}: ${because}`;
}
