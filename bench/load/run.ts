/**
 * The load engine beside its peers: closed loop, 50 connections, 1 KiB from nginx. nginx has core 0, the generators take
 * turns on core 1; the order turns every round, and each is compared with wrk of the same round, so that a neighbour's
 * noise falls on all alike. The generator's CPU time for a request is shown too: it hardly depends on the neighbours.
 * Usage: node bench/load/run.ts [--rounds 5] [--seconds 3] [--json]
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CONNECTIONS = 50;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
if (!(rounds >= 1 && seconds >= 2))
  throw new Error('at least one round of two seconds: the first second is left out of the CPU time');

interface Generator {
  readonly name: string;
  readonly argv: readonly string[];
  readonly parse: (output: string) => { requestsPerSecond: number; cpuMicros?: number };
}

const numberIn = (output: string, pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);

function generators(url: string): Generator[] {
  const count = String(CONNECTIONS);
  const own: Generator = {
    name: 'pitwall',
    argv: [process.execPath, fileURLToPath(new URL('./generate.ts', import.meta.url)), url, count, String(seconds)],
    parse: (output) => JSON.parse(output),
  };
  const peers: Generator[] = [
    {
      name: 'wrk',
      argv: ['/usr/bin/wrk', '-t1', `-c${count}`, `-d${seconds}s`, url],
      parse: (output) => ({ requestsPerSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/) }),
    },
    {
      name: 'ab -k',
      argv: ['/usr/bin/ab', '-k', '-q', '-c', count, '-t', String(seconds), '-n', '100000000', url],
      parse: (output) => ({ requestsPerSecond: numberIn(output, /Requests per second:\s+([\d.]+)/) }),
    },
  ];
  return [own, ...peers.filter(({ argv }) => installed(argv[0]!))];
}

function installed(program: string): boolean {
  try {
    execFileSync('test', ['-x', program]);
    return true;
  } catch {
    return false;
  }
}

/** CPU seconds of all children that have ended, from /proc/self/stat (fields 16 and 17, in ticks of 10 ms; proc(5)). */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const canPin = availableParallelism() >= 2 && installed('/usr/bin/taskset');
const pinned = (core: number, argv: readonly string[]): string[] =>
  canPin ? ['/usr/bin/taskset', '-c', String(core), ...argv] : [...argv];

function run(core: number, argv: readonly string[]): Promise<string> {
  const [program, ...rest] = pinned(core, argv);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${argv[0]} ended with ${code}`))));
  });
}

async function startNginx(folder: string): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(join(folder, 'file'), 'x'.repeat(1024));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events { worker_connections 1024; }
     http { access_log off; keepalive_requests 1000000000; ${paths.join(' ')}
       server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  );
  const [program, ...rest] = pinned(0, [
    '/usr/sbin/nginx',
    '-p',
    folder,
    '-c',
    `${folder}/nginx.conf`,
    '-e',
    `${folder}/error.log`,
  ]);
  const nginx = spawn(program!, rest, { stdio: 'ignore' });
  const ended = new Promise((resolve) => nginx.on('exit', resolve));
  const url = `http://127.0.0.1:${port}/file`;
  for (let tries = 0; ; tries++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (tries > 100) throw new Error('nginx did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = () => {
    nginx.kill();
    return ended;
  };
  return { url, stop };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const folder = mkdtempSync(join(tmpdir(), 'pitwall-bench-load-'));
const nginx = await startNginx(folder);
try {
  const all = generators(nginx.url);
  const measured = new Map(all.map(({ name }) => [name, [] as number[]]));
  const cost = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const { name, argv, parse } = all[(round + i) % all.length]!;
      const before = childrenCpu();
      const { requestsPerSecond, cpuMicros } = parse(await run(1, argv));
      const cpuSeconds = childrenCpu() - before;
      measured.get(name)!.push(requestsPerSecond);
      cost.get(name)!.push(cpuMicros ?? (cpuSeconds * 1e6) / (requestsPerSecond * seconds));
    }
    if (!values.json) process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const reference = measured.get('wrk');
  const rows = all.map(({ name }) => {
    const rates = measured.get(name)!;
    const ratios = reference ? rates.map((rate, i) => rate / reference[i]!) : [];
    return {
      generator: name,
      requestsPerSecond: Math.round(median(rates)),
      lowest: Math.round(Math.min(...rates)),
      highest: Math.round(Math.max(...rates)),
      cpuMicrosPerRequest: Number(median(cost.get(name)!).toFixed(2)),
      ratioToWrk: ratios.length > 0 ? Number(median(ratios).toFixed(3)) : null,
    };
  });
  if (values.json) {
    console.log(JSON.stringify({ connections: CONNECTIONS, rounds, seconds, pinned: canPin, rows }));
  } else {
    console.log(
      `${CONNECTIONS} connections, 1 KiB body, ${rounds} rounds of ${seconds} s, ${canPin ? 'separate cores' : 'not pinned'}; medians`,
    );
    console.table(rows);
  }
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
}
