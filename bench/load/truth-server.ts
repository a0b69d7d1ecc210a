/**
 * A server that knows what it did: every answer waits for a time drawn from a lognormal distribution (median 3 ms, sigma 0.6,
 * so p99.9 is 19 ms), and every 10 s everything stands still for 200 ms. On a message it hands out when each request was read
 * and when its answer was written (ms of CLOCK_MONOTONIC, in the order they were read), and begins anew.
 * Run by open.ts as a child process.
 */
import net from 'node:net';
import { seededRandom } from '../../packages/pitwall/src/stats/random.ts';

const MEDIAN = 3;
const SIGMA = 0.6;
const STALL = 200;
const EVERY = 10_000;
const BODY = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');

const random = seededRandom(1);
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
let read: number[] = [];
let written: number[] = [];
let stalls: number[] = [];

/** Box–Muller. */
function delay(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return MEDIAN * Math.exp(SIGMA * normal);
}

const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let text = '';
  socket.on('data', (data) => {
    // No peer pipelines here, and heads are short; still, one may arrive in two reads.
    text += data.toString('latin1');
    if (!text.endsWith('\r\n\r\n')) return;
    text = '';
    const index = read.push(now()) - 1;
    written.push(Number.NaN);
    const records = written;
    setTimeout(() => {
      if (socket.writable) socket.write(BODY);
      records[index] = now();
    }, delay());
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send!({ port: (server.address() as net.AddressInfo).port }),
);
const cell = new Int32Array(new SharedArrayBuffer(4));
setInterval(() => {
  stalls.push(now());
  Atomics.wait(cell, 0, 0, STALL);
}, EVERY);
process.on('message', () => {
  process.send!({ read, written, stalls });
  read = [];
  written = [];
  stalls = [];
});
