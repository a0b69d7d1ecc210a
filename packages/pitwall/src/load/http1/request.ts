import type { HttpProtocol } from '../../model/load.ts';
import type { EncodedRequest, PlainRequest } from '../channel.ts';

/** A request as the bytes that are written. */
export interface Http1Request extends EncodedRequest {
  /** A head alone is a string of Latin-1 characters, which Node writes with less ado than bytes; with a body it is bytes. */
  readonly payload: string | Buffer;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Path and query as they go on the wire: printable ASCII without a space. */
const REQUEST_TARGET = /^\/[\x21-\x7e]*$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
const FRAMING = new Set(['content-length', 'transfer-encoding', 'upgrade', 'expect']);
/** Fields of the connection, which HTTP/2 does without: RFC 9113 §8.2.2. */
const CONNECTION_SPECIFIC = new Set(['connection', 'keep-alive', 'proxy-connection', 'te']);

/** Why this request cannot be sent, as part of a sentence; null when it can. */
export function requestProblem(
  request: Pick<PlainRequest, 'method' | 'path' | 'headers'>,
  protocol: HttpProtocol = 'http1',
): string | null {
  const { method, path, headers } = request;
  if (!TOKEN.test(method) || method.toUpperCase() === 'CONNECT') return `${method} is not a method that can be sent`;
  if (!REQUEST_TARGET.test(path)) return `the path ${path} must begin with / and be percent-encoded`;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(name)) return `${name} is not a header name`;
    if (!FIELD_VALUE.test(value)) return `the value of the header ${name} has characters that cannot be sent`;
    if (FRAMING.has(lower)) return `the header ${name} is set by Pitwall itself`;
    if (protocol === 'http2' && CONNECTION_SPECIFIC.has(lower)) return `the header ${name} does not exist in HTTP/2`;
  }
  return null;
}

/** Whether a request may be sent again when nobody can tell if it had arrived: RFC 9110 §9.2.2. `method` in capitals. */
export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method);

/** Whether the length of the body is said: always with a body, and by methods that expect one (RFC 9110 §8.6). */
export const announcesLength = (method: string, body: Uint8Array | null): boolean =>
  body !== null || method === 'POST' || method === 'PUT' || method === 'PATCH';

/** `host` is the authority of the URL (with its port unless it is the default). Call `requestProblem` first. */
export function encodeRequest(request: PlainRequest, host: string): Http1Request {
  const method = request.method.toUpperCase();
  const { body } = request;
  const fields = new Map([
    ['host', `Host: ${host}`],
    ['user-agent', 'User-Agent: pitwall'],
  ]);
  for (const [name, value] of Object.entries(request.headers)) fields.set(name.toLowerCase(), `${name}: ${value}`);
  if (announcesLength(method, body)) fields.set('content-length', `Content-Length: ${body?.length ?? 0}`);
  const head = `${method} ${request.path} HTTP/1.1\r\n${[...fields.values()].join('\r\n')}\r\n\r\n`;
  return {
    payload: body === null ? head : Buffer.concat([Buffer.from(head, 'latin1'), body]),
    head: method === 'HEAD',
    idempotent: isIdempotent(method),
    capture: request.capture,
  };
}
