import { printable } from '../../errors.ts';
import { connectionFailure, tlsFailure } from '../../model/connection-failure.ts';

/** Why a request gave no usable response. `status`: it did, with a status that counts as an error. */
export type FailureKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'reset'
  | 'protocol'
  | 'tls'
  | 'too-large'
  | 'status';

/** How far an exchange had come. */
export type Stage = 'connect' | 'tls' | 'wait' | 'body';

/** A request that failed. The message continues "… failed: " and has no full stop. */
export class ExchangeError extends Error {
  readonly kind: FailureKind;
  /** The server closed a kept-alive connection just when it was used again: to be repeated (RFC 9112 §9.3.1). */
  readonly stale: boolean;

  constructor(kind: FailureKind, message: string, stale = false) {
    super(printable(message));
    this.name = 'ExchangeError';
    this.kind = kind;
    this.stale = stale;
  }
}

interface Circumstances {
  readonly stage: Stage;
  /** `host:port` connected to. */
  readonly authority: string;
  /** Bytes of body received. */
  readonly received: number;
  /** Limit of the response's head in bytes. */
  readonly headLimit: number;
  /** Sent on a connection that had carried a request before. */
  readonly reused: boolean;
}

/** Turns what Node's http, net and tls throw into a kind and a sentence that says what happened. Pure. */
export function classify(
  error: unknown,
  { stage, authority, received, headLimit, reused }: Circumstances,
): ExchangeError {
  if (error instanceof ExchangeError) return error;
  const { code = '', message, rawPacket } = error as Error & { code?: string; rawPacket?: unknown };
  const unconnected = connectionFailure(code, authority);
  if (unconnected !== null) return new ExchangeError(kindOf(code), unconnected);
  if (stage === 'tls') return new ExchangeError('tls', tlsFailure(code, message));
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ExchangeError('protocol', `the response's headers are larger than ${headLimit / 1024} KiB`);
  }
  if (code.startsWith('HPE_')) {
    if (rawPacket instanceof Uint8Array && rawPacket[0] === 0x15 && rawPacket[1] === 0x03) {
      return new ExchangeError('protocol', 'the server answers in TLS: the address should begin with https://');
    }
    const what = stage === 'body' ? 'the response is malformed' : 'the answer is not HTTP';
    return new ExchangeError('protocol', `${what} (${message.replace(/^Parse Error:\s*/, '')})`);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') {
    if (stage === 'body') {
      return new ExchangeError('reset', `the connection was closed in the middle of the response, after ${received} B`);
    }
    const how = message.includes('hang up') ? 'closed' : 'reset';
    return new ExchangeError('reset', `the connection was ${how} before a response came`, reused);
  }
  return new ExchangeError('protocol', code === '' ? message : `${message} (${code})`);
}

function kindOf(code: string): FailureKind {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeout';
  return /^E(HOST|NET)|^EADDR|^EACCES|^EPERM|^ENO(ENT|TSOCK)$/.test(code) ? 'unreachable' : 'dns';
}

/** What a time limit cut off. */
export function timeoutError(
  seconds: number,
  { stage, authority, received }: Pick<Circumstances, 'stage' | 'authority' | 'received'>,
) {
  const limit = `${Number(seconds.toFixed(3))} s`;
  const sentence = {
    connect: `there was no connection to ${authority} within ${limit}`,
    tls: `the TLS handshake did not finish within ${limit}`,
    wait: `there was no response within ${limit}`,
    body: `the response was not complete within ${limit} (${received} B had come)`,
  }[stage];
  return new ExchangeError('timeout', sentence);
}
