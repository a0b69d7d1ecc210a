import { parseArgs } from 'node:util';
import { ENGINES, type EngineId, type Peer, type WorkloadDefinition } from './types.ts';

export interface Options {
  readonly workloads: readonly WorkloadDefinition[];
  readonly engines: readonly EngineId[];
  /** Of the data: 1 is what the published tables are of. */
  readonly scale: number;
  readonly rounds: number;
  /** Of `--peer`. */
  readonly peers: readonly string[];
  /** Peers by name; null: all. */
  readonly only: readonly string[] | null;
  readonly sweep: boolean;
  readonly seed: number;
}

export const USAGE = `npm run bench -- databases
  --workload ID     of the workloads (again for more; default: all)
  --engine ID       postgresql or sqlite (default: both)
  --scale NUMBER    of the data; 1 is the size of the published tables
  --rounds NUMBER   default 5
  --peer NAME='COMMAND'   a program that prints CREATE INDEX; {database}, {sql} and {json} stand for what it is given
  --only NAME       only these peers (again for more; "none" always takes part)
  --no-sweep        without the sweep over budgets
  --seed NUMBER
  --quick           small data and two rounds, to see that it works`;

/** @throws Error with a sentence when an argument is wrong */
export function readOptions(args: readonly string[], workloads: readonly WorkloadDefinition[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workload: { type: 'string', multiple: true },
      engine: { type: 'string', multiple: true },
      scale: { type: 'string' },
      rounds: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true },
      'no-sweep': { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
    },
  });
  const ids = workloads.map(({ id }) => id);
  return {
    workloads: known('workload', values.workload ?? ids, ids).map((id) => workloads.find((each) => each.id === id)!),
    engines: known('engine', values.engine ?? ENGINES, ENGINES),
    scale: positive('scale', values.scale ?? (values.quick ? '0.03' : '1')),
    rounds: Math.round(positive('rounds', values.rounds ?? (values.quick ? '2' : '5'))),
    peers: values.peer,
    only: values.only ?? null,
    sweep: !values['no-sweep'] && !values.quick,
    seed: Math.round(positive('seed', values.seed)),
  };
}

function known<T extends string>(what: string, wanted: readonly string[], all: readonly T[]): T[] {
  const unknown = wanted.filter((id) => !(all as readonly string[]).includes(id));
  if (unknown.length > 0) throw new Error(`no ${what} ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((id) => wanted.includes(id));
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`expected --${name} above 0, not ${text}`);
  return value;
}

/** @returns those of `peers` that `options` wants */
export function wantedPeers(peers: readonly Peer[], options: Options): readonly Peer[] {
  const names = peers.map(({ name }) => name);
  return options.only === null
    ? peers
    : known('peer', options.only, names).map((name) => peers.find((p) => p.name === name)!);
}
