import { createServer } from 'node:net';

/** A port of loopback on which nothing listens. For what cannot be told to take any: whoever is quicker may have it first. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
