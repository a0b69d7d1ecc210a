import type { HttpProtocol } from '../model/load.ts';
import type { ChannelOwner, Transport } from './channel.ts';
import type { Endpoint } from './endpoint.ts';
import { createHttp1 } from './http1/transport.ts';
import { createHttp2 } from './http2/transport.ts';

export interface TransportOptions {
  readonly to: Endpoint;
  /** Authority of the URL: host, and port unless it is the scheme's own. */
  readonly host: string;
  readonly protocol: HttpProtocol;
  /** Channels: virtual users, or the most requests under way. */
  readonly count: number;
  /** HTTP/2: connections that the channels share. Default: one for every 100 of them. */
  readonly connections?: number;
  readonly owner: ChannelOwner;
  /** HTTP/1.1: where reads go. Default: a buffer of its own. */
  readonly buffer?: Buffer;
}

/** The channels of one worker, all DOWN. The caller has checked `to` (`assertAllowed`, `reach`). */
export function createTransport(options: TransportOptions): Transport {
  return options.protocol === 'http2' ? createHttp2(options) : createHttp1(options);
}
