import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/**
 * A service with a known capacity, in a process of its own: `cpu MS` burns MS milliseconds of CPU for each request on its one
 * thread (1000/MS requests a second, fewer where others take the CPU away); `pool SIZE MS` lets SIZE requests at a time sleep MS milliseconds, the others queue
 * (SIZE × 1000/MS requests a second, next to no CPU). Prints its port.
 */
const [kind, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0] = numbers.map(Number);

function work(milliseconds: number): void {
  const start = process.threadCpuUsage();
  for (;;) {
    // Of the clock on the wall a busy machine would give it less work to do.
    const { user, system } = process.threadCpuUsage(start);
    if ((user + system) / 1000 >= milliseconds) return;
  }
}

let free = first;
const waiting: (() => void)[] = [];

async function pooled(response: ServerResponse): Promise<void> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  await setTimeout(second);
  response.end('done');
  const next = waiting.shift();
  if (next) next();
  else free++;
}

const server = createServer((_request, response) => {
  if (kind === 'pool') {
    void pooled(response);
    return;
  }
  work(first);
  response.end('done');
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
