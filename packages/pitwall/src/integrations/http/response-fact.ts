import { printable } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ContentSize } from './content.ts';
import { type Exchange, requestHeaders } from './exchange.ts';
import type { HttpEndpoint } from './options.ts';

/** Response headers that are kept: those that rules and people need, none that carries a secret. */
const KEPT_HEADERS = [
  'age',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'server',
  'transfer-encoding',
  'vary',
] as const;

/** Value of the fact `http.response`, as rules read it. */
export interface ResponseFact {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where a redirect points, without its query (which may carry a token). */
  readonly location: string | null;
  /** Bytes of body on the wire and after decompression; null where not known. */
  readonly transferredBytes: number;
  readonly decodedBytes: number | null;
  /** What Accept-Encoding offered. */
  readonly acceptEncoding: string;
  /** What gzip would make of it; null when it came compressed or empty. */
  readonly gzip: { readonly inputBytes: number; readonly outputBytes: number } | null;
  /** The request carried credentials: the response may be somebody's own. */
  readonly authenticated: boolean;
  readonly setsCookie: boolean;
}

/** Pure. Header values come from the network: control characters are taken out. */
export function responseFact(endpoint: HttpEndpoint, response: Exchange, content: ContentSize): JsonObject {
  const sent = requestHeaders(endpoint);
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = response.headers[name];
    if (value !== undefined) headers[name] = printable(value);
  }
  const location = response.headers.location;
  const fact: ResponseFact = {
    method: endpoint.method,
    path: endpoint.path,
    status: response.status,
    protocol: response.protocol,
    headers,
    location: location === undefined ? null : printable(location.replace(/[?#].*$/s, '')),
    transferredBytes: response.transferred,
    decodedBytes: content.decodedBytes,
    acceptEncoding: sent['accept-encoding'] ?? '',
    gzip: content.gzip,
    authenticated: Object.keys(sent).some((name) => /auth|cookie|key|token|session|credential|secret/.test(name)),
    setsCookie: response.headers['set-cookie'] !== undefined,
  };
  return { ...fact };
}
