/**
 * What a connection costs the generator: resident memory of this process, worker threads and sockets included, with many users
 * against with few. Two runs with the same users: idle (a second between two requests) and busy (a request is always under way,
 * because the server takes a second for it). The server is another process and counts how many connections it had at once. Exits with 1 when a connection costs more than
 * the bar, or when not every user had one.
 * Usage: node bench/load/connections.ts [--users 10000] [--seconds 5] [--workers 2] [--json]
 */
import { fork } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLoad } from '../../packages/pitwall/src/load/engine.ts';
import type { LoadOptions } from '../../packages/pitwall/src/model/load.ts';

/** The bar: KiB for one connection. */
const MOST_KIB = 20;
/** Users of the run that brings code, threads and histograms into memory. */
const FEW = 20;
const ANSWER = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n${'x'.repeat(1024)}`);

/** A server that answers everything and tells, when asked, how many connections it had at once. */
function serve(): void {
  const open = new Set<Socket>();
  let most = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    most = Math.max(most, open.size);
    socket.on('data', (data) => {
      if (data.includes('/slow')) setTimeout(() => socket.write(ANSWER), 1000);
      else socket.write(ANSWER);
    });
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 16_384 }, () => {
    process.send!({ port: (server.address() as { port: number }).port });
  });
  process.on('message', () => {
    process.send!({ most });
    most = open.size;
  });
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '5' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const users = Number(values.users);
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  const told = <T>(): Promise<T> =>
    new Promise((resolve) => server.once('message', (message) => resolve(message as T)));
  try {
    const { port } = await told<{ port: number }>();
    const run = async (count: number, path: string, pause: number) => {
      const options: LoadOptions = {
        url: `http://127.0.0.1:${port}`,
        endpoints: [{ name: path, method: 'GET', path, headers: {}, weight: 1 }],
        shape: 'closed',
        users: count,
        rampUp: 4,
        ...(pause > 0 && { thinkTime: { distribution: 'constant', mean: pause } }),
        duration: Number(values.seconds),
        warmup: 6,
        timeout: 30,
        workers: Number(values.workers),
        seed: 1,
        allow: [],
      };
      let resident = 0;
      const { ok, sent } = await runLoad(options, {
        signal: new AbortController().signal,
        onTick: () => {
          resident = Math.max(resident, process.memoryUsage.rss());
        },
      });
      server.send('most');
      return { resident, ok, sent, most: (await told<{ most: number }>()).most };
    };
    const before = await run(FEW, '/', 0);
    const rows = [];
    for (const [name, path, pause] of [
      ['idle', '/', 1],
      ['busy', '/slow', 0],
    ] as const) {
      const { resident, ok, sent, most } = await run(users, path, pause);
      const each = (resident - before.resident) / (users - FEW) / 1024;
      rows.push({
        run: name,
        users,
        atOnce: most,
        sent,
        ok,
        residentMiB: Math.round(resident / 2 ** 20),
        kibEach: Number(each.toFixed(2)),
      });
    }
    if (values.json) console.log(JSON.stringify({ bar: MOST_KIB, rows }));
    else console.table(rows);
    if (rows.some(({ kibEach, atOnce, sent, ok }) => !(kibEach <= MOST_KIB) || atOnce < users || ok !== sent))
      process.exitCode = 1;
  } finally {
    server.kill();
  }
}

if (process.argv[2] === 'serve') serve();
else await measure();
