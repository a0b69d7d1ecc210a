/**
 * A service that is in another mood for each request, by chance but with a seed: it answers well or badly, late or never, hangs
 * up, or is not there for a while. It takes requests with bodies and says how many of each path it has read.
 */
import net from 'node:net';
import { type Random, seededRandom } from '../../src/stats/random.ts';

export interface MoodyServer {
  readonly url: string;
  /** Whole requests that were read, by path. */
  readonly read: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface Moods {
  /** Share of the requests that are not simply answered, 0–1. */
  readonly trouble: number;
  /** Whether it also hangs up on idle connections, on new ones, and stops listening at times: then requests get lost unread. */
  readonly fickle: boolean;
}

/** What is written, and what happens to the connection after it. */
interface Reaction {
  readonly text: string;
  readonly after: 'keep' | 'end' | 'reset' | 'hang';
}

function answer(body: string, status = '200 OK', more = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
}

const keep = (text: string): Reaction => ({ text, after: 'keep' });
const CLOSE = 'Connection: close\r\n';

const TROUBLES: readonly ((random: Random) => Reaction)[] = [
  () => keep(answer('no', '404 Not Found')),
  () => keep(answer('no', '500 Oops')),
  () => ({ text: answer('no', '503 Busy', CLOSE), after: 'end' }),
  () => ({ text: answer('{"id":1}', '200 OK', CLOSE), after: 'end' }),
  // What a later step cannot do without.
  () => keep(answer('{"other":1}')),
  // What no later header can hold.
  () => keep(answer('{"id":"a\\r\\nb"}')),
  () => keep('what?\r\n\r\n'),
  () => ({ text: answer('{"id":1}').slice(0, -3), after: 'end' }),
  () => ({ text: answer('{"id":1}').slice(0, 20), after: 'reset' }),
  () => ({ text: '', after: 'end' }),
  () => ({ text: '', after: 'reset' }),
  () => ({ text: '', after: 'hang' }),
];

/** Splits what arrives on a connection into requests; calls back with the path of each. */
function onRequests(socket: net.Socket, callback: (path: string) => void): void {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (;;) {
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + 4 + length) return;
      const path = text.split(' ', 2)[1]!;
      text = text.slice(head + 4 + length);
      callback(path);
    }
  });
}

export async function startMoodyServer(seed: number, { trouble, fickle }: Moods): Promise<MoodyServer> {
  const random = seededRandom(seed);
  const read = new Map<string, number>();
  const sockets = new Set<net.Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  let stalledUntil = 0;
  const react = (socket: net.Socket, path: string): void => {
    const troubled = path !== '/login' && random() < trouble;
    const { text, after } = troubled
      ? TROUBLES[Math.floor(random() * TROUBLES.length)]!(random)
      : keep(answer('{"id":7}'));
    if (troubled && random() < 0.05) stalledUntil = performance.now() + 80;
    const delay = Math.max(2 + random() ** 3 * 40, stalledUntil - performance.now());
    later(delay, () => {
      if (socket.destroyed) return;
      if (text !== '') socket.write(text);
      if (after === 'end') socket.end();
      else if (after === 'reset') later(text === '' ? 0 : 15, () => socket.resetAndDestroy());
      else if (after === 'keep' && fickle && random() < 0.02) later(random() * 10, () => socket.end());
    });
  };
  const listener = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (fickle && random() < 0.05) {
      socket.destroy();
      return;
    }
    onRequests(socket, (path) => {
      read.set(path, (read.get(path) ?? 0) + 1);
      react(socket, path);
    });
  };
  let server = net.createServer(listener);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '127.0.0.1', backlog: 1024 }, resolve);
    });
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  let open = true;
  /** Nobody listens for a while; who is connected stays so. */
  const nap = () => {
    if (!open) return;
    server.close();
    later(30 + random() * 60, () => {
      server = net.createServer(listener);
      listen(port).catch(() => {});
      later(100 + random() * 300, nap);
    });
  };
  if (fickle) later(100 + random() * 300, nap);
  return {
    url: `http://127.0.0.1:${port}`,
    read,
    async close() {
      open = false;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
