/** The moody service (see moody-server.ts) over HTTP/2 with prior knowledge: streams and whole connections come to harm. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Random, seededRandom } from '../../src/stats/random.ts';
import type { Moods, MoodyServer } from './moody-server.ts';

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

type Trouble = (stream: http2.ServerHttp2Stream, random: Random) => void;

const TROUBLES: readonly Trouble[] = [
  (stream) => end(stream, 404, 'no'),
  (stream) => end(stream, 503, 'no'),
  (stream) => end(stream, 200, '{"other":1}'),
  (stream) => end(stream, 200, '{"id":"a\\r\\nb"}'),
  (stream) => stream.close(NGHTTP2_REFUSED_STREAM),
  (stream) => stream.close(NGHTTP2_INTERNAL_ERROR),
  (stream) => {
    stream.respond({ ':status': 200, 'content-length': 10 });
    stream.write('half', () => stream.close(NGHTTP2_CANCEL));
  },
  // Never an answer.
  () => {},
];
/** What happens to a whole connection. */
const ENDS: readonly ((session: http2.ServerHttp2Session) => void)[] = [
  (session) => session.close(),
  (session) => session.goaway(NGHTTP2_INTERNAL_ERROR),
  (session) => session.destroy(),
];

function end(stream: http2.ServerHttp2Stream, status: number, body: string): void {
  stream.respond({ ':status': status });
  stream.end(body);
}

export async function startMoodyHttp2(seed: number, { trouble, fickle }: Moods): Promise<MoodyServer> {
  const random = seededRandom(seed);
  const read = new Map<string, number>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const timers = new Set<NodeJS.Timeout>();
  // Some let few requests through at a time: the others wait for the service.
  const settings = random() < 0.5 ? { maxConcurrentStreams: 1 + Math.floor(random() * 4) } : {};
  const server = http2.createServer({ settings });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path']);
    stream.on('error', () => {});
    stream.resume();
    read.set(path, (read.get(path) ?? 0) + 1);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (stream.destroyed) return;
        if (path === '/login' || random() >= trouble) end(stream, 200, '{"id":7}');
        else TROUBLES[Math.floor(random() * TROUBLES.length)]!(stream, random);
        const { session } = stream;
        if (fickle && random() < 0.03 && session)
          ENDS[Math.floor(random() * ENDS.length)]!(session as http2.ServerHttp2Session);
      },
      2 + random() ** 3 * 40,
    );
    timers.add(timer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    read,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
