/**
 * Open loop against a server that keeps a record of what it really did: are the reported percentiles true, and who hides a
 * stall? The truth of a request is when the server wrote its answer minus when it was planned to be sent; the plan is known
 * (one request every 1/rate), and its beginning is the earliest that fits what the server read.
 * Usage: node bench/load/open.ts [--rate 5000] [--seconds 30] [--rounds 3]; exits 1 when Pitwall is off by more than the bar.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../table.ts';
import { installed, pinned, run } from './processes.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const LEVELS = [50, 90, 99, 99.9] as const;
/** The bar of the comparison with the truth: a share of it plus what a loopback connection costs. */
const allowed = (truth: number): number => 0.02 * truth + 0.2;

interface Reported {
  /** ms at the LEVELS, and the largest. */
  readonly levels: readonly number[];
  readonly max: number;
  readonly sent: number;
  /** Service time at the LEVELS, where a tool tells it apart. */
  readonly service?: readonly number[];
  /** Why the tool itself says that its figures are not to be used; null or missing when it does not. */
  readonly rejected?: string | null;
}

interface Tool {
  readonly name: string;
  readonly argv: (url: string, seconds: number) => readonly string[];
  readonly parse: (output: string) => Reported;
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function levelsOf(milliseconds: readonly number[]): { levels: number[]; max: number } {
  const sorted = Float64Array.from(milliseconds).sort();
  const at = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
  return { levels: LEVELS.map(at), max: sorted.at(-1)! };
}

const TOOLS: readonly Tool[] = [
  {
    name: 'pitwall',
    argv: (url, length) => [process.execPath, script('./open-generate.ts'), url, String(rate), String(length)],
    parse: (output) => JSON.parse(output),
  },
  {
    name: 'hey -q',
    // 50 workers, each at a fiftieth of the rate: its way to a constant rate.
    argv: (url, length) => [
      '/usr/bin/hey',
      '-z',
      `${length}s`,
      '-c',
      '50',
      '-q',
      String(rate / 50),
      '-cpus',
      '1',
      '-o',
      'csv',
      url,
    ],
    parse: (output) => {
      const times = output
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',')[0]) * 1000);
      return { ...levelsOf(times.filter(Number.isFinite)), sent: times.length };
    },
  },
  {
    name: 'autocannon -R',
    argv: (url, length) => [
      process.execPath,
      fileURLToPath(new URL('../../node_modules/autocannon/autocannon.js', import.meta.url)),
      ...['-c', '50', '-d', String(length), '-R', String(rate), '-j', url],
    ],
    parse: (output) => {
      const { latency, requests } = JSON.parse(output);
      return { levels: [latency.p50, latency.p90, latency.p99, latency.p99_9], max: latency.max, sent: requests.sent };
    },
  },
];

/** A run that the gate rejects has no verdict, neither of its own nor here: this machine was too busy for it. */
function bar(good: boolean, { rejected }: Reported): string {
  if (!rejected) return good ? 'met' : 'MISSED';
  process.stderr.write(`rejected by its own gate: ${rejected}\n`);
  return `rejected by its gate (${good ? 'met' : 'off'})`;
}

/** A stall of 200 ms in 10 s meets 2 % of the requests of a plan: it is in the p99 of whoever counts them all. */
function theStall(reported: readonly number[], truth: readonly number[]): string {
  const [p99, p999] = [reported[2]! / truth[2]!, reported[3]! / truth[3]!];
  if (p99 >= 0.5) return 'shows it';
  return p999 >= 0.5 ? 'only in p99.9' : 'hides it';
}

interface Served {
  readonly read: readonly number[];
  readonly written: readonly (number | null)[];
  readonly stalls: readonly number[];
}

/** Truth of the requests after the warm-up, in ms: request k of the plan against the k-th that the server read. */
function scheduleTruth({ read, written }: Served, warmup: number): number[] {
  const gap = 1000 / rate;
  // The plan begins before the first of its requests can arrive: the earliest beginning that no arrival contradicts.
  const begin = Math.min(...read.slice(0, Math.round(rate * 5)).map((at, k) => at - k * gap));
  return written.flatMap((at, k) => (at === null || k < warmup * rate ? [] : [at - (begin + k * gap)]));
}

/** What a plan of that rate would have seen of this server, whatever the tool did send: waiting for stalls, then the delay. */
function plannedTruth({ read, written, stalls }: Served): number[] {
  const delays = written.flatMap((at, k) => {
    const from = read[k]!;
    const stalled = stalls.some((stall) => from < stall + 200 && (at ?? 0) > stall);
    return at === null || stalled ? [] : [at - from];
  });
  const begin = read[0]!;
  return Array.from({ length: Math.round(rate * seconds) }, (_, k) => {
    const at = begin + (k * 1000) / rate;
    const stall = stalls.find((each) => at >= each && at < each + 200);
    return (stall === undefined ? 0 : stall + 200 - at) + delays[(k * 7919) % delays.length]!;
  });
}

const [program, ...rest] = pinned(0, [process.execPath, script('./truth-server.ts')]);
const server = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const [{ port }] = (await once(server, 'message')) as [{ port: number }];
const url = `http://127.0.0.1:${port}/`;
const served = async (): Promise<Served> => {
  server.send('hand it out');
  const [record] = (await once(server, 'message')) as [Served];
  return record;
};

let met = true;
const rows: string[][] = [];
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
try {
  // Until the server's code is compiled, it notes an answer as written well before it is on its way.
  await run(1, TOOLS[0]!.argv(url, 12));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const tool of TOOLS) {
      const argv = tool.argv(url, seconds);
      if (!installed(argv[0]!)) continue;
      await served();
      const reported = tool.parse(await run(1, argv));
      await new Promise((resolve) => setTimeout(resolve, 500));
      const record = await served();
      const own = tool.name === 'pitwall';
      const truth = levelsOf(own ? scheduleTruth(record, 1) : plannedTruth(record));
      const off = LEVELS.map((_, i) => reported.levels[i]! - truth.levels[i]!);
      const good = off.every((difference, i) => Math.abs(difference) <= allowed(truth.levels[i]!));
      if (own && !good && !reported.rejected) met = false;
      rows.push([
        tool.name,
        ...LEVELS.map((_, i) => `${ms(reported.levels[i]!)} (${ms(truth.levels[i]!)})`),
        `${ms(reported.max)} (${ms(truth.max)})`,
        reported.service ? ms(reported.service[3]!) : '',
        reported.sent.toLocaleString('en-US'),
        own ? bar(good, reported) : theStall(reported.levels, truth.levels),
      ]);
      process.stderr.write(`round ${round + 1}: ${tool.name}\n`);
    }
  }
} finally {
  server.kill();
}
const planned = Math.round(rate * seconds).toLocaleString('en-US');
console.log(`\n${rate} requests/s for ${seconds} s (${planned} planned); reported ms (truth ms)\n`);
table(['tool', ...LEVELS.map((level) => `p${level}`), 'max', 'service p99.9', 'sent', 'the stall'], rows);
process.exit(met ? 0 : 1);
