/**
 * Closed loops beside each other: nginx has core 0, the generators take turns on core 1; the order turns every round, and
 * each is compared with the reference of the same round, so that a neighbour's noise falls on all alike. The generator's CPU
 * time for a request is shown too: it hardly depends on the neighbours. So is how busy the server was: where its core is full, no
 * generator can be quicker than another.
 */
import { median, table } from '../table.ts';
import { canPin, childrenCpu, installed, run } from './processes.ts';

export interface Generator {
  readonly name: string;
  readonly argv: readonly string[];
  readonly parse: (output: string) => { requestsPerSecond: number; cpuMicros?: number };
}

export interface Bar {
  readonly peer: string;
  /** The least ratio Pitwall ÷ peer. */
  readonly least: number;
}

/** Runs the rounds and prints a table; false when a bar is missed. The first generator is Pitwall. */
export async function compete(
  title: string,
  generators: readonly Generator[],
  settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly bars: readonly Bar[];
    /** CPU seconds that the server used so far. */
    readonly serverCpu: () => number;
  },
): Promise<boolean> {
  const { rounds, seconds, bars, serverCpu } = settings;
  const all = generators.filter(({ argv }) => installed(argv[0]!));
  const missing = generators.filter((each) => !all.includes(each)).map(({ name }) => name);
  const own = all[0]!;
  const rates = new Map(all.map(({ name }) => [name, [] as number[]]));
  const cost = new Map(all.map(({ name }) => [name, [] as number[]]));
  const server = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const { name, argv, parse } = all[(round + i) % all.length]!;
      const [before, serverBefore, startedAt] = [childrenCpu(), serverCpu(), performance.now()];
      const { requestsPerSecond, cpuMicros } = parse(await run(1, argv));
      const cpuSeconds = childrenCpu() - before;
      server.get(name)!.push((serverCpu() - serverBefore) / ((performance.now() - startedAt) / 1000));
      rates.get(name)!.push(requestsPerSecond);
      cost.get(name)!.push(cpuMicros ?? (cpuSeconds * 1e6) / (requestsPerSecond * seconds));
    }
    process.stderr.write(`${title}: round ${round + 1} of ${rounds}\n`);
  }
  const ratioTo = (name: string) => median(rates.get(own.name)!.map((rate, i) => rate / rates.get(name)![i]!));
  let met = true;
  const rows = all.map(({ name }) => {
    const seen = rates.get(name)!;
    const bar = bars.find(({ peer }) => peer === name);
    const ratio = ratioTo(name);
    if (bar && !(ratio >= bar.least)) met = false;
    return [
      name,
      Math.round(median(seen)).toLocaleString('en-US'),
      `${Math.round(Math.min(...seen)).toLocaleString('en-US')}–${Math.round(Math.max(...seen)).toLocaleString('en-US')}`,
      median(cost.get(name)!).toFixed(1),
      `${Math.round(median(server.get(name)!) * 100)} %`,
      name === own.name ? '1' : ratio.toFixed(2),
      bar ? `≥ ${bar.least}${ratio >= bar.least ? '' : ' MISSED'}` : '',
    ];
  });
  console.log(`\n${title}: ${rounds} rounds of ${seconds} s, ${canPin ? 'separate cores' : 'not pinned'}; medians\n`);
  table(
    ['generator', 'requests/s', 'lowest–highest', 'CPU µs a request', 'server’s core', 'pitwall ÷ it', 'bar'],
    rows,
  );
  if (missing.length > 0) console.log(`\nNot installed here: ${missing.join(', ')}.`);
  return met;
}
