/** One workload on one engine: every peer proposes, everybody's indexes are built, all are timed in the same rounds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../table.ts';
import { indexesOf } from './catalog.ts';
import { type Contestant, measureRounds, type Rounds, workloadRounds } from './measure.ts';
import type { BenchStatement, Copy, Engine, Peer, PeerContext, Proposal, WorkloadDefinition } from './types.ts';

export const NONE = 'none';
/** Shares of what was chosen without a limit of ours: budgets of the sweep, beside the bytes of the quickest peer. */
const SHARES = [0.25, 0.5];

export interface Entrant {
  readonly name: string;
  /** Null: no indexes, to compare with. */
  readonly proposal: Proposal | null;
  /** Bytes of indexes more than without. */
  readonly bytes: number;
  readonly buildSeconds: number;
  /** True of a point of the sweep. */
  readonly swept: boolean;
}

export interface Contest {
  readonly workload: WorkloadDefinition;
  readonly engine: Engine;
  readonly statements: readonly BenchStatement[];
  readonly entrants: readonly Entrant[];
  readonly rounds: Rounds;
  /** Measured at the size that the published tables are of. */
  readonly published: boolean;
  /** Peers that took no part, and statements that could not be applied. Sentences. */
  readonly notes: readonly string[];
}

export interface ContestOptions {
  readonly scale: number;
  readonly rounds: number;
  readonly seed: number;
  /** Name of the peer that is asked again with smaller budgets; null: nobody. */
  readonly sweep: string | null;
  readonly say: (line: string) => void;
}

/** Leaves no copy behind. The engine keeps the base. */
export async function hold(
  engine: Engine,
  workload: WorkloadDefinition,
  peers: readonly Peer[],
  options: ContestOptions,
): Promise<Contest> {
  const { say } = options;
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-bench-peers-'));
  const clear = () => rmSync(directory, { recursive: true, force: true });
  // Also when a signal ends the bench.
  process.once('exit', clear);
  const copies: Copy[] = [];
  try {
    const startedAt = performance.now();
    await engine.load(workload, options.scale);
    say(`data: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    const statements = workload.statements(engine.id, options.scale);
    const asked: PeerContext = {
      engine,
      workload,
      statements,
      seconds: await once(engine, workload, statements),
      budget: null,
      seed: options.seed,
      directory,
    };
    const notes: string[] = [];
    const entrants: Entrant[] = [];
    const contestants: Contestant[] = [];
    /** Names by what their copies have: the first of them is timed for all. */
    const alike = new Map<string, string[]>();
    const enter = async (name: string, proposal: Proposal | null, swept = false) => {
      const copy = await engine.copy(`peer_${copies.length}`);
      copies.push(copy);
      const before = await copy.indexBytes();
      const beganAt = performance.now();
      for (const ddl of proposal?.ddl ?? []) {
        try {
          await copy.exec(ddl);
        } catch (error) {
          notes.push(`${name}: not applied: ${ddl} (${(error as Error).message})`);
        }
      }
      const buildSeconds = (performance.now() - beganAt) / 1000;
      await copy.settle();
      const bytes = (await copy.indexBytes()) - before;
      const advice = proposal?.advice ?? null;
      if (advice !== null)
        notes.push(`${name} asked ${advice.whatIf}.${advice.nothingToDo === null ? '' : ` ${advice.nothingToDo}`}`);
      entrants.push({ name, proposal, bytes, buildSeconds, swept });
      const indexes = await indexesOf(copy);
      const same = alike.get(indexes);
      alike.set(indexes, [...(same ?? []), name]);
      if (same === undefined) contestants.push({ name, copy });
      else notes.push(`${name} has the same indexes as ${same[0]}: they were timed as one`);
      say(`${name}: ${proposal?.ddl.length ?? 0} statements, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    };
    const ask = async (peer: Peer, context: PeerContext): Promise<Proposal> => {
      const beganAt = performance.now();
      const proposed = await peer.propose(context);
      return { ...proposed, seconds: (performance.now() - beganAt) / 1000 };
    };

    await enter(NONE, null);
    for (const peer of peers) {
      const absent = peer.engines.includes(engine.id) ? peer.absent(workload, engine.id) : `it is not for ${engine.id}`;
      if (absent !== null) {
        notes.push(`${peer.name} takes no part: ${absent}`);
        continue;
      }
      try {
        await enter(peer.name, await ask(peer, asked));
      } catch (error) {
        notes.push(`${peer.name} takes no part: ${(error as Error).message}`);
      }
    }
    const unlimited = entrants.find(({ name }) => name === options.sweep);
    if (unlimited !== undefined && unlimited.bytes > 0) {
      const peer = peers.find(({ name }) => name === unlimited.name)!;
      const budgets = new Set(SHARES.map((share) => Math.round(unlimited.bytes * share)));
      const rival = await quickest(
        contestants.filter(({ name }) => name !== unlimited.name),
        statements,
        workload.cap,
      );
      const equal = entrants.find(({ name }) => name === rival)!.bytes;
      if (equal > 0 && equal < unlimited.bytes) budgets.add(equal);
      for (const budget of budgets) {
        await enter(
          `${peer.name} ≤ ${Number((budget / 2 ** 20).toPrecision(3))} MiB`,
          await ask(peer, { ...asked, budget }),
          true,
        );
      }
    }
    const timed = await measureRounds(contestants, statements, workload.cap, options.rounds, (round) =>
      say(`round ${round} of ${options.rounds}`),
    );
    const rounds = new Map([...alike.values()].flatMap((names) => names.map((name) => [name, timed.get(names[0]!)!])));
    return { workload, engine, statements, entrants, rounds, published: options.scale >= 1, notes };
  } finally {
    for (const copy of copies) await copy.remove();
    clear();
    process.off('exit', clear);
  }
}

/** Name of the one that a first round is shortest for. */
async function quickest(
  contestants: readonly Contestant[],
  statements: readonly BenchStatement[],
  cap: number,
): Promise<string> {
  const rounds = await measureRounds(contestants, statements, cap, 1);
  const seconds = (name: string) => workloadRounds(rounds.get(name)!, statements)[0]!;
  return contestants.map(({ name }) => name).reduce((a, b) => (seconds(b) < seconds(a) ? b : a));
}

/** Seconds of one call of each, for advisors: as a workload's record would have them. */
async function once(
  engine: Engine,
  workload: WorkloadDefinition,
  statements: readonly BenchStatement[],
): Promise<ReadonlyMap<string, number>> {
  const copy = await engine.copy('calibration');
  try {
    await copy.settle();
    const rounds = await measureRounds([{ name: NONE, copy }], statements, workload.cap, 1);
    return new Map([...rounds.get(NONE)!].map(([name, values]) => [name, median(values)]));
  } finally {
    await copy.remove();
  }
}
