/**
 * A small shop over HTTP, as a service to load: products, a search, a log-in, carts that are made and deleted, an order form.
 * How it misbehaves can be changed while it runs. In a test's own process (`createShop`), or as a process of its own
 * (`startShop` in shop-process.ts), so that it can be killed.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Mood {
  /** Milliseconds before each answer. */
  delay?: number;
  /** Takes requests and never answers. */
  silent?: boolean;
  /** Every path whose beginning is listed answers with this status. */
  fail?: Readonly<Record<string, number>>;
}

export interface Shop {
  readonly server: Server;
  readonly mood: Mood;
  /** What was asked for, by method and path without its numbers and query: `DELETE /carts/:id`. */
  readonly served: Map<string, number>;
  /** Carts that are there now. */
  readonly carts: Map<string, string[]>;
}

export const PRODUCTS = Array.from({ length: 40 }, (_, i) => ({
  id: i + 1,
  name: `Article ${i + 1}`,
  price: (i * 37) % 90,
}));

export function createShop(mood: Mood = {}): Shop {
  const served = new Map<string, number>();
  const carts = new Map<string, string[]>();
  const sessions = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    const kind = `${request.method} ${url.pathname.replace(/(?<=\/)[\da-f-]*\d[\da-f-]*(?=\/|$)/g, ':id')}`;
    served.set(kind, (served.get(kind) ?? 0) + 1);
    if (mood.silent) {
      request.resume();
      return;
    }
    const failing = Object.entries(mood.fail ?? {}).find(([path]) => url.pathname.startsWith(path));
    void bodyOf(request).then(async (body) => {
      const since = performance.now();
      if (mood.delay) await new Promise((resolve) => setTimeout(resolve, mood.delay));
      response.setHeader('Server-Timing', `total;dur=${(performance.now() - since).toFixed(3)}`);
      if (failing) json(response, failing[1], { error: 'out of order' });
      else answer({ method: request.method ?? 'GET', url, body, request, response, carts, sessions });
    });
  });
  // Nobody who tests a shop wants to wait for its clients to hang up.
  server.keepAliveTimeout = 60_000;
  return { server, mood, served, carts };
}

interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly carts: Map<string, string[]>;
  readonly sessions: Set<string>;
}

function answer({ method, url, body, request, response, carts, sessions }: Exchange): void {
  const [, first = '', id, part] = url.pathname.split('/');
  const what = `${method} /${first}`;
  if (what === 'GET /') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>Shop</title><h1>Forty articles</h1>');
  } else if (what === 'GET /products' && id === undefined) {
    const page = Number(url.searchParams.get('page') ?? 1);
    json(response, 200, { page, products: PRODUCTS.slice((page - 1) * 10, page * 10) });
  } else if (what === 'GET /products') {
    const product = PRODUCTS[Number(id) - 1];
    json(response, product ? 200 : 404, product ?? { error: `no article ${id}` });
  } else if (what === 'GET /search') {
    const wanted = (url.searchParams.get('q') ?? '').toLowerCase();
    json(response, 200, { products: PRODUCTS.filter(({ name }) => name.toLowerCase().includes(wanted)) });
  } else if (what === 'POST /login') {
    logIn(body, response, sessions);
  } else if (what === 'POST /carts' || what === 'DELETE /carts' || what === 'GET /carts') {
    if (!isKnown(request, sessions)) json(response, 401, { error: 'log in first' });
    else cart({ method, id, part, body, response, carts });
  } else if (what === 'POST /orders') {
    const cartId = new URLSearchParams(body).get('cart') ?? '';
    response.writeHead(carts.has(cartId) ? 303 : 409, { Location: `/orders/${randomUUID()}` }).end();
  } else {
    json(response, 404, { error: `nothing at ${url.pathname}` });
  }
}

function logIn(body: string, response: ServerResponse, sessions: Set<string>): void {
  const { user, password } = parsed(body) as { user?: string; password?: string };
  if (!user || password !== 'open sesame') {
    json(response, 403, { error: 'wrong user or password' });
    return;
  }
  const token = randomUUID();
  sessions.add(token);
  response.setHeader('Set-Cookie', `session=${token}; Path=/; HttpOnly`);
  json(response, 200, { user, token });
}

function isKnown({ headers }: IncomingMessage, sessions: Set<string>): boolean {
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  const cookie = /(?:^|; )session=([^;]+)/.exec(headers.cookie ?? '')?.[1];
  return sessions.has(bearer ?? cookie ?? '');
}

function cart({
  method,
  id,
  part,
  body,
  response,
  carts,
}: Pick<Exchange, 'method' | 'body' | 'response' | 'carts'> & {
  id: string | undefined;
  part: string | undefined;
}): void {
  if (id === undefined) {
    const made = randomUUID();
    carts.set(made, []);
    response.setHeader('Location', `/carts/${made}`);
    json(response, 201, { id: made });
    return;
  }
  const items = carts.get(id);
  if (!items) {
    json(response, 404, { error: `no cart ${id}` });
  } else if (method === 'DELETE') {
    carts.delete(id);
    response.writeHead(204).end();
  } else if (method === 'POST' && part === 'items') {
    items.push(String((parsed(body) as { product?: unknown }).product));
    json(response, 201, { items });
  } else {
    json(response, 200, { id, items });
  }
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

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

/** As a process: `node shop-server.ts [PORT]`. Says its port to its parent, and takes moods from it. */
if (import.meta.main) {
  const shop = createShop();
  process.on('message', (mood: Mood) => Object.assign(shop.mood, mood));
  shop.server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
    const { port } = shop.server.address() as AddressInfo;
    if (process.send) process.send({ port });
    else process.stdout.write(`http://127.0.0.1:${port}\n`);
  });
}
