import { PitwallError } from '../../../errors.ts';
import type { RecordedBody, RecordedPart } from '../recorded-body.ts';
import { listOf, mapOf, numberAt, own, textAt } from '../untrusted.ts';

/** An entry of a HAR 1.2 log (http://www.softwareishard.com/blog/har-12-spec/), with what browsers add to it. Times in seconds. */
export interface HarEntry {
  readonly method: string;
  readonly url: URL;
  readonly page: string | null;
  /** Since 1970. */
  readonly start: number;
  readonly end: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: RecordedBody | null;
  readonly status: number;
  readonly responseHeaders: readonly (readonly [name: string, value: string])[];
  /** Lower case, without parameters. */
  readonly responseType: string;
  /** Null when it was not saved, or is not text. */
  readonly responseText: string | null;
  /** Chrome's and Firefox's `_resourceType`, lower case; '' when the recorder does not say. */
  readonly kind: string;
  readonly fromCache: boolean;
  readonly cookies: number;
}

export interface HarLog {
  /** In order of their start. */
  readonly entries: readonly HarEntry[];
  readonly pages: ReadonlyMap<string, string>;
  /** Entries that are not as the format wants them. */
  readonly unreadable: number;
  /** URLs that are not HTTP (`data:`, `blob:`, `ws:` …), by scheme. */
  readonly otherSchemes: ReadonlyMap<string, number>;
}

/** More entries than a person clicks together. */
const MOST_ENTRIES = 20_000;
/** What is searched for values that later requests use. */
const LONGEST_RESPONSE = 2 * 1024 * 1024;

/** @throws PitwallError IMPORT_UNKNOWN when it is no HAR */
export function readHar(text: string, file: string): HarLog {
  const refuse = (reason: string) => new PitwallError('IMPORT_UNKNOWN', { file, reason });
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw refuse('a HAR is JSON, and this is not');
  }
  const log = own(data, 'log');
  const list = own(log, 'entries');
  if (!Array.isArray(list)) throw refuse('it has no log.entries, which every HAR has');
  if (list.length > MOST_ENTRIES) throw refuse(`it has more than ${MOST_ENTRIES} entries: record a shorter visit`);
  const otherSchemes = new Map<string, number>();
  const entries: HarEntry[] = [];
  let unreadable = 0;
  for (const item of list) {
    const entry = entryOf(item);
    if (entry === null) unreadable++;
    else if (typeof entry === 'string') otherSchemes.set(entry, (otherSchemes.get(entry) ?? 0) + 1);
    else entries.push(entry);
  }
  entries.sort((a, b) => a.start - b.start);
  const pages = new Map(
    listOf(own(log, 'pages')).flatMap((page) => {
      const id = textAt(page, 'id');
      return id === null ? [] : [[id, textAt(page, 'title') ?? id] as const];
    }),
  );
  return { entries, pages, unreadable, otherSchemes };
}

/** A scheme that is not HTTP, or null for what is no entry. */
function entryOf(item: unknown): HarEntry | string | null {
  const request = own(item, 'request');
  const response = own(item, 'response');
  const method = textAt(request, 'method');
  const url = URL.parse(textAt(request, 'url') ?? '');
  const started = Date.parse(textAt(item, 'startedDateTime') ?? '');
  if (method === null || url === null || mapOf(response) === null) return null;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return url.protocol.replace(':', '').slice(0, 40);
  if (Number.isNaN(started)) return null;
  const content = own(response, 'content');
  const took = numberAt(item, 'time') ?? 0;
  return {
    method: method.toUpperCase(),
    url,
    page: textAt(item, 'pageref'),
    start: started / 1000,
    end: (started + Math.max(0, Math.min(took, 3_600_000))) / 1000,
    headers: pairsOf(own(request, 'headers')),
    body: bodyOf(own(request, 'postData')) ?? unrecordedBody(request),
    status: numberAt(response, 'status') ?? 0,
    responseHeaders: pairsOf(own(response, 'headers')),
    responseType: (textAt(content, 'mimeType') ?? '').split(';', 1)[0]!.trim().toLowerCase(),
    responseText: responseText(content),
    kind: (textAt(item, '_resourceType') ?? '').toLowerCase(),
    fromCache: fromCache(item, response),
    cookies: listOf(own(request, 'cookies')).length,
  };
}

function pairsOf(list: unknown): readonly (readonly [name: string, value: string])[] {
  return listOf(list)
    .slice(0, 200)
    .flatMap((pair) => {
      const name = textAt(pair, 'name');
      const value = textAt(pair, 'value');
      return name === null || value === null ? [] : [[name, value] as const];
    });
}

function bodyOf(data: unknown): RecordedBody | null {
  if (mapOf(data) === null) return null;
  const text = textAt(data, 'text');
  const parts = listOf(own(data, 'params')).flatMap((param): RecordedPart[] => {
    const name = textAt(param, 'name');
    if (name === null) return [];
    return [
      {
        name,
        value: textAt(param, 'value'),
        fileName: textAt(param, 'fileName'),
        contentType: textAt(param, 'contentType'),
      },
    ];
  });
  const contentType = textAt(data, 'mimeType') || null;
  const base64 = textAt(data, 'encoding') === 'base64' && text !== null ? text : null;
  if ((text === null || text === '') && parts.length === 0)
    return contentType === null ? null : { contentType, text: '' };
  return {
    contentType,
    // Recorders that have parameters decoded them already; a raw text is closer to what was sent.
    text: base64 === null && text !== '' ? text : null,
    ...(base64 === null ? {} : { base64 }),
    ...(parts.length > 0 ? { parts } : {}),
  };
}

/** Uploads and streams are often missing from recordings, though the request says how long they were. */
function unrecordedBody(request: unknown): RecordedBody | null {
  const header = (wanted: string) =>
    pairsOf(own(request, 'headers')).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
  const length = Math.max(numberAt(request, 'bodySize') ?? 0, Number(header('content-length') ?? 0));
  return length > 0 ? { contentType: header('content-type'), text: null } : null;
}

function responseText(content: unknown): string | null {
  const text = textAt(content, 'text');
  if (text === null || text.length > LONGEST_RESPONSE) return null;
  if (textAt(content, 'encoding') !== 'base64') return text;
  const bytes = Buffer.from(text, 'base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Chrome: `_fromCache: disk|memory`, or a service worker; Firefox writes an empty transfer of status 200. */
function fromCache(item: unknown, response: unknown): boolean {
  return own(item, '_fromCache') !== undefined || own(response, '_fetchedViaServiceWorker') === true;
}
