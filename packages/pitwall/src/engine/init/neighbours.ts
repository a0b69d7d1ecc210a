import { connect } from 'node:net';

/** A well-known server found on this host, recognised by what it said and not by its port. */
export interface Neighbour {
  readonly title: string;
  /** `127.0.0.1:6379`. */
  readonly address: string;
  /** How it was recognised. */
  readonly because: string;
  /** Whether this version has an integration for it. */
  readonly supported: boolean;
}

interface Probe {
  readonly integration: string;
  readonly title: string;
  /** Ports it usually listens on. */
  readonly ports: readonly number[];
  /** What is sent: the least that makes such a server show itself, and harmless to any other. */
  readonly hello: Buffer;
  /** Why the beginning of an answer is that server's; null when it is not, or not yet complete. */
  recognise(answer: string): string | null;
}

/** Seconds for connecting and answering; on loopback a server that is idle needs a thousandth. */
const TIME_LIMIT = 0.3;
const ANSWER_LIMIT = 4096;

export const PROBES: readonly Probe[] = [
  {
    integration: 'redis',
    title: 'Redis',
    ports: [6379],
    // Inline command: https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands
    hello: Buffer.from('PING\r\n'),
    recognise(answer) {
      const reply = /^(\+PONG|-(?:NOAUTH|DENIED|LOADING|MASTERDOWN))\b/.exec(answer)?.[1];
      return reply ? `answered PING with ${reply}` : null;
    },
  },
  {
    integration: 'postgresql',
    title: 'PostgreSQL',
    ports: [5432, 5433],
    // SSLRequest: length 8, code 80877103 (https://www.postgresql.org/docs/current/protocol-message-formats.html).
    hello: Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]),
    recognise: (answer) => (/^[SN]$/.test(answer) ? `answered an SSLRequest with ${answer}` : null),
  },
  {
    integration: 'nginx',
    title: 'nginx',
    ports: [80, 8080],
    hello: Buffer.from('HEAD / HTTP/1.0\r\nHost: localhost\r\nUser-Agent: pitwall\r\n\r\n'),
    recognise(answer) {
      const server = /^HTTP\/1\.[01] \d{3}.*?\r\nserver: *(nginx(?:\/[\w.]+)?)/is.exec(answer)?.[1];
      return server ? `its Server header says ${server}` : null;
    },
  },
];

/** Looks for each on loopback, all at once. `except`: the service's own port. */
export async function findNeighbours(options: {
  readonly except: number;
  /** Ids of the integrations there are. */
  readonly known: readonly string[];
  readonly signal: AbortSignal;
  readonly probes?: readonly Probe[];
}): Promise<Neighbour[]> {
  const { except, known, signal, probes = PROBES } = options;
  const places = probes.flatMap((probe) =>
    probe.ports.filter((port) => port !== except).map((port) => ({ probe, port })),
  );
  const found = await Promise.all(
    places.map(async ({ probe, port }): Promise<Neighbour | null> => {
      const because = await ask(port, probe, signal);
      if (because === null) return null;
      const supported = known.includes(probe.integration);
      return { title: probe.title, address: `127.0.0.1:${port}`, because, supported };
    }),
  );
  signal.throwIfAborted();
  return found.filter((neighbour) => neighbour !== null);
}

/** Says hello and listens until the answer is recognised, or the server closes, or the time is up. */
function ask(port: number, { hello, recognise }: Probe, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      socket.destroy();
      resolve(recognise(answer));
    };
    const timer = setTimeout(finish, TIME_LIMIT * 1000);
    signal.addEventListener('abort', finish);
    socket.on('connect', () => socket.write(hello));
    socket.on('data', (data) => {
      answer = (answer + data.toString('latin1')).slice(0, ANSWER_LIMIT);
      if (recognise(answer) !== null || answer.length >= ANSWER_LIMIT) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
  });
}
