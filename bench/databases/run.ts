/**
 * Index choices side by side: the same data, the same statements, interleaved rounds. See bench/README.md. Exits 1 when a bar
 * is missed.
 */
import { hold } from './contest.ts';
import { startEngine as startPostgresql, withoutEngine as withoutPostgresql } from './engines/postgresql.ts';
import { startEngine as startSqlite } from './engines/sqlite.ts';
import { type Options, readOptions, USAGE, wantedPeers } from './options.ts';
import { commandPeer } from './peers/command.ts';
import { expert } from './peers/expert.ts';
import { naive } from './peers/naive.ts';
import { pitwall } from './peers/pitwall.ts';
import { qualstats } from './peers/qualstats.ts';
import { runbook } from './peers/runbook.ts';
import { bars, type Outcome, report } from './report.ts';
import type { Engine, Peer } from './types.ts';
import { WORKLOADS } from './workloads/index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** After a signal what fails is what is being taken away. */
let stopped = false;

/** @throws Error when an argument is wrong */
function read(): { readonly options: Options; readonly peers: readonly Peer[] } {
  const options = readOptions(process.argv.slice(2), WORKLOADS);
  const all = [runbook, expert, qualstats, naive, ...options.peers.map(commandPeer), pitwall];
  return { options, peers: wantedPeers(all, options) };
}

async function main({ options, peers }: ReturnType<typeof read>): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const id of options.engines) {
    const workloads = options.workloads.filter(({ engines }) => engines.includes(id));
    const without = id === 'postgresql' && withoutPostgresql();
    if (workloads.length === 0) continue;
    if (without) {
      console.log(`\n${without}`);
      continue;
    }
    const engine: Engine = id === 'sqlite' ? startSqlite() : await startPostgresql();
    const interrupted = () => {
      stopped = true;
      void engine.close().finally(() => process.exit(130));
    };
    for (const signal of SIGNALS) process.once(signal, interrupted);
    try {
      for (const workload of workloads) {
        console.log(`\n### ${workload.title} on ${id}\n`);
        console.log(
          `${engine.title}. Scale ${options.scale}, ${options.rounds} rounds; a statement is given up after ${workload.cap} s, and that is then its time.\n`,
        );
        const contest = await hold(engine, workload, peers, {
          scale: options.scale,
          rounds: options.rounds,
          seed: options.seed,
          sweep: options.sweep ? pitwall.name : null,
          say: (line) => console.error(`  ${workload.id} on ${id}: ${line}`),
        });
        outcomes.push(report(contest));
      }
    } finally {
      for (const signal of SIGNALS) process.off(signal, interrupted);
      await engine.close();
    }
  }
  return bars(outcomes);
}

let given: ReturnType<typeof read> | null = null;
try {
  given = read();
  if (!(await main(given))) process.exitCode = 1;
} catch (error) {
  if (!stopped) console.error((error as Error).message);
  if (given === null) console.error(`\n${USAGE}`);
  process.exitCode = 2;
}
