/** A session on services of a known speed, for the tests of what the engine does with several loads. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import { configFromFlags } from '../config/from-flags.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import { realEnvironment } from './platform.ts';
import { openSession, type Session } from './session.ts';

export interface TestSession {
  /** Ends what takes longer than the tests of a file may. */
  readonly signal: AbortSignal;
  /** Of the services, in the order of their delays. */
  readonly urls: readonly string[];
  /** Of the first service. */
  readonly session: Session;
}

/**
 * Starts HTTP services on free ports of loopback before the tests of a file, and ends them after.
 * @param delays milliseconds that each of them takes for an answer
 */
export function sharedSession(delays: readonly number[]): TestSession {
  const signal = AbortSignal.timeout(60_000);
  const servers: Server[] = [];
  let urls: readonly string[] = [];
  let session: Session | null = null;
  const start = (delay: number): Promise<string> => {
    const server = createServer((_, response) => setTimeout(() => response.end('ok'), delay));
    servers.push(server);
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    );
  };
  before(async () => {
    urls = await Promise.all(delays.map(start));
    const registry = { ids: integrationIds(), load: loadIntegration };
    const loaded = await configFromFlags({ url: urls[0], sqlite: undefined, endpoints: [], directory: '/' }, registry);
    session = await openSession(loaded, realEnvironment, signal);
  });
  after(async () => {
    await session?.close();
    for (const server of servers) server.close().closeAllConnections();
  });
  return {
    signal,
    get urls() {
      return urls;
    },
    get session() {
      if (session === null) throw new Error('the session has not been opened yet');
      return session;
    },
  };
}

/** A load of a third of a second by four users. */
export const SHORT_LOAD = { shape: 'closed', users: 4, duration: 0.3, warmup: 0.05, workers: 1 } as const;
