import type { LoadEndpoint } from '../../model/load.ts';
import { HeadMemo } from './head-memo.ts';

/** A request as the bytes that are written, encoded once for the whole run. */
export interface EncodedRequest {
  readonly bytes: Buffer;
  /** The answer to HEAD announces a length and has no body. */
  readonly head: boolean;
  /** Safe to send again when the connection turned out to be closed already (RFC 9110 §9.2.2). */
  readonly idempotent: boolean;
  /** What its answers looked like last time. */
  readonly memo: HeadMemo;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Path and query as they go on the wire: printable ASCII without a space. */
const REQUEST_TARGET = /^\/[\x21-\x7e]*$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
const FRAMING = new Set(['content-length', 'transfer-encoding', 'upgrade', 'expect']);

/** Why this endpoint cannot be sent as HTTP/1.1, as part of a sentence; null when it can. */
export function requestProblem(endpoint: LoadEndpoint): string | null {
  const { method, path, headers } = endpoint;
  if (!TOKEN.test(method) || method.toUpperCase() === 'CONNECT') return `${method} is not a method that can be sent`;
  if (!REQUEST_TARGET.test(path)) return `the path ${path} must begin with / and be percent-encoded`;
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) return `${name} is not a header name`;
    if (!FIELD_VALUE.test(value)) return `the value of the header ${name} has characters that cannot be sent`;
    if (FRAMING.has(name.toLowerCase())) return `the header ${name} is set by Pitwall itself`;
  }
  return null;
}

/** `host` is the authority of the URL (with its port unless it is the default). Call `requestProblem` first. */
export function encodeRequest(endpoint: LoadEndpoint, host: string): EncodedRequest {
  const method = endpoint.method.toUpperCase();
  const fields = new Map([
    ['host', `Host: ${host}`],
    ['user-agent', 'User-Agent: pitwall'],
    ['accept', 'Accept: */*'],
  ]);
  for (const [name, value] of Object.entries(endpoint.headers)) fields.set(name.toLowerCase(), `${name}: ${value}`);
  const body = endpoint.body === undefined ? null : Buffer.from(endpoint.body, 'utf8');
  const wantsLength = body !== null || method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (wantsLength) fields.set('content-length', `Content-Length: ${body?.length ?? 0}`);
  const head = `${method} ${endpoint.path} HTTP/1.1\r\n${[...fields.values()].join('\r\n')}\r\n\r\n`;
  const encodedHead = Buffer.from(head, 'latin1');
  return {
    bytes: body === null ? encodedHead : Buffer.concat([encodedHead, body]),
    head: method === 'HEAD',
    idempotent: IDEMPOTENT.has(method),
    memo: new HeadMemo(),
  };
}
