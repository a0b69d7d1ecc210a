import { isStepMethod } from '../draft.ts';
import type { ImportNotes } from '../notes.ts';
import { shownPath } from '../recorded-path.ts';
import type { HarEntry, HarLog } from './read.ts';

/** More steps than reports can show; each costs histograms in every worker. */
const MOST_STEPS = 300;

export interface Selected {
  readonly origin: string;
  readonly entries: readonly HarEntry[];
}

/** What a page loads to be shown: not what its user did. */
const STATIC_KIND = new Set(['image', 'stylesheet', 'script', 'font', 'media', 'texttrack', 'manifest']);
const STATIC_TYPE =
  /^(?:image|font|audio|video)\/|^text\/css$|^(?:text|application)\/(?:x-)?javascript$|font-woff|wasm|manifest\+json/;

export function isStaticEntry({ kind, responseType, method }: HarEntry): boolean {
  if (method !== 'GET') return false;
  return STATIC_KIND.has(kind) || (!['document', 'xhr', 'fetch'].includes(kind) && STATIC_TYPE.test(responseType));
}

/**
 * The entries of one host that the service answered. `host` (`shop.example`, or with `:port`): null takes that of the first
 * page, or else the most frequent one. What is not taken is noted.
 */
export function selectEntries(log: HarLog, host: string | null, notes: ImportNotes): Selected | null {
  for (const [scheme, count] of log.otherSchemes) {
    const isSocket = scheme === 'ws' || scheme === 'wss';
    notes.leaveOut(
      isSocket ? 'websocket' : 'request that is not HTTP',
      isSocket ? 'a load cannot speak it' : `its scheme is ${scheme}`,
      undefined,
      count,
    );
  }
  notes.leaveOut('entry that cannot be read', 'it has no method, URL, time or response', undefined, log.unreadable);
  const answered = log.entries.filter((entry) => isTaken(entry, notes));
  const chosen = host === null ? usualHost(answered) : host.toLowerCase();
  if (chosen === null) return null;
  const own: HarEntry[] = [];
  for (const entry of answered) {
    if (entry.url.host === chosen || entry.url.hostname === chosen) own.push(entry);
    else notes.leaveOut('request to another host', `only ${chosen} is imported; --host names another`, entry.url.host);
  }
  const [first] = own;
  if (!first) return null;
  if (own.length > MOST_STEPS) {
    notes.leaveOut(
      'request',
      `a scenario of more than ${MOST_STEPS} steps cannot be read any more`,
      undefined,
      own.length - MOST_STEPS,
    );
  }
  return { origin: first.url.origin, entries: own.slice(0, MOST_STEPS) };
}

function isTaken(entry: HarEntry, notes: ImportNotes): boolean {
  const { kind, status, method, url, fromCache } = entry;
  const where = `${url.host}${shownPath(url.pathname)}`;
  const leave = (what: string, reason: string): boolean => {
    notes.leaveOut(what, reason, where);
    return false;
  };
  if (kind === 'websocket' || status === 101) return leave('websocket', 'a load cannot speak it');
  if (kind === 'eventsource' || entry.responseType === 'text/event-stream') {
    return leave('event stream', 'it never ends: a load would wait for it until the time limit');
  }
  if (kind === 'preflight' || (method === 'OPTIONS' && hasHeader(entry, 'access-control-request-method'))) {
    return leave('cross-origin preflight', 'the browser asked, and a browser would remember the answer');
  }
  if (fromCache) return leave("request answered from the browser's cache", 'it never reached the service');
  if (status === 0) return leave('request without an answer', 'it was blocked or cancelled');
  if (!isStepMethod(method)) return leave(`${method} request`.slice(0, 40), 'a load cannot send this method');
  return true;
}

function hasHeader({ headers }: HarEntry, wanted: string): boolean {
  return headers.some(([name]) => name.toLowerCase() === wanted);
}

function usualHost(entries: readonly HarEntry[]): string | null {
  const page = entries.find(({ kind, responseType }) => kind === 'document' || responseType === 'text/html');
  if (page) return page.url.host;
  const counts = new Map<string, number>();
  for (const { url } of entries) counts.set(url.host, (counts.get(url.host) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
