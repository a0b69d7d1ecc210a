import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What a request is called may be known only while it is handled: a router says so late. */
interface Context {
  name(): string;
  readonly request: string;
}

const storage = new AsyncLocalStorage<Context>();
const LONGEST = 200;

/** Tells processes and threads apart. */
export const TOKEN = randomBytes(5).toString('hex');
let requests = 0;

/**
 * Statements that `run` sends, also in what it awaits, are `endpoint`'s, and belong together as one request. Returns what `run` does.
 * @param endpoint alike for all requests of one kind: `GET /orders/:id`, `job invoices`
 */
export function withEndpoint<T>(endpoint: string, run: () => T): T {
  const name = short(String(endpoint));
  return storage.run({ name: () => name, request: nextRequest() }, run);
}

/** What is read of a request of node:http, Express or Fastify. */
export interface NamedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/**
 * A middleware `(request, response, next)` that ties statements to the route of their request: `createServer` (call it with the
 * handler as `next`), Express (`app.use`, after parsers of bodies), Fastify (`addHook('preHandler', …)`).
 * @param endpoint names a request. Without it: the pattern of the route in Express and Fastify, else the path with `:id` in place
 *   of numbers, UUIDs and long hexadecimal digits.
 */
export function requestEndpoint<Request extends NamedRequest = NamedRequest>(
  endpoint?: (request: Request) => string | null | undefined,
): (request: Request, response: unknown, next: () => void) => void {
  return (request, _response, next) => {
    storage.run({ name: () => nameOf(request, endpoint), request: nextRequest() }, next);
  };
}

/** Of the request that is being handled; undefined outside of any. */
export function currentRequest(): Context | undefined {
  return storage.getStore();
}

function nextRequest(): string {
  return `${TOKEN}.${++requests}`;
}

function nameOf<Request extends NamedRequest>(
  request: Request,
  endpoint: ((request: Request) => string | null | undefined) | undefined,
): string {
  try {
    const own = endpoint?.(request);
    if (own) return short(String(own));
  } catch {
    // The log is never a reason for the application to fail.
  }
  const { method = 'GET', url = '/' } = request;
  return short(`${method} ${routeOf(request as Routed) ?? patternOf(url)}`);
}

/** What Express and Fastify put into a request once they have found its route. */
interface Routed {
  readonly baseUrl?: unknown;
  readonly route?: { readonly path?: unknown };
  readonly routeOptions?: { readonly url?: unknown };
}

function routeOf({ baseUrl, route, routeOptions }: Routed): string | null {
  if (typeof route?.path === 'string') return `${typeof baseUrl === 'string' ? baseUrl : ''}${route.path}`;
  return typeof routeOptions?.url === 'string' ? routeOptions.url : null;
}

const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|.{41,})$/i;

function patternOf(url: string): string {
  const path = url.slice(0, 2000).split(/[?#]/, 1)[0] ?? '';
  return path
    .split('/')
    .map((part) => (ID.test(part) ? ':id' : part))
    .join('/');
}

function short(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}
