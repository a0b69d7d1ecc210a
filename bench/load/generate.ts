/** One closed run of the load engine, in a process of its own so that it can be pinned. Prints JSON. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runLoad } from '../../packages/pitwall/src/load/engine.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ca: { type: 'string' }, http2: { type: 'boolean' }, connections: { type: 'string' } },
});
const [url, users, seconds] = positionals;
const { origin, pathname } = new URL(url!);
let cpu = process.cpuUsage();
let cpuMicros = 0;
const result = await runLoad(
  {
    url: origin,
    endpoints: [{ name: 'file', method: 'GET', path: pathname, headers: {}, weight: 1 }],
    shape: 'closed',
    users: Number(users),
    duration: Number(seconds),
    // As `pitwall load` has it.
    warmup: 2,
    timeout: 10,
    workers: 1,
    seed: 1,
    allow: [],
    ...(values.http2 ? { protocol: 'http2' as const } : {}),
    ...(values.connections === undefined ? {} : { connections: Number(values.connections) }),
  },
  {
    signal: new AbortController().signal,
    ...(values.ca === undefined ? {} : { tls: { ca: readFileSync(values.ca, 'utf8') } }),
    // From the first second to the last: starting the process is not what a request costs.
    onTick: ({ at, completed }) => {
      const { user, system } = process.cpuUsage(cpu);
      cpu = process.cpuUsage();
      if (at > 1) cpuMicros += (user + system) / completed / (Number(seconds) - 1);
    },
  },
);
if (result.ok !== result.sent) throw new Error(`not every request succeeded: ${JSON.stringify(result.errors)}`);
console.log(JSON.stringify({ requestsPerSecond: result.requestsPerSecond, cpuMicros }));
