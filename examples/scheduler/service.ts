import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { NOW } from './schema.ts';
import { commented, STATEMENTS, type StatementName, traceparentOf } from './statements.ts';

/**
 * A small task scheduler on PostgreSQL: tasks, schedules, executions, events. Each statement carries its route and its request in a comment.
 * The page of a task asks for the events of its executions one execution at a time (N+1).
 */
interface Request {
  readonly id: number;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  all(name: StatementName, values: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** Null: not found. */
type Handler = (request: Request) => Promise<unknown>;

const minutesAgo = (minutes: number): string => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

/** The clock of what is touched again and again: with one that stands still nothing would change, and no index either. */
const clock = (): string => new Date(Date.parse(NOW) + performance.now()).toISOString();

const ROUTES: readonly (readonly [method: string, route: string, handler: Handler])[] = [
  ['GET', '/health', async () => ({ status: 'ok' })],
  ['GET', '/api/tasks', ({ all, query }) => all('queueTasks', [query.get('queue') ?? 'queue1'])],
  [
    'GET',
    '/api/tasks/count',
    async ({ all, query }) =>
      (await all('kindTasks', [query.get('kind') ?? 'kind1', query.get('queue') ?? 'queue1']))[0] ?? null,
  ],
  [
    'GET',
    '/api/tasks/:id',
    async ({ all, id }) => {
      const [task] = await all('task', [id]);
      if (task === undefined) return null;
      const schedules = await all('taskSchedules', [id]);
      const executions: unknown[] = [];
      for (const execution of await all('taskExecutions', [id]))
        executions.push({ ...execution, events: await all('executionEvents', [execution.id]) });
      return { ...task, schedules, executions };
    },
  ],
  ['GET', '/api/executions', ({ all, query }) => all('executionsByStatus', [query.get('status') ?? 'failed'])],
  ['GET', '/api/schedules/due', ({ all }) => all('dueSchedules', [NOW])],
  ['GET', '/api/dashboard', ({ all }) => all('dashboard', [minutesAgo(60)])],
  ['GET', '/api/workers', ({ all, query }) => all('workerLoad', [query.get('zone') ?? 'zone1'])],
  [
    'GET',
    '/api/users/by-email',
    async ({ all, query }) => (await all('userByEmail', [query.get('email') ?? '']))[0] ?? null,
  ],
  ['GET', '/api/users/:id/tasks', ({ all, id }) => all('userTasks', [id])],
  ['GET', '/api/events', ({ all, query }) => all('errorEvents', [query.get('level') ?? 'error', minutesAgo(24 * 60)])],
  [
    'GET',
    '/api/session',
    async ({ all, query }) => {
      const [session] = await all('session', [query.get('token') ?? '']);
      if (session === undefined) return null;
      await all('touchSession', [session.id, clock()]);
      return session;
    },
  ],
  [
    'POST',
    '/api/tasks',
    async ({ all, body }) =>
      (
        await all('createTask', [body.owner, body.name ?? 'task', body.kind ?? 'kind1', body.queue ?? 'queue1', NOW])
      )[0],
  ],
  [
    'POST',
    '/api/executions',
    async ({ all, body }) => {
      const [made] = await all('createExecution', [body.task, body.schedule ?? null, body.worker ?? null, NOW]);
      if (body.schedule !== undefined) await all('advanceSchedule', [body.schedule, NOW]);
      return made;
    },
  ],
  [
    'POST',
    '/api/executions/:id/finish',
    async ({ all, id, body }) => {
      await all('finishExecution', [id, body.status ?? 'succeeded', NOW, body.duration ?? 100]);
      await all('createEvent', [id, 'info', 'finished', NOW]);
      return { id };
    },
  ],
  [
    'POST',
    '/api/workers/:id/heartbeat',
    async ({ all, id, body }) => {
      await all('heartbeat', [id, clock(), body.running ?? 1]);
      return { id };
    },
  ],
  [
    'DELETE',
    '/api/tasks/:id',
    async ({ all, id }) => {
      await all('deleteTask', [id, NOW]);
      return { id };
    },
  ],
];

const COMPILED = ROUTES.map(([method, route, handler]) => ({
  method,
  route,
  handler,
  pattern: new RegExp(`^${route.replace(':id', '([0-9]{1,15})')}$`),
}));

/** Starts the service on loopback; `port` 0 picks a free one. Resolves to the port and a function that stops it. */
export async function startService(options: {
  /** `postgres://user:password@host/database` with the tables that `generate` makes. */
  readonly database: string;
  readonly port: number;
}): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: options.database, max: 10, application_name: 'scheduler' });
  // A connection that the server ended while nobody used it: the next request makes another one.
  pool.on('error', () => {});

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const found = COMPILED.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    if (found === undefined) return send(response, 404, { error: 'not found' });
    // One for all statements of the request: what they have in common shows that one request sent them.
    const traceparent = traceparentOf([request.headers.traceparent].flat()[0]);
    try {
      const answer = await found.handler({
        id: Number(found.pattern.exec(url.pathname)?.[1] ?? 0),
        query: url.searchParams,
        body: request.method === 'POST' ? await readBody(request) : {},
        all: async (name, values) =>
          (await pool.query(commented(STATEMENTS[name], found.method, found.route, traceparent), [...values])).rows,
      });
      send(response, answer ? 200 : 404, answer ?? { error: 'not found' });
    } catch (error) {
      // Class 22 and 23: a value that is wrong, or breaks a constraint.
      const wrong = error instanceof SyntaxError || /^2[23]/.test((error as { code?: string }).code ?? '');
      send(response, wrong ? 400 : 500, { error: (error as Error).message });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close(() => pool.end().then(resolve, reject));
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  const text = JSON.stringify(answer);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 10_000) throw new SyntaxError('body too large');
  }
  const body: unknown = JSON.parse(text || '{}');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SyntaxError('expected an object');
  return body as Record<string, unknown>;
}
