/**
 * A server that answers in every way there is, right and wrong, by chance but with a seed, and keeps count of what it did. Each
 * behaviour has one outcome that a correct client must come to.
 */
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Random, seededRandom } from '../../src/stats/random.ts';

/** What a client has to make of an answer. `resent`: closed before a byte on a kept connection: ask again, no error. */
export type Expected = 'ok' | 'status-4xx' | 'status-5xx' | 'protocol' | 'reset' | 'timeout' | 'resent';

interface Behaviour {
  readonly name: string;
  readonly weight: number;
  readonly expected: Expected;
  /** Bytes in the pieces in which they are written; what happens to the connection after them. */
  answer(random: Random): { readonly pieces: readonly Buffer[]; readonly after: 'keep' | 'end' | 'reset' | 'hang' };
}

export interface FuzzServer {
  readonly url: string;
  /** Answers by what a client had to make of them. */
  readonly counts: Map<Expected, number>;
  readonly byBehaviour: Map<string, number>;
  close(): Promise<void>;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Cuts a message into pieces at random places: between any two bytes, many times or never. */
function cut(message: Buffer, random: Random): Buffer[] {
  const cuts = Math.floor(random() ** 3 * 12);
  const places = Array.from({ length: cuts }, () => Math.floor(random() * (message.length + 1))).sort((a, b) => a - b);
  const edges = [0, ...places, message.length];
  return edges.slice(1).map((to, i) => message.subarray(edges[i]!, to));
}

function body(random: Random): Buffer {
  const length = Math.floor(random() ** 4 * 200_000);
  return Buffer.alloc(length, 'abcdefghij\r\n\r\n0\r\nHTTP/1.1 200 OK\r\n');
}

const head = (status: string, fields: readonly string[]): string =>
  `HTTP/1.1 ${status}\r\n${fields.join('\r\n')}\r\n\r\n`;

function chunked(content: Buffer, random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const size = 1 + Math.floor(random() ** 2 * 5000);
    const piece = content.subarray(at, at + size);
    const extension = random() < 0.2 ? ';name="v;\\"x"' : '';
    const digits = piece.length.toString(16);
    parts.push(bytes(`${random() < 0.3 ? digits.toUpperCase() : digits}${extension}\r\n`), piece, bytes('\r\n'));
    at += piece.length;
  }
  const trailer = random() < 0.3 ? 'X-Checksum: 1\r\nX-Other: 2\r\n' : '';
  return Buffer.concat([...parts, bytes(`0\r\n${trailer}\r\n`)]);
}

function good(name: string, weight: number, make: (random: Random) => Buffer): Behaviour {
  return { name, weight, expected: 'ok', answer: (random) => ({ pieces: cut(make(random), random), after: 'keep' }) };
}

function whole(random: Random, status = '200 OK', more: readonly string[] = []): Buffer {
  const content = body(random);
  return Buffer.concat([bytes(head(status, [...more, `Content-Length: ${content.length}`])), content]);
}

function wrong(name: string, make: (random: Random) => string): Behaviour {
  return {
    name,
    weight: 1,
    expected: 'protocol',
    answer: (random) => ({ pieces: cut(bytes(make(random)), random), after: 'keep' }),
  };
}

const OK = 'HTTP/1.1 200 OK\r\n';

const BEHAVIOURS: readonly Behaviour[] = [
  good('content-length', 10, (random) => whole(random)),
  good('chunked', 6, (random) =>
    Buffer.concat([bytes(head('200 OK', ['Transfer-Encoding: chunked'])), chunked(body(random), random)]),
  ),
  good('gzip is bytes', 3, (random) => {
    const content = gzipSync(body(random));
    return Buffer.concat([
      bytes(head('200 OK', ['content-encoding: gzip', `content-length:${content.length}`])),
      content,
    ]);
  }),
  good('no content', 2, () => bytes(head('204 No Content', ['Date: x']))),
  good('not modified announces a length', 2, () => bytes(head('304 Not Modified', ['Content-Length: 1000']))),
  good('informational first', 2, (random) =>
    Buffer.concat([
      bytes(head('103 Early Hints', ['Link: </a>'])),
      bytes(head('100 Continue', ['Date: x'])),
      whole(random),
    ]),
  ),
  good('bare line feeds', 1, () => bytes('HTTP/1.1 200 OK\nContent-Length: 2\n\nok')),
  good('redirect', 1, () => bytes(head('302 Found', ['Location: /', 'Content-Length: 0']))),
  good('long head', 1, (random) =>
    bytes(head('200 OK', [`X-Long: ${'x'.repeat(Math.floor(random() * 30_000))}`, 'Content-Length: 0'])),
  ),
  good('server timing', 1, () =>
    bytes(head('200 OK', ['Server-Timing: db;dur=1.5, total;dur=2', 'Content-Length: 0'])),
  ),
  {
    name: 'until close',
    weight: 2,
    expected: 'ok',
    answer: (random) => ({
      pieces: cut(Buffer.concat([bytes(head('200 OK', ['Connection: close'])), body(random)]), random),
      after: 'end',
    }),
  },
  {
    name: 'HTTP/1.0',
    weight: 1,
    expected: 'ok',
    answer: (random) => ({
      pieces: cut(Buffer.concat([bytes('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc')]), random),
      after: 'end',
    }),
  },
  {
    name: 'slow bytes',
    weight: 1,
    expected: 'ok',
    answer: () => ({ pieces: [...'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'].map(bytes), after: 'keep' }),
  },
  {
    name: 'client error',
    weight: 2,
    expected: 'status-4xx',
    answer: (random) => ({ pieces: cut(whole(random, '404 Not Found'), random), after: 'keep' }),
  },
  {
    name: 'server error and close',
    weight: 2,
    expected: 'status-5xx',
    answer: (random) => ({ pieces: cut(whole(random, '503 Busy', ['Connection: close']), random), after: 'end' }),
  },
  wrong('garbage', () => 'this is not HTTP\r\n\r\n'),
  wrong('negative length', () => `${OK}Content-Length: -1\r\n\r\n`),
  wrong('two lengths', () => `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`),
  wrong('length is words', () => `${OK}Content-Length: two\r\n\r\nab`),
  wrong('length beyond numbers', () => `${OK}Content-Length: 99999999999999999999\r\n\r\n`),
  wrong('chunk size is words', () => `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n`),
  wrong('chunk longer than announced', () => `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`),
  wrong('folded header', () => `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`),
  wrong('space before colon', () => `${OK}Content-Length : 0\r\n\r\n`),
  wrong('status 99', () => 'HTTP/1.1 099 Odd\r\n\r\n'),
  wrong('switching protocols unasked', () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
  {
    name: 'more than announced',
    weight: 1,
    expected: 'protocol',
    // In one piece: what comes later could be taken for the next answer, and nobody could tell.
    answer: () => ({ pieces: [bytes(`${OK}Content-Length: 1\r\n\r\nab`)], after: 'keep' }),
  },
  {
    name: 'truncated body',
    weight: 2,
    expected: 'reset',
    answer: (random) => ({ pieces: cut(bytes(`${OK}Content-Length: 1000\r\n\r\nhalf`), random), after: 'end' }),
  },
  {
    name: 'truncated head',
    weight: 1,
    expected: 'reset',
    answer: (random) => ({ pieces: cut(bytes('HTTP/1.1 200 OK\r\nContent-Le'), random), after: 'end' }),
  },
  {
    name: 'truncated chunks',
    weight: 1,
    expected: 'reset',
    answer: () => ({ pieces: [bytes(`${OK}Transfer-Encoding: chunked\r\n\r\nff\r\nab`)], after: 'reset' }),
  },
  { name: 'closed at once', weight: 2, expected: 'resent', answer: () => ({ pieces: [], after: 'end' }) },
  { name: 'reset at once', weight: 2, expected: 'resent', answer: () => ({ pieces: [], after: 'reset' }) },
  { name: 'never an answer', weight: 0.3, expected: 'timeout', answer: () => ({ pieces: [], after: 'hang' }) },
  {
    name: 'never the end',
    weight: 0.3,
    expected: 'timeout',
    answer: () => ({ pieces: [bytes(`${OK}Content-Length: 10\r\n\r\nfive!`)], after: 'hang' }),
  },
];

/** After this long (ms) the rest of an answer is written without pauses: well within any client's timeout. */
const SLOWEST = 500;

const TOTAL = BEHAVIOURS.reduce((sum, { weight }) => sum + weight, 0);

function pick(random: Random): Behaviour {
  let left = random() * TOTAL;
  for (const behaviour of BEHAVIOURS) {
    left -= behaviour.weight;
    if (left < 0) return behaviour;
  }
  return BEHAVIOURS[0]!;
}

/** Takes GET requests without bodies. */
export async function startFuzzServer(seed: number): Promise<FuzzServer> {
  const random = seededRandom(seed);
  const counts = new Map<Expected, number>();
  const byBehaviour = new Map<string, number>();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let answered = 0;
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      text = '';
      void answer(socket, pick(random), answered++);
    });
  });
  const answer = async (socket: net.Socket, behaviour: Behaviour, nth: number) => {
    const { pieces, after } = behaviour.answer(random);
    // Before a byte was seen on a connection that had not answered yet, nobody may guess that asking again is safe.
    const fresh = behaviour.expected === 'resent' && nth === 0;
    const expected = fresh ? 'reset' : behaviour.expected;
    counts.set(expected, (counts.get(expected) ?? 0) + 1);
    byBehaviour.set(behaviour.name, (byBehaviour.get(behaviour.name) ?? 0) + 1);
    const slow = behaviour.name === 'slow bytes';
    const began = performance.now();
    // Where this machine is so busy that pauses of 5 ms take ten times that, a slow answer must not become none at all.
    const isLate = () => performance.now() - began > SLOWEST;
    for (const [i, piece] of pieces.entries()) {
      if (socket.destroyed) return;
      socket.write(piece);
      // A tick in between, so that the pieces arrive one by one, at least sometimes.
      if (i < pieces.length - 1 && !isLate())
        await new Promise((resolve) => setTimeout(resolve, slow ? 5 : random() < 0.5 ? 0 : 1));
    }
    if (after === 'end') socket.end();
    else if (after === 'reset') {
      // What was written has to leave before the reset overtakes it.
      await new Promise((resolve) => setTimeout(resolve, pieces.length > 0 ? 20 : 0));
      socket.resetAndDestroy();
    }
  };
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    counts,
    byBehaviour,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
