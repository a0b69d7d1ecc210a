import type { Transport, TransportCounts } from '../channel.ts';
import { Dialler } from '../dial.ts';
import type { TransportOptions } from '../transport.ts';
import { Connection } from './connection.ts';
import { encodeRequest } from './request.ts';

/** One read of a socket; shared by all connections of the thread. */
const READ_BUFFER_BYTES = 64 * 1024;

/** HTTP/1.1: a connection for every channel. */
export function createHttp1({ to, host, count, owner, buffer }: TransportOptions): Transport {
  const dialler = new Dialler(to, 'http/1.1');
  const common = { dialler, owner, buffer: buffer ?? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES), memos: [] };
  const channels = Array.from({ length: count }, (_, index) => new Connection(common, index));
  return {
    channels,
    encode: (request) => encodeRequest(request, host),
    counts: (): TransportCounts => dialler.counts(),
    close: () => {
      for (const channel of channels) channel.close();
    },
  };
}
