import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { HISTORY_SECONDS, HISTORY_START } from './schema.ts';

/**
 * A small vending-fleet service: devices, planograms, service orders, sales, log-ins. One process, one connection, the way
 * many such services are first written, with the usual faults: one query a slot on the planogram page (N+1), no
 * compression, no caching headers on its script.
 */
const NOW = HISTORY_START + HISTORY_SECONDS;

type Handler = (parameters: { id: number; body: string; query: URLSearchParams }) => unknown;

function routes(db: DatabaseSync): [method: string, pattern: RegExp, Handler][] {
  const prepared = new Map<string, StatementSync>();
  const sql = (text: string) => {
    const statement = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  return [
    ['GET', /^\/health$/, () => ({ status: 'ok', devices: sql('SELECT count(*) AS n FROM devices').get()?.n })],
    [
      'GET',
      /^\/api\/devices$/,
      ({ query }) =>
        sql('SELECT id, serial, model, status, last_seen FROM devices WHERE region = ? ORDER BY id LIMIT 100').all(
          query.get('region') ?? 'north',
        ),
    ],
    [
      'GET',
      /^\/api\/devices\/(\d+)\/sales$/,
      ({ id }) =>
        sql(
          'SELECT id, product_id, sold_at, quantity, amount_cents FROM sales WHERE device_id = ? ORDER BY sold_at DESC LIMIT 50',
        ).all(id),
    ],
    [
      'GET',
      /^\/api\/devices\/(\d+)\/orders$/,
      ({ id }) =>
        sql("SELECT id, driver_id, created_at FROM service_orders WHERE device_id = ? AND status = 'open'").all(id),
    ],
    [
      'GET',
      /^\/api\/orders$/,
      ({ query }) =>
        sql(
          'SELECT id, device_id, driver_id, created_at, notes FROM service_orders WHERE status = ? ORDER BY created_at DESC LIMIT 50',
        ).all(query.get('status') ?? 'open'),
    ],
    [
      'GET',
      /^\/api\/planograms\/(\d+)$/,
      ({ id }) => {
        const planogram = sql('SELECT id, title, device_id FROM planograms WHERE id = ?').get(id);
        const slots = sql('SELECT id, position, product_id, stock, capacity FROM slots WHERE planogram_id = ?').all(id);
        const product = sql('SELECT name, price_cents FROM products WHERE id = ?');
        return { ...planogram, slots: slots.map((slot) => ({ ...slot, product: product.get(slot.product_id ?? 0) })) };
      },
    ],
    [
      'GET',
      /^\/api\/users\/(\d+)\/activity$/,
      ({ id }) => sql('SELECT action, entity, at FROM audit_log WHERE user_id = ? ORDER BY at DESC LIMIT 50').all(id),
    ],
    [
      'POST',
      /^\/api\/sales$/,
      ({ body }) => {
        const sale = JSON.parse(body) as { device: number; product: number; quantity: number };
        const price = sql('SELECT price_cents FROM products WHERE id = ?').get(sale.product)?.price_cents;
        if (typeof price !== 'number') return null;
        const result = sql(
          'INSERT INTO sales (device_id, product_id, sold_at, quantity, amount_cents) VALUES (?, ?, ?, ?, ?)',
        ).run(sale.device, sale.product, NOW, sale.quantity, price * sale.quantity);
        return { id: Number(result.lastInsertRowid) };
      },
    ],
    [
      'POST',
      /^\/api\/logins$/,
      ({ body }) => {
        const { username } = JSON.parse(body) as { username: string };
        const failed = sql('SELECT count(*) AS n FROM logins WHERE username = ? AND succeeded = 0 AND at > ?').get(
          username,
          NOW - 900,
        );
        sql('INSERT INTO logins (username, at, succeeded, address) VALUES (?, ?, 1, ?)').run(
          username,
          NOW,
          '127.0.0.1',
        );
        return { locked: Number(failed?.n) > 5 };
      },
    ],
  ];
}

const SCRIPT = `${'// Fleet dashboard: draws the table of devices.\nfunction draw(rows) { return rows.map((r) => r.serial + " " + r.status).join("\\n"); }\n'.repeat(400)}`;
const PAGE = '<!doctype html><title>Vending fleet</title><h1>Vending fleet</h1><script src="/static/app.js"></script>';

/**
 * Starts the service on loopback; `port` 0 picks a free one. Resolves to the port and a function that stops it.
 * `statementLog`: a file to which its statements are written, with the endpoints that ask.
 */
export async function startService(options: {
  database: string;
  port: number;
  statementLog?: string | undefined;
}): Promise<{ port: number; stop(): Promise<void> }> {
  const db = new DatabaseSync(options.database, { timeout: 5_000 });
  const tied = options.statementLog === undefined ? untied : await logged(db, options.statementLog);
  const table = routes(db);

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/') return send(response, 200, 'text/html; charset=utf-8', PAGE);
    if (url.pathname === '/static/app.js') return send(response, 200, 'text/javascript; charset=utf-8', SCRIPT);
    for (const [method, pattern, handler] of table) {
      const match = method === request.method ? pattern.exec(url.pathname) : null;
      if (!match) continue;
      try {
        const body = method === 'POST' ? await readBody(request) : '';
        const answer = handler({ id: Number(match[1]), body, query: url.searchParams });
        return send(response, answer ? 200 : 404, 'application/json', JSON.stringify(answer ?? { error: 'not found' }));
      } catch (error) {
        return send(response, 500, 'application/json', JSON.stringify({ error: (error as Error).message }));
      }
    }
    return send(response, 404, 'application/json', '{"error":"not found"}');
  };
  const server = createServer((request, response) => tied(request, response, () => void answer(request, response)));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          db.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const untied: Middleware = (_request, _response, next) => next();

/** In an application of its own: `import { logStatements, requestEndpoint } from '@pitwall/kit'`. */
async function logged(db: DatabaseSync, file: string): Promise<Middleware> {
  const { logStatements, requestEndpoint } = await import('../../packages/kit/src/index.ts');
  logStatements(db, { file });
  return requestEndpoint();
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 10_000) throw new Error('body too large');
  }
  return text;
}
