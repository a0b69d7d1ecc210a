/**
 * The load engine beside its peers in a closed loop: 50 connections, 1 KiB from nginx; over http, over TLS, and over HTTP/2.
 * Usage: node bench/load/run.ts [--rounds 5] [--seconds 3] [--only file|memory|tls|h2]; exits 1 when a bar is missed.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bar, compete, type Generator } from './closed.ts';
import { startNginx } from './nginx.ts';
import { numberIn } from './processes.ts';

const CONNECTIONS = 50;
const COUNT = String(CONNECTIONS);
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
if (!(rounds >= 1 && seconds >= 2))
  throw new Error('at least one round of two seconds: the first second is left out of the CPU time');

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const AUTOCANNON = fileURLToPath(new URL('../../node_modules/autocannon/autocannon.js', import.meta.url));

const pitwall = (url: string, more: readonly string[] = []): Generator => ({
  name: 'pitwall',
  argv: [process.execPath, script('./generate.ts'), url, COUNT, String(seconds), ...more],
  parse: (output) => JSON.parse(output),
});
// The same request as Pitwall's: wrk sends no User-Agent of its own, and every byte counts at this rate. The others send more.
const wrk = (url: string): Generator => ({
  name: 'wrk',
  argv: ['/usr/bin/wrk', '-t1', `-c${COUNT}`, `-d${seconds}s`, '-H', 'User-Agent: pitwall', url],
  parse: (output) => ({ requestsPerSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/) }),
});
const ab = (url: string): Generator => ({
  name: 'ab -k',
  argv: ['/usr/bin/ab', '-k', '-q', '-c', COUNT, '-t', String(seconds), '-n', '100000000', url],
  parse: (output) => ({ requestsPerSecond: numberIn(output, /Requests per second:\s+([\d.]+)/) }),
});
const hey = (url: string, more: readonly string[] = []): Generator => ({
  name: 'hey',
  argv: ['/usr/bin/hey', '-z', `${seconds}s`, '-c', COUNT, '-cpus', '1', ...more, url],
  parse: (output) => ({ requestsPerSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/) }),
});
const autocannon = (url: string): Generator => ({
  name: 'autocannon',
  argv: [process.execPath, AUTOCANNON, '-c', COUNT, '-d', String(seconds), '-j', url],
  parse: (output) => ({ requestsPerSecond: JSON.parse(output).requests.average }),
});
const h2load = (url: string, ...more: readonly string[]): Generator => ({
  name: 'h2load',
  argv: ['/usr/bin/h2load', '-t1', '-D', String(seconds), ...more, url],
  parse: (output) => ({ requestsPerSecond: numberIn(output, /finished in [\d.]+m?s, ([\d.]+) req\/s/) }),
});

const nginx = await startNginx();
const only = values.only ?? null;
let met = true;
const race = async (kind: string, title: string, generators: readonly Generator[], bars: readonly Bar[]) => {
  if (only === null || only === kind)
    met = (await compete(title, generators, { rounds, seconds, bars, serverCpu: nginx.cpu })) && met;
};
try {
  for (const [kind, url, what] of [
    ['file', nginx.fileUrl, 'a file of 1 KiB'],
    ['memory', nginx.url, '1 KiB from memory'],
  ] as const) {
    await race(
      kind,
      `http, ${COUNT} connections, ${what}`,
      [pitwall(url), wrk(url), ab(url), autocannon(url), hey(url)],
      [
        { peer: 'wrk', least: 1 },
        { peer: 'ab -k', least: 1 },
        { peer: 'autocannon', least: 1.7 },
        { peer: 'hey', least: 2 },
      ],
    );
  }
  const { tlsUrl, h2Url, certificate } = nginx;
  await race(
    'tls',
    `https, HTTP/1.1, ${COUNT} connections, 1 KiB`,
    [
      pitwall(tlsUrl, ['--ca', certificate]),
      wrk(tlsUrl),
      ab(tlsUrl),
      autocannon(tlsUrl),
      hey(tlsUrl),
      h2load(tlsUrl, '--h1', '-c', COUNT),
    ],
    [],
  );
  // One connection that 50 requests share at a time: what multiplexing is for.
  await race(
    'h2',
    'https, HTTP/2, 1 connection with 50 streams, 1 KiB',
    [
      pitwall(h2Url, ['--ca', certificate, '--http2', '--connections', '1']),
      h2load(h2Url, '-c', '1', '-m', COUNT),
      hey(h2Url, ['-h2']),
    ],
    [],
  );
} finally {
  await nginx.stop();
}
process.exit(met ? 0 : 1);
