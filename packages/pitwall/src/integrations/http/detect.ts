import { PitwallError, printable } from '../../errors.ts';
import type { DetectContext, Detected } from '../../model/integration.ts';
import type { JsonObject } from '../../model/json.ts';
import { createAgent, type HttpConnection } from './connection.ts';
import { type Exchange, exchange } from './exchange.ts';
import { ExchangeError } from './failure.ts';
import { harmlessPath, sameOriginLinks } from './links.ts';
import { httpOptions } from './options.ts';

const HEALTH_PATHS = ['/health', '/healthz', '/api/health', '/livez', '/readyz'];
/** Links, scripts, style sheets and images taken from the start page. */
const MAX_LINKS = 10;
/** Seconds a request may take while looking round. */
const TIMEOUT = 5;
const PAGE_LIMIT = 1024 * 1024;

type Look = (path: string) => Promise<Exchange | null>;

interface Found {
  readonly path: string;
  readonly note: string;
  readonly expectStatus?: number;
}

/**
 * Looks at the URL that the user gave with GET requests only: the page itself, what it refers to, and well-known health
 * paths. Throws TARGET_UNREACHABLE when there is no HTTP answer.
 */
export async function detect({ url, signal }: DetectContext): Promise<readonly Detected[]> {
  if (!url || !/^https?:$/.test(url.protocol)) return [];
  const options: Record<string, JsonObject | string> = { url: url.origin };
  const notes: Record<string, string> = {};
  let connection = connectionTo(url, true);
  let start: Exchange;
  const startPath = url.pathname + url.search;
  try {
    start = await lookOnce(connection, startPath, signal);
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    // An untrusted certificate on this very host is a test set-up; anywhere else it is somebody in between.
    if (error.kind !== 'tls' || !isLoopback(url)) throw unreachable(url, error);
    connection = connectionTo(url, false);
    try {
      start = await lookOnce(connection, startPath, signal);
    } catch (again) {
      throw again instanceof ExchangeError ? unreachable(url, again) : again;
    }
    options.tls = { rejectUnauthorized: false };
    notes.tls = `${error.message}: better name its CA with ca: FILE`;
  }
  const server = start.headers.server;
  notes.url = `answered ${start.status}${server ? `, Server: ${printable(server)}` : ', without a Server header'}`;

  const agent = createAgent(connection, true);
  const look: Look = async (path) => {
    try {
      return await exchange({ ...lookOptions(connection, path, signal), agent });
    } catch (error) {
      if (error instanceof ExchangeError) return null;
      throw error;
    }
  };
  try {
    const endpoints = await findEndpoints(url, start, look);
    endpoints.forEach(({ note }, index) => {
      notes[`endpoints.${index}`] = note;
    });
    notes.endpoints = 'found by GET requests to the start page, what it refers to, and well-known health paths';
    const written = endpoints.map(({ path, expectStatus }) =>
      expectStatus === undefined ? path : { path, expectStatus },
    );
    return [{ id: 'web', options: { ...options, endpoints: written }, notes }];
  } finally {
    agent.destroy();
  }
}

async function findEndpoints(url: URL, start: Exchange, look: Look): Promise<readonly Found[]> {
  const found = new Map<string, Found>();
  const add = (path: string, response: Exchange, from: string): void => {
    const note = `${from}; answered ${response.status}, ${typeOf(response) || 'no type'}`;
    if (!found.has(path)) found.set(path, { path, note: printable(note) });
  };

  const health = await findHealth(start, look);
  if (health) add(health.path, health.response, 'a well-known health path');

  let page: { path: string; response: Exchange } = { path: url.pathname + url.search, response: start };
  const redirect = start.status >= 300 && start.status < 400 ? start.headers.location : undefined;
  const next = redirect === undefined ? null : harmlessPath(redirect, url);
  if (next !== null) {
    const response = await look(next);
    if (response) page = { path: next, response };
  }
  const from = page.path === url.pathname + url.search ? 'the URL given' : 'where the URL given redirects to';
  if (isSuccess(page.response)) add(page.path, page.response, from);

  if (isHtml(page.response) && page.response.body) {
    const base = new URL(page.path, url);
    for (const { path, kind } of sameOriginLinks(text(page.response), base, MAX_LINKS)) {
      const response = found.has(path) ? null : await look(path);
      if (response && isSuccess(response)) add(path, response, `${kind} in the page ${page.path}`);
    }
  }
  if (found.size > 0) return [...found.values()];
  const note = `the URL given; it answered ${start.status} and nothing better was found: replace it by what users request`;
  return [{ path: url.pathname + url.search, expectStatus: start.status, note }];
}

/** The first health path that is more than a catch-all page answering everything alike. */
async function findHealth(start: Exchange, look: Look): Promise<{ path: string; response: Exchange } | null> {
  for (const path of HEALTH_PATHS) {
    const response = await look(path);
    if (!response || !isSuccess(response)) continue;
    const catchAll = typeOf(response) === typeOf(start) && response.transferred === start.transferred;
    if (!catchAll) return { path, response };
  }
  return null;
}

function connectionTo(url: URL, rejectUnauthorized: boolean): HttpConnection {
  const tls = { rejectUnauthorized };
  return { url, options: httpOptions.parse({ url: url.origin, tls }), tls };
}

function lookOptions({ url }: HttpConnection, path: string, signal: AbortSignal) {
  // Uncompressed, so that the page can be read as it comes.
  const headers = { 'accept-encoding': 'identity' };
  const endpoint = { method: 'GET', path, headers };
  return { url, endpoint, timeout: TIMEOUT, signal, keepBytes: PAGE_LIMIT, bodyLimit: 16 * PAGE_LIMIT };
}

async function lookOnce(connection: HttpConnection, path: string, signal: AbortSignal): Promise<Exchange> {
  const agent = createAgent(connection, false);
  try {
    return await exchange({ ...lookOptions(connection, path, signal), agent });
  } finally {
    agent.destroy();
  }
}

function unreachable(url: URL, error: ExchangeError): PitwallError {
  return new PitwallError('TARGET_UNREACHABLE', { target: url.origin, reason: error.message }, { cause: error });
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function isSuccess({ status }: Exchange): boolean {
  return status >= 200 && status < 300;
}

function typeOf({ headers }: Exchange): string {
  return (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

function isHtml(response: Exchange): boolean {
  return /^(text\/html|application\/xhtml\+xml)$/.test(typeOf(response));
}

/** Links are ASCII in practice; Latin-1 never fails and keeps ASCII whatever the page's encoding. */
function text({ body }: Exchange): string {
  return body?.toString('latin1') ?? '';
}
