/** Real servers on loopback for the tests of the load engine. */
import { createServer, type RequestListener } from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import type { LoadEndpoint, LoadOptions, LoadResult } from '../model/load.ts';
import { type LoadContext, runLoad } from './engine.ts';

/** Listens on a free loopback port until the test ends; returns the port. */
export async function listen(t: TestContext, server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as net.AddressInfo).port;
}

/** URL of an HTTP server with this handler. */
export async function serve(t: TestContext, handler: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(t, createServer({ keepAlive: true }, handler))}`;
}

/** URL of a server that speaks whatever `handler` writes; `nth` counts connections from 0 (0 is the engine's first look). */
export async function serveRaw(t: TestContext, handler: (socket: net.Socket, nth: number) => void): Promise<string> {
  let nth = 0;
  return `http://127.0.0.1:${await listen(
    t,
    net.createServer((socket) => handler(socket, nth++)),
  )}`;
}

/** Calls back for each request head without a body on a raw socket. */
export function onRequest(socket: net.Socket, callback: (nth: number) => void): void {
  let text = '';
  let nth = 0;
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      text = text.slice(end + 4);
      callback(nth++);
    }
  });
}

export function endpoint(path: string, more: Partial<LoadEndpoint> = {}): LoadEndpoint {
  return { name: path, method: 'GET', path, headers: {}, weight: 1, ...more };
}

/** Half a second of a closed loop with four users, unless said otherwise. */
export function load(url: string, more: Partial<LoadOptions>, context: Partial<LoadContext> = {}): Promise<LoadResult> {
  const options: LoadOptions = {
    url,
    endpoints: [endpoint('/')],
    shape: 'closed',
    users: 4,
    duration: 0.5,
    warmup: 0,
    timeout: 5,
    workers: 1,
    seed: 1,
    allow: [],
    ...more,
  };
  return runLoad(options, { signal: new AbortController().signal, ...context });
}

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, times) => sum + times, 0);
