import { createAgent, type HttpConnection } from './connection.ts';
import { exchange } from './exchange.ts';
import { ExchangeError } from './failure.ts';
import { type HttpEndpoint, isSafe } from './options.ts';

/** Seconds for the one request: a service that needs longer does not serve. */
const TIME_LIMIT = 5;

/**
 * Null when the first endpoint with a safe method answers as it should, else why it does not, as the end of a sentence. One
 * request on a connection of its own, with the target's TLS settings. Healthy when there is no such endpoint: there is
 * nothing to ask. Rejects only with the signal's reason.
 */
export async function healthCheck(connection: HttpConnection, signal: AbortSignal): Promise<string | null> {
  const endpoint = connection.options.endpoints.find(isSafe);
  if (!endpoint) return null;
  const agent = createAgent(connection, false);
  try {
    const { url } = connection;
    const { status } = await exchange({ url, endpoint, agent, timeout: TIME_LIMIT, signal, keepBytes: 0 });
    return unhealthyStatus(endpoint, status) ? `${endpoint.name} answered ${status}` : null;
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    return `${endpoint.name} did not answer: ${error.message}`;
  } finally {
    agent.destroy();
  }
}

/** A client error (401, 404) without an expectation is an answer of a service that serves; a server error is not. */
function unhealthyStatus({ expectStatus }: HttpEndpoint, status: number): boolean {
  return expectStatus === undefined ? status >= 500 : status !== expectStatus;
}
