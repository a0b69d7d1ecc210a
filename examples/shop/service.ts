/**
 * A small shop over HTTP, to try a load on: devices, a log-in, carts. It has no database: a request takes one of four
 * made-up connections for ten milliseconds, or waits for one. So its limit is known: 400 requests a second.
 *
 *   npx node service.ts [--port 8400] [--pause 10]
 *
 * `--pause`: milliseconds that a connection is taken (a slower version, to compare with). Its access log, in JSON lines, is
 * `data/PORT.log` beside this file.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const DEVICES = Array.from({ length: 40 }, (_, i) => ({
  id: i + 1,
  name: `Device ${i + 1}`,
  price: 20 + ((i * 37) % 80),
}));
const PASSWORD = 'open sesame';
const CONNECTIONS = 4;

export interface ShopOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Milliseconds. Default 10. */
  readonly pause?: number;
  /** Path of the access log. Default: none. */
  readonly log?: string;
}

export interface Shop {
  readonly port: number;
  stop(): Promise<void>;
}

/** So many at a time; the others wait in the order in which they came. */
class Pool {
  #free = CONNECTIONS;
  readonly #waiting: (() => void)[] = [];

  /** Milliseconds that the connection was taken, without the wait for it. */
  async query(milliseconds: number): Promise<number> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const since = performance.now();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
    return performance.now() - since;
  }
}

interface Request {
  readonly what: string;
  readonly id: string;
  readonly body: string;
  /** Who is logged in; undefined when nobody is. */
  readonly user: string | undefined;
}

type Answer = readonly [status: number, value: unknown, headers?: Readonly<Record<string, string>>];

/** What the shop remembers: who is logged in with which token, and what is in whose cart. */
class Counter {
  readonly #tokens = new Map<string, string>();
  readonly #carts = new Map<string, string[]>();

  userOf({ headers }: IncomingMessage): string | undefined {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    const cookie = /(?:^|; )session=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    return this.#tokens.get(bearer ?? cookie ?? '');
  }

  answer({ what, id, body, user }: Request): Answer {
    switch (what) {
      case 'GET /health':
        return [200, { status: 'ok' }];
      case 'GET /devices': {
        const device = DEVICES[Number(id) - 1];
        if (id === '') return [200, { items: DEVICES }];
        return device ? [200, device] : [404, { error: `no device ${id}` }];
      }
      case 'POST /login':
        return this.#logIn(body);
      case 'POST /carts':
        if (user === undefined) return [401, { error: 'log in first' }];
        this.#carts.set(user, [...(this.#carts.get(user) ?? []), body]);
        return [201, { items: this.#carts.get(user)!.length }, { Location: '/carts/mine' }];
      case 'DELETE /carts':
        if (user === undefined) return [401, { error: 'log in first' }];
        return [this.#carts.delete(user) ? 204 : 404, null];
      default:
        return [404, { error: 'nothing here' }];
    }
  }

  #logIn(body: string): Answer {
    const { user, password } = parsed(body) as { user?: string; password?: string };
    if (!user || password !== PASSWORD) return [403, { error: 'wrong user or password' }];
    const token = randomUUID();
    this.#tokens.set(token, user);
    return [200, { user, token }, { 'Set-Cookie': `session=${token}; Path=/; HttpOnly` }];
  }
}

export async function startShop({ port, pause = 10, log }: ShopOptions): Promise<Shop> {
  const counter = new Counter();
  const pool = new Pool();
  const lines = log === undefined ? null : openLog(log);
  const server = createServer(async (request, response) => {
    const [at, since] = [new Date(), performance.now()];
    const { pathname } = new URL(request.url ?? '/', 'http://shop');
    const [, first = '', id = ''] = pathname.split('/');
    const body = await bodyOf(request);
    const database = first === 'health' ? 0 : await pool.query(pause);
    const what = `${request.method} /${first}`;
    const [status, value, headers = {}] = counter.answer({ what, id, body, user: counter.userOf(request) });
    const total = performance.now() - since;
    const timing = `db;dur=${database.toFixed(3)}, total;dur=${total.toFixed(3)}`;
    send(response, status, value, { ...headers, 'Server-Timing': timing });
    lines?.write(`${lineOf(request, status, at, total)}\n`);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      lines?.end();
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const body = value === null ? '' : JSON.stringify(value);
  response.writeHead(status, { ...headers, ...(body === '' ? {} : { 'Content-Type': 'application/json' }) }).end(body);
}

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'a' });
}

/** What `pitwall import access-log` and `load.accessLog` read without being told the format. */
function lineOf(request: IncomingMessage, status: number, at: Date, milliseconds: number): string {
  return JSON.stringify({
    time: at.toISOString(),
    remote_addr: request.socket.remoteAddress ?? '',
    method: request.method,
    uri: request.url,
    status,
    duration: milliseconds / 1000,
    user_agent: request.headers['user-agent'] ?? '',
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8400' }, pause: { type: 'string', default: '10' } },
  });
  const { port, pause } = values;
  const log = join(import.meta.dirname, 'data', `${port}.log`);
  const shop = await startShop({ port: Number(port), pause: Number(pause), log });
  console.log(`The shop is open at http://127.0.0.1:${shop.port}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shop.stop());
}
