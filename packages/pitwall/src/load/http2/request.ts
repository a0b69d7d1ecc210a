import type { ClientSessionRequestOptions, OutgoingHttpHeaders } from 'node:http2';
import type { EncodedRequest, PlainRequest } from '../channel.ts';
import { announcesLength, isIdempotent } from '../http1/request.ts';

/** A request as `node:http2` takes it. The same object serves every time it is sent. */
export interface Http2Request extends EncodedRequest {
  readonly headers: OutgoingHttpHeaders;
  readonly options: ClientSessionRequestOptions;
  readonly body: Uint8Array | null;
}

/** `scheme` and `host` of the URL become `:scheme` and `:authority`. Call `requestProblem` for HTTP/2 first. */
export function encodeHttp2(request: PlainRequest, scheme: 'http' | 'https', host: string): Http2Request {
  const method = request.method.toUpperCase();
  const { body } = request;
  const headers: OutgoingHttpHeaders = {
    ':method': method,
    ':scheme': scheme,
    ':authority': host,
    ':path': request.path,
    'user-agent': 'pitwall',
  };
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    headers[lower === 'host' ? ':authority' : lower] = value;
  }
  if (announcesLength(method, body)) headers['content-length'] = String(body?.length ?? 0);
  return {
    head: method === 'HEAD',
    idempotent: isIdempotent(method),
    capture: request.capture,
    headers,
    // All of them, so that Node has none to fill in each time.
    options: { endStream: body === null, parent: 0, exclusive: false },
    body,
  };
}
